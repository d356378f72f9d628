package dev.longpin.sim;

import dev.longpin.api.PinnedMemory;
import java.util.Comparator;
import java.util.HashSet;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A simulated device that moves data by itself. It is given the memory of a pin once and accesses
 * it from its own thread, late, at any time until it answers <em>quiesced</em>, and asks no
 * software table whether it still may. So it exposes a frame that was given to another page too
 * early: the device finds there what it did not write, or writes where others will find it.
 *
 * <p>Safe for use from several threads.
 */
public final class DmaEngine implements AutoCloseable {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final PriorityQueue<DmaTransfer> queue =
      new PriorityQueue<>(Comparator.comparingLong(transfer -> transfer.dueNanos));
  private final Set<DmaTransfer> transfers = new HashSet<>();
  private final Stamp stamp;
  private final SplittableRandom random;
  private final Consumer<Throwable> onFailure;
  private final Thread thread;
  private boolean poweredOff;

  /**
   * Starts an engine.
   *
   * @param name of its thread
   * @param stamp what it writes
   * @param seed of its delays
   * @param onFailure is told what a {@link DmaProgram} threw; the transfer then runs no more
   */
  public DmaEngine(String name, Stamp stamp, long seed, Consumer<Throwable> onFailure) {
    this.stamp = stamp;
    this.random = new SplittableRandom(seed);
    this.onFailure = onFailure;
    this.thread = Thread.ofPlatform().name(name).daemon().start(this::run);
  }

  /** Gives the device the memory of a pin; it begins to access it. */
  public DmaTransfer start(PinnedMemory pinned, Manners manners, DmaProgram program) {
    lock.lock();
    try {
      if (poweredOff) {
        throw new IllegalStateException("the engine is off");
      }
      DmaTransfer transfer = new DmaTransfer(this, pinned, manners, stamp, program, random.split());
      transfers.add(transfer);
      schedule(transfer);
      return transfer;
    } finally {
      lock.unlock();
    }
  }

  /** Returns how many transfers have not answered quiesced. */
  public int active() {
    lock.lock();
    try {
      return transfers.size();
    } finally {
      lock.unlock();
    }
  }

  /** Changes a transfer's state, and looks when it is due from then on. */
  void change(DmaTransfer transfer, Runnable change) {
    lock.lock();
    try {
      change.run();
      queue.remove(transfer); // not there while the engine's thread has it, which looks again
      if (transfers.contains(transfer)) {
        schedule(transfer);
      }
    } finally {
      lock.unlock();
    }
  }

  private void schedule(DmaTransfer transfer) {
    if (transfer.isAlive()) {
      transfer.dueNanos = transfer.nextDueNanos(System.nanoTime());
      queue.add(transfer);
      changed.signal();
    }
  }

  private void run() {
    while (true) {
      DmaTransfer transfer = take();
      if (transfer == null) {
        return;
      }
      try {
        serve(transfer);
      } catch (RuntimeException | Error e) {
        onFailure.accept(e); // it is quiesced when the engine is switched off
      }
    }
  }

  /** Makes one access of a transfer that is due, or its last. */
  private void serve(DmaTransfer transfer) {
    boolean last;
    lock.lock();
    try {
      last = transfer.mustQuiesce(System.nanoTime());
      if (last) {
        transfers.remove(transfer);
      }
    } finally {
      lock.unlock();
    }
    if (last) {
      transfer.quiesce();
      return;
    }
    transfer.step();
    lock.lock();
    try {
      queue.remove(transfer); // it was changed meanwhile
      schedule(transfer);
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the next transfer that is due; null when the engine was switched off. */
  private @Nullable DmaTransfer take() {
    lock.lock();
    try {
      while (!poweredOff) {
        DmaTransfer first = queue.peek();
        if (first == null) {
          changed.awaitUninterruptibly();
          continue;
        }
        long wait = first.dueNanos - System.nanoTime();
        if (wait <= 0) {
          return queue.poll();
        }
        var _ = changed.awaitNanos(wait);
      }
      return null;
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts the engine's thread", e);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Switches the device off: what it was doing ends, and every transfer, a dead one too, is
   * quiesced when this returns.
   */
  @Override
  public void close() {
    lock.lock();
    try {
      poweredOff = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
    Threads.join(thread);
    Set<DmaTransfer> rest;
    lock.lock();
    try {
      rest = Set.copyOf(transfers);
      transfers.clear();
      queue.clear();
    } finally {
      lock.unlock();
    }
    rest.forEach(DmaTransfer::quiesce);
  }
}
