package dev.longpin.cache;

import dev.longpin.api.Holder;
import dev.longpin.api.HolderMemory;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.WaitEndedException;
import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.LockRank;
import dev.longpin.base.LongCell;
import dev.longpin.base.Mutex;
import dev.longpin.mm.CoreMm;
import dev.longpin.mm.Withdraw;
import dev.longpin.page.LentBlocks;
import dev.longpin.revoke.HeldPin;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/** Memory that a holder has, until it is taken away. */
final class LentMemory implements HolderMemory {

  private static final int LENT = 0;
  private static final int TAKING = 1;
  private static final int TAKEN = 2;

  private final CoreMm mm;
  private final Withdraw withdraw;
  private final Holder holder;
  private final LentBlocks blocks;

  private final LongCell state = new LongCell(LENT);
  private final EventCount changed = new EventCount();
  private final Mutex lock = new Mutex(LockRank.FILES);
  private boolean ended; // under the lock

  LentMemory(CoreMm mm, Withdraw withdraw, Holder holder, LentBlocks blocks) {
    this.mm = mm;
    this.withdraw = withdraw;
    this.holder = holder;
    this.blocks = blocks;
  }

  @Override
  public Holder holder() {
    return holder;
  }

  @Override
  public int descriptor() {
    return blocks.descriptor();
  }

  @Override
  public MemorySegment segment() {
    return mm.frames().segment(blocks);
  }

  @Override
  public long offsetOf(MemorySegment segmentOfPin) {
    MemorySegment all = segment();
    long offset = segmentOfPin.address() - all.address();
    if (offset < 0 || offset + segmentOfPin.byteSize() > all.byteSize()) {
      throw new IllegalArgumentException("not of a pin of " + holder);
    }
    return offset;
  }

  @Override
  public void quiesced(LongtermPin pin, Duration deadline) throws LongpinException {
    if (!(pin instanceof HeldPin held) || !held.holder().equals(holder)) {
      throw new IllegalArgumentException("not a pin of " + holder + ": " + pin);
    }
    Deadline until = Deadline.after(deadline);
    withdraw.one(held, until);
    held.quiesced();
    try {
      withdraw.unpinned(held, blocks, until); // where each of two pins took the other for the last
    } catch (WaitEndedException e) {
      // A page stays where it is, pinned by nobody, until the memory is taken away.
    }
  }

  @Override
  public void takeAway(Duration wait) throws LongpinException {
    Deadline deadline = Deadline.after(wait);
    if (tryBegin(deadline)) {
      boolean done = false;
      try {
        mm.lending().remove(holder, blocks);
        mm.frames().isolate(blocks);
        withdraw.all(blocks, holder, deadline);
        mm.frames().takeBack(blocks);
        done = true;
      } finally {
        state.set(done ? TAKEN : LENT);
        changed.signalAll();
      }
    }
    mm.holders().disconnectAll(holder).forEach(HeldPin::quiesced);
    end();
  }

  /** One takes it away, and others wait for that; false if it was. */
  private boolean tryBegin(Deadline deadline) throws LongpinException {
    while (!state.compareAndSet(LENT, TAKING)) {
      int ticket = changed.ticket();
      if (state.get() == TAKEN) {
        return false;
      }
      if (state.get() == TAKING) {
        withdraw.await(changed, ticket, holder, deadline);
      }
    }
    return true;
  }

  /** The blocks may be another's from here on, so this happens once. */
  private void end() {
    lock.lock();
    try {
      ended = ended || mm.frames().tryEnd(blocks);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws LongpinException {
    takeAway(mm.config().deadline());
  }
}
