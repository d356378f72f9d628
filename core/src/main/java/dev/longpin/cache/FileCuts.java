package dev.longpin.cache;

import dev.longpin.api.LongpinException;
import dev.longpin.api.UnmapOperation;
import dev.longpin.api.UnmapRefusedException;
import dev.longpin.api.UnmapResult;
import dev.longpin.api.Unmapping;
import dev.longpin.base.Deadline;
import dev.longpin.mm.CoreMm;
import dev.longpin.mm.Cut;
import dev.longpin.mm.Cuts;
import dev.longpin.mm.Operation;
import dev.longpin.page.AddressSpace;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Takes ranges of a file away: works out the range, and again if the size changed before the range
 * was going.
 */
final class FileCuts {

  private final CoreMm mm;
  private final AddressSpace space;
  private final Cut cut;
  private final FileWrites writes;

  FileCuts(CoreMm mm, AddressSpace space, Protocols protocols) {
    this.mm = mm;
    this.space = space;
    this.cut = protocols.cut();
    this.writes = protocols.writes();
  }

  UnmapResult truncate(long sizeBytes, Unmapping unmapping) throws LongpinException {
    Deadline deadline = deadline("truncate", unmapping);
    UnmapResult result = null;
    while (result == null) {
      long size = space.size();
      if (sizeBytes >= size) {
        Operation growth = new Operation(mm, space, "truncate", size, sizeBytes, deadline);
        result = writes.grow(growth, sizeBytes) ? UnmapResult.NONE : null;
      } else {
        Cut.Kind kind = new Cuts.Truncate(sizeBytes);
        result = run("truncate", sizeBytes, Long.MAX_VALUE, kind, unmapping, deadline);
      }
    }
    return result;
  }

  UnmapResult punchHole(long offset, long lengthBytes, Unmapping unmapping)
      throws LongpinException {
    Deadline deadline = deadline("punch", unmapping);
    UnmapResult result = null;
    while (result == null) {
      long size = space.size();
      long end = Math.min(size, offset + lengthBytes);
      if (end <= offset) {
        return UnmapResult.NONE;
      }
      Cut.Kind kind = new Cuts.PunchHole(offset, end - offset, size);
      result = run("punch", offset, end, kind, unmapping, deadline);
    }
    return result;
  }

  UnmapResult evict(long offset, long lengthBytes, Unmapping unmapping) throws LongpinException {
    if (lengthBytes == 0) {
      return UnmapResult.NONE;
    }
    Cut.Kind kind = new Cuts.Evict(UnmapOperation.EVICT);
    return Objects.requireNonNull(
        run("evict", offset, offset + lengthBytes, kind, unmapping, deadline("evict", unmapping)));
  }

  UnmapResult delete(Unmapping unmapping) throws LongpinException {
    Cut.Kind kind = new Cuts.Discard(UnmapOperation.DELETE);
    return Objects.requireNonNull(
        run("delete", 0, Long.MAX_VALUE, kind, unmapping, deadline("delete", unmapping)));
  }

  private @Nullable UnmapResult run(
      String name, long start, long end, Cut.Kind kind, Unmapping unmapping, Deadline deadline)
      throws LongpinException {
    return cut.run(new Operation(mm, space, name, start, end, deadline), kind, unmapping);
  }

  /** Begins an operation: its deadline. */
  private Deadline deadline(String name, Unmapping unmapping) throws UnmapRefusedException {
    Duration wait = Objects.requireNonNull(unmapping, "unmapping").deadline();
    if (mm.isDax() && unmapping.onDeadline() == Unmapping.OnDeadline.DISCONNECT) {
      throw UnmapRefusedException.disconnectOfDax(name + " of " + space.store().path());
    }
    return Deadline.after(wait == null ? mm.config().deadline() : wait);
  }
}
