package dev.longpin.cli.workload;

import java.io.IOException;
import java.util.SplittableRandom;

/** Forces ranges, and now and then the whole file. */
final class Forcer extends Actor {

  private static final int REGIONS = 256;

  Forcer(Stage stage, SplittableRandom random) {
    super(stage, random);
  }

  @Override
  String name() {
    return "forcer";
  }

  @Override
  void step() throws IOException {
    pauseUpTo(40);
    tally.fileOperations.increment();
    if (random.nextInt(8) == 0) {
      stage.force(0, stage.geometry().maxBytes(), Stage.DEADLINE);
    } else {
      long from = stage.someHotPlace(random);
      long to = from + stage.geometry().regionBytes() * (1 + random.nextInt(REGIONS));
      stage.force(from, Math.min(to, stage.geometry().maxBytes()), Stage.DEADLINE);
    }
  }
}
