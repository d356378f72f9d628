package dev.longpin.cli.workload;

import dev.longpin.api.Unmapping;
import dev.longpin.api.WaitEndedException;
import java.io.IOException;
import java.time.Duration;
import java.util.SplittableRandom;

/** Punches holes, mostly where devices write; those who don't let go in time it disconnects. */
final class Puncher extends Actor {

  private static final Duration WAIT = Duration.ofMillis(500);
  private static final Duration SHORT_WAIT = Duration.ofMillis(20);

  Puncher(Stage stage, SplittableRandom random) {
    super(stage, random);
  }

  @Override
  String name() {
    return "puncher";
  }

  @Override
  void step() throws IOException {
    pauseUpTo(30);
    long from = stage.someHotPlace(random);
    long length = Long.BYTES + Stage.aligned(random.nextLong(4 * stage.geometry().regionBytes()));
    if (random.nextInt(3) == 0) {
      from -= from % stage.cache().pageSize();
    }
    try {
      punch(from, length, Unmapping.within(WAIT));
    } catch (WaitEndedException e) {
      // Only whole pages can be disconnected.
      int pageSize = stage.cache().pageSize();
      long start = from - from % pageSize;
      long end = (from + length + pageSize - 1) / pageSize * pageSize;
      punch(start, end - start, Unmapping.within(SHORT_WAIT).orDisconnect());
    }
  }

  private void punch(long from, long length, Unmapping unmapping) throws IOException {
    tally.fileOperations.increment();
    stage.cut(
        from,
        from + length,
        () -> {
          var _ = file().punchHole(from, length, unmapping);
          tally.punches.increment();
        });
  }
}
