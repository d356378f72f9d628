package dev.longpin.cache;

import dev.longpin.api.LongpinException;
import dev.longpin.api.UnmapOperation;
import dev.longpin.api.Unmapping;
import dev.longpin.api.WaitInterruptedException;
import dev.longpin.base.Deadline;
import dev.longpin.mm.Abandonment;
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
 *   <li>If it can't be written: drop it nevertheless, and say so. What can't be dropped either,
 *       since an I/O hangs, is {@linkplain Abandonment abandoned}.
 *   <li>Forget the file and close its store.
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

  /** Waits for the file's operations, to the operation's deadline. */
  static void awaitOperations(Operation operation, OpenFile file) throws LongpinException {
    operation.await(file::awaitOperations);
  }

  /** Runs the close, taking the pages away by {@code kind}. */
  void run(Cut.Kind kind) throws LongpinException {
    interrupted = Thread.interrupted();
    LongpinException failure = null;
    try {
      // (1)
      failure = attempt(() -> awaitOperations(operation(mm.config().deadline()), file));
      // (2)
      LongpinException unwritten = attempt(() -> takeAway(kind, PageCaches.CLOSE_WAIT));
      if (unwritten instanceof WaitInterruptedException) {
        unwritten = attempt(() -> takeAway(kind, Duration.ZERO));
      }
      // (3)
      if (unwritten != null) {
        failure = unwritten;
        LongpinException stuck =
            attempt(() -> takeAway(new Cuts.Discard(UnmapOperation.CLOSE), Duration.ZERO));
        if (stuck != null) {
          failure.addSuppressed(stuck);
          new Abandonment(mm).run(file.space());
        }
      }
    } finally {
      // (4)
      interrupted |= Thread.interrupted();
      cache.finishClose(file);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    if (failure != null) {
      throw failure;
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

  private @Nullable LongpinException attempt(Part part) {
    try {
      part.run();
      return null;
    } catch (WaitInterruptedException e) {
      interrupted |= Thread.interrupted(); // set again at the end
      return e;
    } catch (LongpinException e) {
      return e;
    }
  }
}
