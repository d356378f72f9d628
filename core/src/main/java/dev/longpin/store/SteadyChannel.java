package dev.longpin.store;

import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.Interrupts;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.base.Seam;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A {@link FileChannel} that outlives interrupts.
 *
 * <p>An interrupt closes a FileChannel for everyone who uses it: the interrupted thread gets a
 * ClosedByInterruptException, the others an AsynchronousCloseException or a ClosedChannelException.
 * Here each of them takes its interrupt status away, opens the channel again unless another has
 * done so, repeats its operation, and sets the status again at the end. So an operation has to be
 * one that can be repeated: one at a position.
 *
 * <p>The <em>anchor</em> is a second channel that only threads of its own use, which nobody can
 * interrupt. It is there for what must not be repeated: an fdatasync whose error was lost with the
 * channel would find nothing the second time, because a descriptor opened later does not see errors
 * that were reported before (I3). It also serves when the channel can't be opened again, since the
 * file has lost its name.
 */
final class SteadyChannel {

  private static final Duration FOREVER = Duration.ofDays(36_500);

  private final Mutex mutex = new Mutex(LockRank.STORE);
  private final @Nullable FileChannel anchor;
  private volatile FileChannel current;
  private volatile boolean closed;

  SteadyChannel(FileChannel channel, @Nullable FileChannel anchor) {
    this.current = channel;
    this.anchor = anchor;
  }

  /** Something done at a position of a channel. */
  @FunctionalInterface
  interface Operation {

    /** Does it, and returns a size or a number of bytes if it has one. */
    long on(FileChannel channel) throws IOException;
  }

  /** Opens the channel again. */
  @FunctionalInterface
  interface Opener {

    /** Returns an open channel to the same file. */
    FileChannel open() throws IOException;
  }

  /**
   * Does {@code operation} as often as interrupts make it necessary.
   *
   * @throws IllegalStateException if closed
   */
  long call(Operation operation, Opener opener) throws IOException {
    boolean interrupted = Interrupts.take();
    try {
      while (true) {
        FileChannel now = current;
        try {
          return operation.on(now);
        } catch (ClosedChannelException e) {
          interrupted |= Interrupts.take();
          try {
            revive(now, opener);
          } catch (IOException failure) {
            if (anchor == null) {
              throw failure;
            }
            return callOnAnchor(operation);
          }
        }
      }
    } finally {
      Interrupts.restore(interrupted);
    }
  }

  private void revive(FileChannel failed, Opener opener) throws IOException {
    mutex.lock();
    try {
      checkOpen();
      if (current.equals(failed)) {
        current = opener.open();
      }
    } finally {
      mutex.unlock();
    }
  }

  /**
   * Does {@code operation} once, on the anchor and on a thread of its own.
   *
   * @throws IllegalStateException if closed
   */
  long callOnAnchor(Operation operation) throws IOException {
    FileChannel channel = Objects.requireNonNull(anchor);
    EventCount ended = new EventCount();
    Outcome outcome = new Outcome();
    int ticket = ended.ticket();
    Seam.startTask(
        "longpin-store",
        () -> {
          outcome.take(operation, channel);
          ended.signalAll();
        });
    boolean interrupted = false;
    try {
      while (true) {
        try {
          if (ended.await(ticket, Deadline.after(FOREVER))) {
            break;
          }
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      Interrupts.restore(interrupted);
    }
    try {
      return outcome.get();
    } catch (ClosedChannelException e) {
      checkOpen();
      throw e;
    }
  }

  /** What came of an operation; handed over by an {@link EventCount}. */
  private static final class Outcome {

    private long result;
    private @Nullable Throwable failure;

    void take(Operation operation, FileChannel channel) {
      try {
        result = operation.on(channel);
      } catch (IOException | RuntimeException | Error e) {
        failure = e;
      }
    }

    long get() throws IOException {
      if (failure instanceof IOException e) {
        throw e;
      }
      if (failure instanceof RuntimeException e) {
        throw e;
      }
      if (failure instanceof Error e) {
        throw e;
      }
      return result;
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the store is closed");
    }
  }

  /** Closes both channels; a second call does nothing. */
  void close() throws IOException {
    mutex.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
    } finally {
      mutex.unlock();
    }
    try {
      current.close();
    } finally {
      if (anchor != null) {
        anchor.close();
      }
    }
  }
}
