package dev.longpin.cli.workload;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/**
 * A program that writes the file, on a virtual thread: a few bytes or a whole region, and now and
 * then one that the file does not have yet.
 */
final class CpuWriter extends Actor {

  private static final int SMALL_WORDS = 64;

  CpuWriter(Stage stage, SplittableRandom random) {
    super(stage, random);
  }

  @Override
  String name() {
    return "writer";
  }

  @Override
  boolean isVirtual() {
    return true;
  }

  @Override
  void step() throws IOException {
    int region =
        random.nextInt(100) == 0 ? random.nextInt(stage.geometry().regionCount()) : someHotRegion();
    if (ledger.tryOwn(region)) {
      stage.growth().readLock().lock();
      try {
        write(region);
      } finally {
        stage.growth().readLock().unlock();
        ledger.disown(region);
      }
    }
    pauseUpTo(2);
  }

  private void write(int region) throws IOException {
    long from = stage.geometry().start(region);
    long to = stage.geometry().end(region);
    if (random.nextBoolean()) {
      from += Stage.aligned(random.nextLong(to - from));
      to = Math.min(to, from + (1 + random.nextInt(SMALL_WORDS)) * (long) Long.BYTES);
    }
    MemorySegment stamps = MemorySegment.ofArray(new byte[Math.toIntExact(to - from)]);
    long sequence = ledger.issue(region);
    ledger.stamp().fill(stamps, from, sequence);
    tally.fileOperations.increment();
    long beganAt = ledger.tick();
    file().write(stamps, from);
    ledger.completed(from, to, sequence, beganAt, ledger.tick());
  }
}
