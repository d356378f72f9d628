package dev.longpin.cache;

import dev.longpin.api.FileClosedException;
import dev.longpin.api.LongpinException;
import dev.longpin.api.ResizeResult;
import dev.longpin.api.WaitEndedException;
import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.Interrupts;
import dev.longpin.base.LongCell;
import dev.longpin.mm.Awaiting;
import dev.longpin.mm.CoreMm;
import dev.longpin.mm.Reclaim;
import dev.longpin.mm.Resize;

/** The resizes of a cache, one after the other; none runs on when the cache is closed. */
final class Resizing {

  private static final int IDLE = 0;
  private static final int BUSY = 1;
  private static final int ENDED = 2;

  private final CoreMm mm;
  private final Resize resize;
  private final Reclaim reclaim;
  private final LongCell state = new LongCell(IDLE);
  private final EventCount changed = new EventCount();
  private volatile boolean ending;

  Resizing(CoreMm mm, Resize resize, Reclaim reclaim) {
    this.mm = mm;
    this.resize = resize;
    this.reclaim = reclaim;
  }

  ResizeResult run(int frameCount, Deadline deadline) throws LongpinException {
    String what = "resize to " + frameCount + " frames";
    while (!state.compareAndSet(IDLE, BUSY)) {
      int ticket = changed.ticket();
      if (state.get() == ENDED) {
        throw new FileClosedException("the cache is closed");
      }
      if (state.get() == BUSY && !await(what, changed, ticket, deadline)) {
        return resize.unchanged(frameCount);
      }
    }
    try {
      return resize.run(
          frameCount,
          ticket -> {
            reclaim.wanted().signalAll();
            return await(what, mm.frames().freed(), ticket, deadline) && !ending;
          });
    } finally {
      state.set(IDLE);
      changed.signalAll();
    }
  }

  private static boolean await(String what, EventCount event, int ticket, Deadline deadline)
      throws WaitEndedException {
    return Awaiting.await(what, until -> event.awaitOrLookAgain(ticket, until), deadline);
  }

  /** Lets one that runs end soon, and no other begin. */
  void end() {
    ending = true;
    mm.frames().freed().signalAll();
    boolean interrupted = false;
    while (!state.compareAndSet(IDLE, ENDED)) {
      int ticket = changed.ticket();
      if (state.get() == ENDED) {
        break;
      }
      try {
        boolean _ = changed.awaitOrLookAgain(ticket, Deadline.after(mm.config().deadline()));
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    Interrupts.restore(interrupted);
  }
}
