package dev.longpin.cli.workload;

import dev.longpin.api.CachedFile;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.IndeterminateException;
import dev.longpin.api.LongpinException;
import dev.longpin.api.PageCache;
import dev.longpin.cli.ledger.Cut;
import dev.longpin.cli.ledger.Cut.Outcome;
import dev.longpin.cli.ledger.Expectation;
import dev.longpin.cli.ledger.ForceLog;
import dev.longpin.cli.ledger.Geometry;
import dev.longpin.cli.ledger.Guarantee;
import dev.longpin.cli.ledger.Ledger;
import dev.longpin.cli.ledger.Verifier;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What the actors of a run share: the file, what must be in it, and when to end. */
final class Stage {

  /** How long an operation waits when nothing else is said. */
  static final Duration DEADLINE = Duration.ofSeconds(2);

  private static final int HOT_PLACES = 64;

  /** Of how many writes a force looks whether they are in the file. */
  private static final int LOOKED_AT = 64;

  private final PageCache cache;
  private final Path path;
  private final Ledger ledger;
  private final ForceLog log;
  private final long workingBytes;
  private final Tally tally = new Tally();
  private final AtomicReference<CachedFile> file;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicLongArray hotPlaces = new AtomicLongArray(HOT_PLACES);

  /**
   * Who appends holds it alone, so that the offset is known before the stamps are made; who else
   * may change the size shares it.
   */
  private final ReentrantReadWriteLock growth = new ReentrantReadWriteLock();

  Stage(
      PageCache cache, Path path, CachedFile file, Ledger ledger, ForceLog log, long workingBytes) {
    this.cache = cache;
    this.path = path;
    this.file = new AtomicReference<>(file);
    this.ledger = ledger;
    this.log = log;
    this.workingBytes = workingBytes;
  }

  PageCache cache() {
    return cache;
  }

  Path path() {
    return path;
  }

  CachedFile file() {
    return file.get();
  }

  /** The file was closed and opened again. */
  void reopened(CachedFile next) {
    file.set(next);
  }

  Ledger ledger() {
    return ledger;
  }

  Geometry geometry() {
    return ledger.geometry();
  }

  Tally tally() {
    return tally;
  }

  /** Returns the size that the file is kept around. */
  long workingBytes() {
    return workingBytes;
  }

  ReentrantReadWriteLock growth() {
    return growth;
  }

  // The end

  boolean isRunning() {
    return ended.getCount() != 0;
  }

  void end() {
    ended.countDown();
  }

  /** Ends the run for an error; the first one counts. */
  void fail(Throwable error) {
    failure.compareAndSet(null, error);
    end();
  }

  @Nullable Throwable failure() {
    return failure.get();
  }

  /** Waits for some time or for the end of the run. */
  void pause(Duration time) {
    try {
      var _ = ended.await(time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts an actor", e);
    }
  }

  // Places

  /** Notes a place that a device writes from now on, for others to get in its way. */
  void heat(long offset, RandomGenerator random) {
    hotPlaces.set(random.nextInt(HOT_PLACES), offset);
  }

  /** Returns any place in the file. */
  long somePlace(RandomGenerator random) {
    return aligned(random.nextLong(currentBytes()));
  }

  private long currentBytes() {
    return Math.max(1, Math.min(file().size(), geometry().maxBytes()));
  }

  /** Returns a place in the file: mostly one at or near which a device writes. */
  long someHotPlace(RandomGenerator random) {
    if (random.nextInt(4) == 0) {
      return somePlace(random);
    }
    long spread = geometry().regionBytes();
    long near = hotPlaces.get(random.nextInt(HOT_PLACES)) + random.nextLong(2 * spread) - spread;
    return aligned(Math.clamp(near, 0, currentBytes() - 1));
  }

  static long aligned(long offset) {
    return offset / Long.BYTES * Long.BYTES;
  }

  /** Returns the end of a range, or that of the file's whole words if it comes first. */
  long endInFile(long to) {
    return Math.min(to, aligned(file().size()));
  }

  // What is logged

  /** An operation that removes a range. */
  @FunctionalInterface
  interface Cutting {
    void run() throws IOException;
  }

  /** Removes a range: into the ledger and the log before and after. */
  void cut(long from, long to, Cutting cutting) throws IOException {
    Cut cut = beginCut(from, to);
    Outcome outcome = Outcome.UNKNOWN;
    try {
      cutting.run();
      outcome = Outcome.DONE;
    } catch (IndeterminateException e) {
      throw e;
    } catch (LongpinException | FileClosedException e) {
      outcome = Outcome.NOTHING;
      throw e;
    } finally {
      endCut(cut, outcome);
    }
  }

  Cut beginCut(long from, long to) throws IOException {
    Cut cut = ledger.beginCut(from, to);
    boolean logged = false;
    try {
      log.cutBegins(cut);
      logged = true;
      return cut;
    } finally {
      if (!logged) {
        var _ = ledger.endCut(cut, Outcome.NOTHING);
      }
    }
  }

  void endCut(Cut cut, Outcome outcome) throws IOException {
    log.cutEnded(cut, ledger.endCut(cut, outcome), outcome);
  }

  /**
   * Forces a range, logs what is certain from then on, and looks from outside the cache whether
   * some of it is in the file.
   */
  void force(long from, long to, Duration deadline) throws IOException {
    long at = ledger.tick();
    List<Guarantee> guarantees = ledger.guarantees(from, to);
    List<Expectation> expectations =
        guarantees.stream()
            .limit(LOOKED_AT)
            .map(write -> ledger.expect(write.from(), write.to()))
            .toList();
    file().force(from, to - from, deadline);
    tally.forces.increment();
    log.forced(at, guarantees);
    ledger.logged(guarantees);
    try (FileChannel outside = FileChannel.open(path)) {
      Verifier.verifyForced(outside, ledger, expectations).forEach(tally::noteLost);
    }
  }
}
