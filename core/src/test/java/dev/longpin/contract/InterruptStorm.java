package dev.longpin.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.spi.Store;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Threads that write and read the ranges of a file, each its own, while another interrupts them all
 * the time.
 */
final class InterruptStorm {

  private static final int RANGE_BYTES = 3 << 20;

  private final Store store;
  private final List<Worker> workers = new ArrayList<>();
  private final AtomicReferenceArray<@Nullable Throwable> failures;
  private volatile boolean stopping;

  InterruptStorm(Store store, int threads) {
    this.store = store;
    this.failures = new AtomicReferenceArray<>(threads);
    for (int i = 0; i < threads; i++) {
      workers.add(new Worker(i));
    }
  }

  /** One thread and its range. */
  private final class Worker {
    final int number;
    final Thread thread;
    int rounds;
    int interrupts;

    /** Set after an interrupt, which must be visible from then on until the worker takes it. */
    volatile boolean interrupted;

    Worker(int number) {
      this.number = number;
      this.thread = Thread.ofPlatform().name("worker-" + number).unstarted(this::run);
    }

    void run() {
      try {
        while (!stopping) {
          round();
        }
      } catch (Throwable e) {
        failures.set(number, e);
      }
    }

    private void round() throws IOException {
      long offset = (long) number * RANGE_BYTES;
      byte[] out = new byte[RANGE_BYTES - rounds % 1000];
      for (int i = 0; i < out.length; i++) {
        out[i] = (byte) (i * 31 + rounds + number);
      }
      store.write(MemorySegment.ofArray(out), offset);
      takeInterrupt();
      byte[] in = new byte[out.length];
      assertThat(store.read(MemorySegment.ofArray(in), offset)).isEqualTo(in.length);
      takeInterrupt();
      assertThat(in).isEqualTo(out);
      if (rounds % 8 == 0) {
        store.sync();
        takeInterrupt();
      }
      assertThat(store.stamp().sizeBytes()).isPositive();
      takeInterrupt();
      rounds++;
    }

    private void takeInterrupt() {
      if (interrupted) {
        assertThat(Thread.interrupted()).as("the interrupt status was kept").isTrue();
        interrupts++;
        interrupted = false;
      }
    }
  }

  void run(long nanos) throws InterruptedException {
    workers.forEach(worker -> worker.thread.start());
    long start = System.nanoTime();
    while (System.nanoTime() - start < nanos) {
      for (Worker worker : workers) {
        if (!worker.interrupted) {
          worker.thread.interrupt();
          worker.interrupted = true;
        }
      }
      Thread.onSpinWait();
    }
    stopping = true;
    for (Worker worker : workers) {
      worker.thread.join();
      Throwable failure = failures.get(worker.number);
      if (failure != null) {
        throw new AssertionError("worker " + worker.number, failure);
      }
      assertThat(worker.rounds).as("rounds").isPositive();
      assertThat(worker.interrupts).as("interrupts").isPositive();
    }
  }
}
