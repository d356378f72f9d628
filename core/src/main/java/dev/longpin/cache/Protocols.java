package dev.longpin.cache;

import dev.longpin.mm.CoreMm;
import dev.longpin.mm.Cut;
import dev.longpin.mm.Extend;
import dev.longpin.mm.Fault;
import dev.longpin.mm.Flusher;
import dev.longpin.mm.Force;
import dev.longpin.mm.GetUserPages;
import dev.longpin.mm.Migrate;
import dev.longpin.mm.Prefetch;
import dev.longpin.mm.Reclaim;
import dev.longpin.mm.Resize;
import dev.longpin.mm.Sync;
import dev.longpin.mm.TryToUnmap;
import dev.longpin.mm.Withdraw;
import dev.longpin.mm.Writeback;
import dev.longpin.page.AddressSpace;
import java.util.List;
import java.util.function.Supplier;

/** The protocols of one cache, put together. */
final class Protocols {

  private final GetUserPages getUserPages;
  private final Force force;
  private final Cut cut;
  private final Flusher flusher;
  private final Prefetch prefetch;
  private final FileReads reads;
  private final FileWrites writes;
  private final Reclaim reclaim;
  private final Resize resize;
  private final Withdraw withdraw;

  Protocols(CoreMm mm, Supplier<List<AddressSpace>> spaces) {
    reclaim = new Reclaim(mm);
    Fault fault = new Fault(mm, reclaim);
    Writeback writeback = new Writeback(mm);
    Sync sync = new Sync(mm);
    Migrate migrate = new Migrate(mm);
    getUserPages = new GetUserPages(mm, fault, reclaim, migrate);
    resize = new Resize(mm, migrate, reclaim);
    withdraw = new Withdraw(mm, migrate, reclaim);
    force = new Force(mm, writeback, sync);
    cut = new Cut(mm, new TryToUnmap(mm), force);
    flusher = new Flusher(mm, writeback, sync, reclaim, spaces);
    prefetch = new Prefetch(mm, fault);
    reads = new FileReads(mm, fault, reclaim);
    writes = new FileWrites(mm, fault, new Extend(mm, fault), flusher, reads);
  }

  GetUserPages getUserPages() {
    return getUserPages;
  }

  Force force() {
    return force;
  }

  Cut cut() {
    return cut;
  }

  Flusher flusher() {
    return flusher;
  }

  Prefetch prefetch() {
    return prefetch;
  }

  FileReads reads() {
    return reads;
  }

  FileWrites writes() {
    return writes;
  }

  Reclaim reclaim() {
    return reclaim;
  }

  Withdraw withdraw() {
    return withdraw;
  }

  Resize resize() {
    return resize;
  }
}
