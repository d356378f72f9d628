package dev.longpin.cli.demo;

import dev.longpin.api.CachedFile;
import dev.longpin.api.LongpinException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.api.Unmapping;
import dev.longpin.api.WaitEndedException;
import dev.longpin.cli.demo.Ledger.Completed;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;

/** Takes pages away: truncates and extends, punches, evicts; forces, opens and closes. */
final class FileChanger extends Actor {

  private static final Duration DEADLINE = Duration.ofSeconds(2);
  private static final Duration SHORT = Duration.ofMillis(60);

  /** What one of them does. */
  enum Job {
    TRUNCATE(25),
    PUNCH(8),
    EVICT(10),
    FORCE(80),
    OPEN(30);

    private final int pauseMillis;

    Job(int pauseMillis) {
      this.pauseMillis = pauseMillis;
    }
  }

  /** An operation that cuts. */
  @FunctionalInterface
  private interface Cutting {
    void run(Unmapping unmapping) throws LongpinException;
  }

  private final Job job;

  FileChanger(Workload run, long seed, Job job) {
    super(run, seed);
    this.job = job;
  }

  @Override
  void step(CachedFile file) throws Exception {
    run.pause(random.nextInt(2 * job.pauseMillis));
    switch (job) {
      case TRUNCATE -> truncate(file);
      case PUNCH -> punch(file);
      case EVICT -> evict(file);
      case FORCE -> force(file);
      case OPEN -> open();
    }
    tally.fileOperations.increment();
  }

  private Unmapping unmapping() {
    return random.nextInt(8) == 0
        ? Unmapping.within(SHORT).orDisconnect()
        : Unmapping.within(DEADLINE);
  }

  /** Cuts the tail, most often a short one, and extends the file again. */
  private void truncate(CachedFile file) throws Exception {
    long size = range(8)[0];
    if (random.nextInt(4) != 0) {
      size = Math.max(size, run.fileBytes() - run.fileBytes() / 16);
    }
    long to = size;
    try {
      cut(
          size,
          run.fileBytes(),
          unmapping -> {
            long start = System.nanoTime();
            var _ = file.truncate(to, unmapping);
            tally.truncate.recordValue(System.nanoTime() - start);
            tally.truncates.increment();
          });
    } finally {
      extendAgain(file, to);
    }
  }

  private void extendAgain(CachedFile file, long from) throws LongpinException {
    run.pause(random.nextInt(3));
    if (file.size() >= run.fileBytes()) {
      return;
    }
    var _ = file.truncate(run.fileBytes());
    try {
      file.preallocate(from, Math.min(ledger.regionBytes(), run.fileBytes() - from));
    } catch (StoreException e) {
      if (e.kind() != StoreException.Kind.UNSUPPORTED) {
        throw e;
      }
    }
  }

  private void punch(CachedFile file) throws Exception {
    long[] range = range(4);
    cut(
        range[0],
        range[1],
        unmapping -> {
          var _ = file.punchHole(range[0], range[1] - range[0], unmapping);
          tally.punches.increment();
        });
  }

  private void cut(long from, long to, Cutting cutting) throws Exception {
    Ledger.Cut cut = ledger.beginCut(from, to);
    run.log().cutBegins(cut);
    Boolean done = null;
    try {
      cutting.run(unmapping());
      done = true;
    } catch (WaitEndedException | StoreException e) {
      done = false; // nothing has changed; what an IndeterminateException leaves, nobody knows
      throw e;
    } finally {
      ledger.endCut(cut, done);
      run.log().cutEnded(cut, ledger.now());
    }
  }

  private void evict(CachedFile file) throws Exception {
    long[] range = range(32);
    var _ = file.evict(range[0], range[1] - range[0], Unmapping.within(DEADLINE));
    tally.evictions.increment();
  }

  private void force(CachedFile file) throws Exception {
    List<Completed> writes = ledger.takeCompleted();
    boolean forced = false;
    try {
      file.force();
      forced = true;
      run.log().forced(writes);
      tally.forces.increment();
    } finally {
      if (!forced) {
        ledger.putBack(writes);
      }
    }
  }

  /** Opens the file a second time, reads from that instance, and closes it. */
  private void open() throws Exception {
    try (CachedFile second = run.cache().open(run.file().path(), OpenMode.READ)) {
      byte[] bytes = new byte[64];
      var _ = second.read(MemorySegment.ofArray(bytes), 0);
    }
  }
}
