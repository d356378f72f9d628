package dev.longpin.cli.workload;

import dev.longpin.api.CachedFile;
import dev.longpin.api.OpenMode;
import dev.longpin.cli.ledger.Expectation;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.SplittableRandom;

/**
 * Opens the file a second time and closes that instance; now and then it closes the one that all
 * others use, the last, and opens the file anew.
 */
final class Reopener extends Actor {

  private static final Duration WAIT = Duration.ofMillis(500);

  Reopener(Stage stage, SplittableRandom random) {
    super(stage, random);
  }

  @Override
  String name() {
    return "reopener";
  }

  @Override
  void step() throws IOException {
    pauseUpTo(300);
    if (random.nextInt(4) == 0) {
      closeLast();
    } else {
      openSecond();
    }
  }

  private void closeLast() throws IOException {
    tally.fileOperations.add(2);
    file().close(WAIT); // or it stays open
    stage.reopened(stage.cache().open(stage.path(), OpenMode.WRITE));
  }

  /** What the second instance reads is what the first one wrote. */
  private void openSecond() throws IOException {
    int region = someHotRegion();
    tally.fileOperations.add(3);
    try (CachedFile second = stage.cache().open(stage.path(), OpenMode.READ)) {
      if (ledger.tryShare(region)) {
        try {
          read(second, stage.geometry().start(region), stage.geometry().end(region));
        } finally {
          ledger.unshare(region);
        }
      }
    }
  }

  private void read(CachedFile second, long from, long to) throws IOException {
    Expectation expectation = ledger.expect(from, to);
    MemorySegment target = MemorySegment.ofArray(new byte[Math.toIntExact(to - from)]);
    long read = second.read(target, from);
    tally.note(name(), ledger.judge(expectation, target.asSlice(0, Math.max(0, read))));
  }
}
