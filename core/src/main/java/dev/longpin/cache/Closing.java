package dev.longpin.cache;

import dev.longpin.api.LongpinException;
import dev.longpin.api.UnmapOperation;
import dev.longpin.api.Unmapping;
import dev.longpin.api.WaitInterruptedException;
import dev.longpin.base.Deadline;
import dev.longpin.base.Interrupts;
import dev.longpin.mm.CoreMm;
import dev.longpin.mm.Cut;
import dev.longpin.mm.Cuts;
import dev.longpin.mm.Operation;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The last close of a file, which always ends it:
 *
 * <ol>
 *   <li>Wait for the operations that are under way; each has a deadline of its own.
 *   <li>Tell holders, wait {@link PageCaches#CLOSE_WAIT}, disconnect the rest; write and sync what
 *       is dirty, and drop it.
 *   <li>If it can't be written: drop it nevertheless, and say so.
 *   <li>Forget the file and close its store. What could not be dropped, since an I/O hangs, is
 *       abandoned.
 * </ol>
 *
 * <p>An interrupt only shortens the waits; it is set again at the end.
 */
final class Closing {

  private final CoreMm mm;
  private final Cut cut;
  private final DefaultPageCache cache;
  private final OpenFile file;
  private boolean interrupted;

  Closing(CoreMm mm, Cut cut, DefaultPageCache cache, OpenFile file) {
    this.mm = mm;
    this.cut = cut;
    this.cache = cache;
    this.file = file;
  }

  /**
   * Runs a close that may fail: then the file is open as before.
   *
   * @throws LongpinException if pins did not end in time, or dirty pages can't be written
   */
  void within(Operation operation, Unmapping unmapping) throws LongpinException {
    boolean done = false;
    try {
      awaitOperations(operation);
      cut.run(operation, new Cuts.Evict(UnmapOperation.CLOSE), unmapping);
      done = true;
    } finally {
      if (!done) {
        cache.files().abandonClose(file);
      }
    }
    cache.finishClose(file);
  }

  private void awaitOperations(Operation operation) throws LongpinException {
    operation.await(file::awaitOperations);
  }

  /**
   * Runs the close, taking the pages away by {@code kind}.
   *
   * @throws LongpinException if they could not be taken away so: dirty ones may be lost
   */
  void run(Cut.Kind kind) throws LongpinException {
    interrupted = Interrupts.take();
    try {
      // (1) What is still under way then finds the file closed.
      attempt(() -> awaitOperations(operation(mm.config().deadline())));
      // (2)
      Exception failure = attempt(() -> takeAway(kind, PageCaches.CLOSE_WAIT));
      if (failure instanceof WaitInterruptedException) {
        failure = attempt(() -> takeAway(kind, Duration.ZERO));
      }
      // (3)
      if (failure != null) {
        Cut.Kind discard = new Cuts.Discard(UnmapOperation.CLOSE);
        addTo(failure, attempt(() -> takeAway(discard, Duration.ZERO)));
      }
      // (4)
      Exception unclosed = attempt(() -> cache.finishClose(file));
      if (failure == null) {
        failure = unclosed;
      } else {
        addTo(failure, unclosed);
      }
      if (failure instanceof LongpinException e) {
        throw e;
      } else if (failure instanceof RuntimeException e) {
        throw e; // a gate's, or a policy's
      }
    } finally {
      interrupted |= Interrupts.take();
      Interrupts.restore(interrupted);
    }
  }

  private static void addTo(Exception failure, @Nullable Exception next) {
    if (next != null) {
      failure.addSuppressed(next);
    }
  }

  private Operation operation(Duration wait) {
    return new Operation(mm, file.space(), "close", 0, Long.MAX_VALUE, Deadline.after(wait));
  }

  private void takeAway(Cut.Kind kind, Duration wait) throws LongpinException {
    cut.run(operation(wait), kind, Unmapping.within(wait).orDisconnect());
  }

  /** A part of the close that may fail. */
  @FunctionalInterface
  private interface Part {
    void run() throws LongpinException;
  }

  private @Nullable Exception attempt(Part part) {
    try {
      part.run();
      return null;
    } catch (WaitInterruptedException e) {
      interrupted |= Interrupts.take(); // set again at the end
      return e;
    } catch (LongpinException | RuntimeException e) {
      return e;
    }
  }
}
