package dev.longpin.cli.kernel;

import dev.longpin.cli.ledger.Baseline;
import dev.longpin.cli.ledger.Cut;
import dev.longpin.cli.ledger.Geometry;
import dev.longpin.cli.ledger.Ledger;
import dev.longpin.cli.ledger.Verifier;
import dev.longpin.linux.probe.KernelPin;
import dev.longpin.sim.Stamp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The demo's race against Linux alone, without a cache of ours: a device has a long-term pin of a
 * file's pages and writes to them, the file is truncated and extended under it, the device goes on
 * writing, all is forced. The same ledger judges it that judges Longpin.
 *
 * <p>One round:
 *
 * <ol>
 *   <li>Pin the file's pages.
 *   <li>The device writes, one page after the other in any order. Meanwhile the file is truncated
 *       to nothing and extended again. The device goes on: nobody told it to let go.
 *   <li>End the pin, force, and compare every byte of the file. A write is lost if it began after
 *       the truncate had ended, was complete, and is not there.
 * </ol>
 */
public final class KernelRace {

  private static final int REGION = 4096;
  private static final int REGIONS = 8;
  private static final long BYTES = (long) REGION * REGIONS;
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");

  private final KernelPin pin;
  private final Stamp stamp;
  private final SplittableRandom random;
  private final boolean cuts;
  private long writes;

  private KernelRace(KernelPin pin, long seed, boolean cuts) {
    this.pin = pin;
    this.stamp = new Stamp(seed);
    this.random = new SplittableRandom(seed);
    this.cuts = cuts;
  }

  /**
   * Races on a file in memory, on tmpfs, and on a file beside {@code file}, a part of the time
   * each.
   *
   * @return the outcomes by {@code memfd}, {@code tmpfs} and {@code file}
   */
  public static Map<String, KernelOutcome> run(Path file, long seed, Duration time) {
    Duration each = time.dividedBy(3);
    Path directory = file.toAbsolutePath().getParent();
    Map<String, KernelOutcome> outcomes = new LinkedHashMap<>();
    outcomes.put("memfd", race(() -> KernelPin.inMemory(BYTES), seed, each, true));
    outcomes.put(
        "tmpfs",
        isTmpfs(SHARED_MEMORY)
            ? race(() -> KernelPin.inDirectory(SHARED_MEMORY, BYTES), seed, each, true)
            : KernelOutcome.notTried("NO_TMPFS"));
    outcomes.put(
        "file",
        directory == null
            ? KernelOutcome.notTried("NO_DIRECTORY")
            : race(() -> KernelPin.inDirectory(directory, BYTES), seed, each, true));
    return outcomes;
  }

  private static boolean isTmpfs(Path directory) {
    try {
      return Files.isWritable(directory) && Files.getFileStore(directory).type().equals("tmpfs");
    } catch (IOException e) {
      return false;
    }
  }

  /** Makes what is raced on. */
  @FunctionalInterface
  interface Maker {
    KernelPin make() throws IOException;
  }

  /**
   * Races on one kind of file.
   *
   * @param cuts whether the file is truncated; if not, nothing may be lost
   */
  static KernelOutcome race(Maker maker, long seed, Duration time, boolean cuts) {
    try (KernelPin pin = maker.make()) {
      return new KernelRace(pin, seed, cuts).run(time);
    } catch (IOException e) {
      return KernelOutcome.notTried(e);
    }
  }

  private KernelOutcome run(Duration time) throws IOException {
    long lost = 0;
    long end = System.nanoTime() + time.toNanos();
    do {
      String status = pin.pin(); // (1)
      if (!status.equals(KernelPin.OK)) {
        return KernelOutcome.refused(status);
      }
      lost += round();
    } while (System.nanoTime() - end < 0);
    return KernelOutcome.taken(writes, lost);
  }

  private long round() throws IOException {
    // What earlier rounds left in the file is nobody's.
    Ledger ledger =
        new Ledger(new Geometry(REGION, REGIONS), stamp, BYTES, Baseline.UNKNOWN, false);
    AtomicBoolean cutEnded = new AtomicBoolean(!cuts);
    FutureTask<Void> device =
        new FutureTask<>(() -> {
          do {
            write(ledger);
          } while (!cutEnded.get());
          for (int i = 0; i < REGIONS; i++) {
            write(ledger);
          }
          return null;
        });
    Thread.ofPlatform().daemon().name("kernel-device").start(device); // (2)
    try {
      if (cuts) {
        cut(ledger);
      }
    } finally {
      cutEnded.set(true);
      await(device);
    }
    pin.unpin(); // (3)
    return Verifier.verify(pin.path(), ledger, BYTES).lost().size();
  }

  private void cut(Ledger ledger) throws IOException {
    Cut cut = ledger.beginCut(0, Long.MAX_VALUE);
    pin.truncate(0);
    pin.truncate(BYTES);
    ledger.endCut(cut, Cut.Outcome.DONE);
  }

  /** By the device's thread. */
  private void write(Ledger ledger) throws IOException {
    int region = random.nextInt(REGIONS);
    long from = ledger.geometry().start(region);
    if (!ledger.tryOwn(region)) {
      throw new IllegalStateException("there is one writer");
    }
    long sequence = ledger.issue(region);
    stamp.fill(pin.source().asSlice(from, REGION), from, sequence);
    long began = ledger.tick();
    pin.write(from, REGION);
    ledger.completed(from, from + REGION, sequence, began, ledger.tick());
    ledger.disown(region);
    writes++;
  }

  /** The memory is the device's until it is done, whatever interrupts come. */
  private static void await(FutureTask<Void> device) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          var _ = device.get();
          return;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
