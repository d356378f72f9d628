package dev.longpin.cli.workload;

import dev.longpin.api.Unmapping;
import dev.longpin.api.WaitEndedException;
import java.io.IOException;
import java.time.Duration;
import java.util.SplittableRandom;

/**
 * Makes the file shorter, whoever holds pages of what goes, and soon extends it again. Holders that
 * don't let go in time it disconnects.
 */
final class Truncater extends Actor {

  private static final Duration WAIT = Duration.ofMillis(500);
  private static final Duration SHORT_WAIT = Duration.ofMillis(20);

  /** The part of the file that is cut at most: one in so many bytes. */
  private static final int CUT_ONE_IN = 4;

  Truncater(Stage stage, SplittableRandom random) {
    super(stage, random);
  }

  @Override
  String name() {
    return "truncater";
  }

  @Override
  void step() throws IOException {
    shrink();
    pauseUpTo(4);
    extend();
    pauseUpTo(20);
  }

  private void shrink() throws IOException {
    long most = stage.workingBytes() / CUT_ONE_IN;
    long to = Stage.aligned(stage.workingBytes() - random.nextLong(most));
    if (random.nextInt(3) == 0) {
      to -= to % stage.cache().pageSize();
    }
    try {
      truncate(to, Unmapping.within(WAIT));
    } catch (WaitEndedException e) {
      // Only whole pages can be disconnected.
      truncate(to - to % stage.cache().pageSize(), Unmapping.within(SHORT_WAIT).orDisconnect());
    }
  }

  private void truncate(long to, Unmapping unmapping) throws IOException {
    stage.growth().readLock().lock();
    try {
      boolean shrinks = to < file().size();
      tally.fileOperations.increment();
      stage.cut(
          to,
          Long.MAX_VALUE,
          () -> {
            long start = System.nanoTime();
            var _ = file().truncate(to, unmapping);
            if (shrinks) {
              tally.truncated(System.nanoTime() - start);
            }
          });
    } finally {
      stage.growth().readLock().unlock();
    }
  }

  private void extend() throws IOException {
    long to = Stage.aligned(stage.workingBytes() - random.nextLong(stage.geometry().regionBytes()));
    if (file().size() < to) {
      truncate(to, Unmapping.within(WAIT));
    }
  }
}
