package dev.longpin.cli.demo;

import dev.longpin.api.CacheStats;
import dev.longpin.api.CachedFile;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.PageCache;
import dev.longpin.sim.DmaEngine;
import dev.longpin.sim.FileDevice;
import dev.longpin.sim.SendDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs the devices against the file operations: everyone on a thread of their own, for a time, then
 * everything is forced and closed.
 */
final class Workload {

  private static final long MAX_DMA_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(3);
  private static final Duration JOIN = Duration.ofSeconds(30);

  private final PageCache cache;
  private final CachedFile file;
  private final long fileBytes;
  private final Ledger ledger;
  private final ForceLog log;
  private final Tally tally = new Tally();
  private final DmaEngine engine;
  private final List<Integer> heldRegions = new ArrayList<>();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  Workload(
      PageCache cache, CachedFile file, long fileBytes, Ledger ledger, ForceLog log, long seed) {
    this.cache = cache;
    this.file = file;
    this.fileBytes = fileBytes;
    this.ledger = ledger;
    this.log = log;
    this.engine = new DmaEngine("dma-engine", seed, MAX_DMA_DELAY_NANOS);
  }

  PageCache cache() {
    return cache;
  }

  CachedFile file() {
    return file;
  }

  long fileBytes() {
    return fileBytes;
  }

  Ledger ledger() {
    return ledger;
  }

  ForceLog log() {
    return log;
  }

  Tally tally() {
    return tally;
  }

  DmaEngine engine() {
    return engine;
  }

  /** Notes that a device holds a region, or no more. */
  void held(int region, boolean isHeld) {
    synchronized (heldRegions) {
      if (isHeld) {
        heldRegions.add(region);
      } else {
        heldRegions.remove(Integer.valueOf(region));
      }
    }
  }

  /** Returns a region that a device holds, or -1. */
  int someHeldRegion(Random random) {
    synchronized (heldRegions) {
      return heldRegions.isEmpty() ? -1 : heldRegions.get(random.nextInt(heldRegions.size()));
    }
  }

  boolean isStopping() {
    return stop.getCount() == 0;
  }

  /** Ends the run. */
  void stop() {
    stop.countDown();
  }

  /** Ends the run because of an error. */
  void fail(Throwable error) {
    failure.compareAndSet(null, error);
    stop();
  }

  /** Returns the error that ended the run, if one did. */
  @Nullable Throwable failure() {
    return failure.get();
  }

  /** Waits, or until the run ends. */
  void pause(int millis) {
    await(millis);
  }

  /** Waits until the run has ended or {@code millis} have passed; says whether it has ended. */
  boolean await(long millis) {
    try {
      return stop.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      stop();
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /**
   * Runs for a time.
   *
   * @param progress called about ten times a second with the milliseconds that have passed
   */
  void run(Path folder, long seed, long seconds, LongConsumer progress)
      throws IOException, InterruptedException {
    Random seeds = new Random(seed);
    try (FileDevice second = new FileDevice(folder.resolve(file.path().getFileName() + ".device"));
        SendDevice socket = new SendDevice()) {
      List<Thread> threads = new ArrayList<>();
      for (Actor actor : actors(seeds, second, socket)) {
        String name = actor.getClass().getSimpleName();
        threads.add(Thread.ofPlatform().daemon().name(name).start(actor));
      }
      long start = System.nanoTime();
      long end = TimeUnit.SECONDS.toMillis(seconds);
      long passed = 0;
      while (passed < end && !await(Math.min(100, end - passed))) {
        passed = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        progress.accept(Math.min(passed, end));
      }
      stop();
      for (Thread thread : threads) {
        if (!thread.join(JOIN)) {
          StackTraceElement[] stack = thread.getStackTrace();
          fail(new IllegalStateException(thread.getName() + " hangs at " + List.of(stack)));
        }
      }
      engine.close();
    }
  }

  private List<Actor> actors(Random seeds, FileDevice second, SendDevice socket) {
    List<Actor> actors = new ArrayList<>();
    for (int tenant = 1; tenant <= 4; tenant++) {
      boolean revocable = tenant != 4;
      String name = "tenant-" + tenant;
      actors.add(new DmaWriter(this, seeds.nextLong(), name, revocable, 10 * tenant));
    }
    actors.add(new DmaReader(this, seeds.nextLong(), "scanner"));
    actors.add(new FileMover(this, seeds.nextLong(), second));
    actors.add(new Sender(this, seeds.nextLong(), socket));
    actors.add(new CpuUser(this, seeds.nextLong()));
    for (FileChanger.Job job : FileChanger.Job.values()) {
      actors.add(new FileChanger(this, seeds.nextLong(), job));
    }
    return actors;
  }

  /**
   * Forces everything and closes file and cache, with one device that never lets go: its frame is
   * leaked and reported.
   *
   * @return the cache's figures at the end
   */
  CacheStats finish() throws Exception {
    LongtermPin holdout = null;
    try {
      if (file.size() < fileBytes) {
        var _ = file.truncate(fileBytes);
      }
      List<Ledger.Completed> writes = ledger.takeCompleted();
      file.force();
      log.forced(writes);
      tally.forces.increment();
      holdout = DmaWriter.neverLetsGo(file, ledger);
    } catch (LongpinException e) {
      fail(e);
    }
    try {
      cache.close();
    } catch (LongpinException e) {
      fail(e);
    }
    CacheStats stats = cache.stats();
    if (holdout != null) {
      var _ = holdout.release();
    }
    return stats;
  }
}
