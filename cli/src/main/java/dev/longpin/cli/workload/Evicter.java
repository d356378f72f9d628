package dev.longpin.cli.workload;

import dev.longpin.api.Unmapping;
import java.io.IOException;
import java.time.Duration;
import java.util.SplittableRandom;

/** Drops ranges from memory; what they hold stays in the file. */
final class Evicter extends Actor {

  private static final Duration WAIT = Duration.ofMillis(500);

  Evicter(Stage stage, SplittableRandom random) {
    super(stage, random);
  }

  @Override
  String name() {
    return "evicter";
  }

  @Override
  void step() throws IOException {
    pauseUpTo(30);
    long length = 1 + random.nextLong(16 * stage.geometry().regionBytes());
    Unmapping unmapping = Unmapping.within(WAIT);
    tally.fileOperations.increment();
    var _ =
        file()
            .evict(
                stage.someHotPlace(random),
                length,
                random.nextInt(8) == 0 ? unmapping.orDisconnect() : unmapping);
    tally.evictions.increment();
  }
}
