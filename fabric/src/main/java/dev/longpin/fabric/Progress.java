package dev.longpin.fabric;

import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.Interrupts;
import dev.longpin.base.LongCell;
import dev.longpin.base.Seam;
import dev.longpin.fabric.lib.CompletionQueue;
import dev.longpin.fabric.lib.FabricCallException;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Lets the provider go on, which it does only when its queue is read: a thread of its own sleeps
 * there, and who waits for a transfer reads it too, for a moment, so that the transfer's end needs
 * no other thread.
 */
final class Progress {

  /** How long a thread sleeps before it looks whether it is to end. */
  private static final int SLEEP_MILLIS = 100;

  /** How long who waits reads the queue: about as long as a short transfer takes. */
  private static final Duration SPIN = Duration.ofNanos(100_000);

  private final CompletionQueue queue;
  private final Transfers transfers;
  private final Runnable broken;

  /** For those who wait, one at a time. */
  private final CompletionQueue.Reader shared;

  private final LongCell taken = new LongCell(0);
  private final EventCount over = new EventCount();
  private volatile boolean closing;
  private volatile boolean ended;

  /**
   * Starts the thread.
   *
   * @param broken what is done if the queue can't be read any more
   */
  Progress(CompletionQueue queue, Transfers transfers, String name, Runnable broken) {
    this.queue = queue;
    this.transfers = transfers;
    this.broken = broken;
    this.shared = queue.reader();
    Seam.startDaemon(name, this::run);
  }

  private void run() {
    try (CompletionQueue.Reader own = queue.reader()) {
      while (!closing) {
        int _ = own.await(SLEEP_MILLIS, transfers::end);
      }
    } catch (FabricCallException e) {
      broken.run();
    } finally {
      ended = true;
      over.signalAll();
    }
  }

  /** Passes on what has ended, unless another thread is at it. */
  void poll() {
    if (!taken.compareAndSet(0, 1)) {
      return;
    }
    try {
      if (!closing) {
        int _ = shared.poll(transfers::end);
      }
    } catch (FabricCallException e) {
      broken.run();
    } finally {
      taken.set(0);
    }
  }

  /** Polls for a moment, or until {@code done}. */
  void pollUntil(BooleanSupplier done) {
    Deadline deadline = Deadline.after(SPIN);
    while (!done.getAsBoolean() && !deadline.passed()) {
      poll();
    }
  }

  /** Ends the thread, and waits for it; nobody reads the queue after. */
  void close() {
    closing = true;
    boolean interrupted = false;
    while (!ended || !taken.compareAndSet(0, 1)) {
      int ticket = over.ticket();
      queue.wake();
      try {
        boolean _ = ended || over.awaitOrLookAgain(ticket, Deadline.after(Duration.ofSeconds(1)));
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    shared.close();
    Interrupts.restore(interrupted);
  }
}
