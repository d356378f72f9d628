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

/**
 * The demo's race against Linux alone, without a cache of ours: a device has a long-term pin of a
 * file's pages and writes to them, the file is truncated and extended under it, the device goes on
 * writing, all is forced. The same ledger judges it that judges Longpin.
 *
 * <p>One round:
 *
 * <ol>
 *   <li>Pin the file's pages.
 *   <li>Write some of them; truncate the file to nothing, and extend it; write some more.
 *   <li>End the pin, force, and compare every byte of the file.
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
            : new KernelOutcome("NO_TMPFS", 0));
    outcomes.put(
        "file",
        directory == null
            ? new KernelOutcome("NO_FILE", 0)
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
      return new KernelOutcome(KernelPin.status(e), 0);
    }
  }

  private KernelOutcome run(Duration time) throws IOException {
    long lost = 0;
    long end = System.nanoTime() + time.toNanos();
    String status;
    do {
      status = pin.pin(); // (1)
      if (!status.equals(KernelPin.OK)) {
        break;
      }
      lost += round();
    } while (System.nanoTime() - end < 0);
    return new KernelOutcome(status, lost);
  }

  private long round() throws IOException {
    // What earlier rounds left in the file is nobody's.
    Ledger ledger =
        new Ledger(new Geometry(REGION, REGIONS), stamp, BYTES, Baseline.UNKNOWN, false);
    write(ledger, REGIONS / 2); // (2)
    if (cuts) {
      Cut cut = ledger.beginCut(0, Long.MAX_VALUE);
      pin.truncate(0);
      pin.truncate(BYTES);
      ledger.endCut(cut, Cut.Outcome.DONE);
    }
    write(ledger, REGIONS);
    pin.unpin(); // (3)
    return Verifier.verify(pin.path(), ledger, BYTES).lost().size();
  }

  private void write(Ledger ledger, int count) throws IOException {
    for (int i = 0; i < count; i++) {
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
    }
  }
}
