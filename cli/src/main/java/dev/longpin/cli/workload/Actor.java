package dev.longpin.cli.workload;

import dev.longpin.api.CachedFile;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.NoFrameException;
import dev.longpin.api.PastEndException;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.PinRefusedException.Reason;
import dev.longpin.api.WaitEndedException;
import dev.longpin.cli.ledger.Ledger;
import java.io.IOException;
import java.time.Duration;
import java.util.SplittableRandom;

/**
 * One of those who work on the file at the same time. It does one thing after another until the run
 * ends. What the cache may refuse it tries again; any other error ends the run.
 */
abstract class Actor implements Runnable {

  private static final Duration A_MOMENT = Duration.ofMillis(1);

  final Stage stage;
  final Ledger ledger;
  final Tally tally;
  final SplittableRandom random;

  Actor(Stage stage, SplittableRandom random) {
    this.stage = stage;
    this.ledger = stage.ledger();
    this.tally = stage.tally();
    this.random = random;
  }

  /** Returns the name of the thread, and of the holder in messages. */
  abstract String name();

  /** Does one thing. */
  abstract void step() throws IOException;

  /** Makes a step end that waits for something else than the cache; from another thread. */
  void hurry() throws IOException {}

  /** Cleans up; after the last step, on the same thread. */
  void leave() throws IOException {}

  /** Returns whether it works on a virtual thread. */
  boolean isVirtual() {
    return false;
  }

  @Override
  public final void run() {
    try {
      while (stage.isRunning()) {
        attempt();
      }
      leave();
    } catch (IOException | RuntimeException | Error e) {
      stage.fail(e);
    }
  }

  private void attempt() throws IOException {
    try {
      step();
    } catch (PinRefusedException e) {
      if (e.reason() == Reason.NO_SPACE) {
        throw e;
      }
      tally.refusals.increment();
      stage.pause(A_MOMENT);
    } catch (WaitEndedException | NoFrameException | PastEndException | FileClosedException e) {
      // Waited too long, no room, cut meanwhile, or being closed and opened again.
      stage.pause(A_MOMENT);
    }
  }

  final CachedFile file() {
    return stage.file();
  }

  /** Waits up to {@code millis}, or to the end of the run. */
  final void pauseUpTo(int millis) {
    stage.pause(Duration.ofNanos(random.nextLong(millis * 1_000_000L)));
  }

  /** Returns any region that the file has. */
  final int someRegion() {
    return stage.geometry().regionOf(stage.somePlace(random));
  }

  /** Returns a region: mostly one at or near which a device writes. */
  final int someHotRegion() {
    return stage.geometry().regionOf(stage.someHotPlace(random));
  }
}
