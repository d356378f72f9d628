package dev.longpin.sim;

import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A simulated device that moves data by itself: it is given the memory of a pin once, keeps it,
 * asks nobody afterwards, and accesses it late, from a thread of its own, at any time until it
 * answers <em>quiesced</em>. So it shows a frame that was given to another page too early.
 */
public final class DmaEngine implements AutoCloseable {

  /** One access of the device to the memory that it holds. */
  @FunctionalInterface
  public interface Access {
    /** Accesses the memory. */
    void run(List<MemorySegment> memory);
  }

  private record Pending(
      long atNanos, long order, Buffer buffer, Access access, CompletableFuture<Void> done) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final PriorityQueue<Pending> queue =
      new PriorityQueue<>(
          Comparator.comparingLong(Pending::atNanos).thenComparingLong(Pending::order));
  private final Random random;
  private final long maxDelayNanos;
  private final Thread thread;
  private long submitted;
  private boolean stopping;

  /**
   * Starts an engine.
   *
   * @param maxDelayNanos how late an access may be
   */
  public DmaEngine(String name, long seed, long maxDelayNanos) {
    this.random = new Random(seed);
    this.maxDelayNanos = maxDelayNanos;
    this.thread = Thread.ofPlatform().daemon().name(name).start(this::run);
  }

  /** Memory that the device holds. */
  public final class Buffer {
    private final List<MemorySegment> memory;
    private int inFlight;
    private boolean stopped;
    private final CompletableFuture<Void> quiesced = new CompletableFuture<>();

    private Buffer(List<MemorySegment> memory) {
      this.memory = memory;
    }

    /**
     * Starts an access, which happens some time later.
     *
     * @return completes when it has happened; exceptionally if the device was stopped before
     */
    public CompletableFuture<Void> submit(Access access) {
      CompletableFuture<Void> done = new CompletableFuture<>();
      lock.lock();
      try {
        if (stopped || stopping) {
          done.cancel(false);
          return done;
        }
        inFlight++;
        long delay = maxDelayNanos == 0 ? 0 : random.nextLong(maxDelayNanos);
        queue.add(new Pending(System.nanoTime() + delay, submitted++, this, access, done));
        changed.signalAll();
      } finally {
        lock.unlock();
      }
      return done;
    }

    /**
     * Tells the device to stop: no access starts from now on.
     *
     * @return completes when none is in flight any more: the device is quiesced
     */
    public CompletableFuture<Void> stop() {
      boolean idle;
      lock.lock();
      try {
        stopped = true;
        idle = inFlight == 0;
      } finally {
        lock.unlock();
      }
      if (idle) {
        quiesced.complete(null);
      }
      return quiesced;
    }
  }

  /** Gives the device the memory of a pin, to keep until it is quiesced. */
  public Buffer attach(List<MemorySegment> memory) {
    return new Buffer(memory);
  }

  private void run() {
    while (true) {
      Pending next = take();
      if (next == null) {
        return;
      }
      try {
        next.access.run(next.buffer.memory);
        next.done.complete(null);
      } catch (RuntimeException e) {
        next.done.completeExceptionally(e);
      }
      boolean idle;
      lock.lock();
      try {
        idle = --next.buffer.inFlight == 0 && next.buffer.stopped;
      } finally {
        lock.unlock();
      }
      if (idle) {
        next.buffer.quiesced.complete(null);
      }
    }
  }

  private @Nullable Pending take() {
    lock.lock();
    try {
      while (true) {
        Pending next = queue.peek();
        if (next == null) {
          if (stopping) {
            return null;
          }
          changed.awaitUninterruptibly();
          continue;
        }
        long wait = next.atNanos - System.nanoTime();
        if (wait <= 0 || stopping) {
          return queue.poll();
        }
        var _ = changed.awaitNanos(wait);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts the engine", e);
    } finally {
      lock.unlock();
    }
  }

  /** Ends the engine after what is in flight; an interrupt is kept for later. */
  @Override
  public void close() {
    lock.lock();
    try {
      stopping = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
