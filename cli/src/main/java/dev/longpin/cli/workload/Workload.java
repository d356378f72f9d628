package dev.longpin.cli.workload;

import dev.longpin.api.CacheStats;
import dev.longpin.api.CachedFile;
import dev.longpin.api.PageCache;
import dev.longpin.api.Unmapping;
import dev.longpin.cli.ledger.ForceLog;
import dev.longpin.cli.ledger.Ledger;
import dev.longpin.sim.DmaEngine;
import dev.longpin.sim.FileDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs devices against file operations for a time.
 *
 * <ol>
 *   <li>Everyone works until the time is up, an error comes, or {@link #stop}.
 *   <li>The devices are switched off: every pin ends.
 *   <li>The file is forced and the cache closed; the file holds what the ledger says.
 * </ol>
 */
public final class Workload {

  private static final int ENGINES = 2;
  private static final int MOST_HOLDS = 20;
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final long PROGRESS_MILLIS = 100;

  /**
   * How a run ended.
   *
   * @param sizeBytes the size of the file, as the cache said last
   * @param forced whether all that was complete was forced in the end
   * @param stats the cache's figures after it was closed
   * @param failure what ended the run early, if anything
   */
  public record Ending(
      long sizeBytes, boolean forced, CacheStats stats, @Nullable Throwable failure) {}

  private final Stage stage;
  private final long seed;

  /**
   * Makes one.
   *
   * @param file opened for writing; the workload closes it with the cache
   * @param workingBytes the size that the file is kept around
   */
  public Workload(
      PageCache cache, CachedFile file, Ledger ledger, ForceLog log, long workingBytes, long seed) {
    this.stage = new Stage(cache, file.path(), file, ledger, log, workingBytes);
    this.seed = seed;
  }

  /** Returns what has been counted so far. */
  public Tally tally() {
    return stage.tally();
  }

  /** Ends the run early; from any thread. */
  public void stop() {
    stage.end();
  }

  /**
   * Runs, and closes the cache.
   *
   * @param secondFile where the file device makes its file
   * @param progress told ten times a second how many milliseconds have passed
   */
  public Ending run(Duration time, Path secondFile, LongConsumer progress) {
    SplittableRandom random = new SplittableRandom(seed);
    List<DmaEngine> engines = new ArrayList<>();
    try (FileDevice fileDevice = new FileDevice(secondFile)) {
      for (int i = 0; i < ENGINES; i++) {
        engines.add(
            new DmaEngine("dma-" + i, stage.ledger().stamp(), random.nextLong(), stage::fail));
      }
      extendToWorkingSize();
      List<Actor> actors = actors(random, engines, fileDevice);
      List<Thread> threads = actors.stream().map(Workload::start).toList();
      awaitEnd(time, progress);
      stage.end();
      actors.forEach(this::hurry);
      long patienceEnds = System.nanoTime() + PATIENCE.toNanos();
      threads.forEach(thread -> join(thread, patienceEnds));
    } catch (IOException | RuntimeException e) {
      stage.fail(e);
    } finally {
      engines.forEach(DmaEngine::close);
    }
    return finish();
  }

  private void extendToWorkingSize() throws IOException {
    long to = Stage.aligned(stage.workingBytes());
    if (stage.file().size() < to) {
      stage.cut(
          to,
          Long.MAX_VALUE,
          () -> {
            var _ = stage.file().truncate(to, Unmapping.DEFAULT);
          });
    }
  }

  private List<Actor> actors(
      SplittableRandom random, List<DmaEngine> engines, FileDevice fileDevice) throws IOException {
    List<Actor> actors = new ArrayList<>();
    for (int i = 0; i < engines.size(); i++) {
      DmaEngine engine = engines.get(i);
      String name = "dma-" + i;
      actors.add(new DmaActor(stage, random.split(), name + " writer", engine, true, MOST_HOLDS));
      actors.add(
          new DmaActor(stage, random.split(), name + " reader", engine, false, MOST_HOLDS / 2));
      actors.add(new PlainSendActor(stage, random.split(), "sender-" + i));
      actors.add(new ZeroCopySendActor(stage, random.split(), "zero-copy-sender-" + i));
    }
    actors.add(new FileDeviceActor(stage, random.split(), fileDevice));
    actors.add(new CpuReader(stage, random.split()));
    actors.add(new CpuWriter(stage, random.split()));
    actors.add(new Appender(stage, random.split()));
    actors.add(new Truncater(stage, random.split()));
    actors.add(new Extender(stage, random.split()));
    actors.add(new Puncher(stage, random.split()));
    actors.add(new Evicter(stage, random.split()));
    actors.add(new Forcer(stage, random.split()));
    actors.add(new Reopener(stage, random.split()));
    return actors;
  }

  private static Thread start(Actor actor) {
    Thread.Builder builder = actor.isVirtual() ? Thread.ofVirtual() : Thread.ofPlatform().daemon();
    return builder.name(actor.name()).start(actor);
  }

  private void awaitEnd(Duration time, LongConsumer progress) {
    long start = System.nanoTime();
    long passed = 0;
    while (stage.isRunning() && passed < time.toMillis()) {
      stage.pause(Duration.ofMillis(Math.min(PROGRESS_MILLIS, time.toMillis() - passed)));
      passed = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      progress.accept(Math.min(passed, time.toMillis()));
    }
  }

  private void hurry(Actor actor) {
    try {
      actor.hurry();
    } catch (IOException e) {
      stage.fail(e);
    }
  }

  private void join(Thread thread, long patienceEnds) {
    try {
      if (!thread.join(Duration.ofNanos(Math.max(1, patienceEnds - System.nanoTime())))) {
        stage.fail(
            new IllegalStateException(
                thread.getName() + " hangs at " + List.of(thread.getStackTrace())));
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts the run", e);
    }
  }

  /** Step 3. */
  private Ending finish() {
    boolean forced = false;
    long sizeBytes = 0;
    try {
      sizeBytes = stage.file().size();
      stage.force(0, stage.geometry().maxBytes(), Stage.DEADLINE.multipliedBy(10));
      forced = true;
    } catch (IOException | RuntimeException | Error e) {
      stage.fail(e);
    }
    try {
      stage.cache().close();
    } catch (IOException | RuntimeException | Error e) {
      stage.fail(e);
    }
    return new Ending(sizeBytes, forced, stage.cache().stats(), stage.failure());
  }
}
