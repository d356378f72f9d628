package dev.longpin.linux.sys;

import dev.longpin.base.LongCell;
import java.nio.file.Path;

/**
 * A file descriptor that is closed only after its last use, so that no call meets a number that the
 * kernel gave to another file meanwhile. Safe for use from several threads.
 */
public final class Descriptor implements AutoCloseable {

  private final Libc libc;
  private final int number;

  /** The calls under way, and one more until {@link #close}; never rises again from 0. */
  private final LongCell uses = new LongCell(1);

  private final LongCell closed = new LongCell(0);

  public Descriptor(Libc libc, int number) {
    this.libc = libc;
    this.number = number;
  }

  /** A call that returns its result, or the negated error number. */
  @FunctionalInterface
  public interface Call {
    long on(int descriptor);
  }

  /**
   * Makes a call.
   *
   * @throws IllegalStateException if closed
   */
  public long use(Call call) {
    enter();
    try {
      return call.on(number);
    } finally {
      exit();
    }
  }

  /**
   * Keeps the descriptor open until {@link #exit}.
   *
   * @return its path in /proc, which names the open file whatever happened to the file's own name
   * @throws IllegalStateException if closed
   */
  public Path enter() {
    while (true) {
      long now = uses.get();
      if (now == 0 || closed.get() != 0) {
        throw new IllegalStateException("the store is closed");
      }
      if (uses.compareAndSet(now, now + 1)) {
        return alias(number);
      }
    }
  }

  /** Ends a use. */
  public void exit() {
    if (uses.add(-1) == 0) {
      libc.close(number); // nothing was written through it, so no error can come here
    }
  }

  /** Closes it as soon as the calls under way have ended; a second call does nothing. */
  @Override
  public void close() {
    if (closed.compareAndSet(0, 1)) {
      exit();
    }
  }

  public static Path alias(int number) {
    return Path.of("/proc/self/fd", Integer.toString(number));
  }
}
