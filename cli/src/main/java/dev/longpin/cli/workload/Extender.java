package dev.longpin.cli.workload;

import dev.longpin.api.StoreException;
import dev.longpin.api.StoreException.Kind;
import java.io.IOException;
import java.util.SplittableRandom;

/** Extends the file, and reserves space in it. */
final class Extender extends Actor {

  private boolean canReserve = true;

  Extender(Stage stage, SplittableRandom random) {
    super(stage, random);
  }

  @Override
  String name() {
    return "extender";
  }

  @Override
  void step() throws IOException {
    pauseUpTo(60);
    tally.fileOperations.increment();
    if (random.nextBoolean()) {
      extend();
    } else if (canReserve) {
      reserve();
    }
  }

  private void extend() throws IOException {
    stage.growth().readLock().lock();
    try {
      long size = file().size();
      long room = stage.geometry().maxBytes() - size;
      if (room > 0) {
        long to = Stage.aligned(size + random.nextLong(room));
        // Someone may extend it further meanwhile: then this cuts.
        stage.cut(
            to,
            Long.MAX_VALUE,
            () -> {
              var _ = file().truncate(to);
            });
      }
    } finally {
      stage.growth().readLock().unlock();
    }
  }

  private void reserve() throws IOException {
    long from = stage.somePlace(random);
    long to = stage.endInFile(from + 4 * stage.geometry().regionBytes());
    if (from >= to) {
      return;
    }
    try {
      file().preallocate(from, to - from);
    } catch (StoreException e) {
      if (e.kind() != Kind.UNSUPPORTED) {
        throw e;
      }
      canReserve = false;
    }
  }
}
