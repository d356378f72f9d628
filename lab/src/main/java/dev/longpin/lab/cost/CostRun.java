package dev.longpin.lab.cost;

import dev.longpin.api.Access;
import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.LongpinException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.PinPolicy;
import dev.longpin.api.UnmapRefusedException;
import dev.longpin.api.Unmapping;
import dev.longpin.cache.PageCaches;
import dev.longpin.lab.Column;
import dev.longpin.lab.PolicyCost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;

/**
 * A file of {@value #PAGES} pages on the machine's own store, of which two devices hold some for a
 * millisecond at a time, while one thread cuts it in half and makes it long again, over and over.
 */
public final class CostRun {

  static final int PAGES = 64;
  static final int PAGE = 4096;
  private static final int DEVICES = 2;
  private static final Duration DEADLINE = Duration.ofMillis(50);
  private static final long PAUSE_NANOS = 2_000_000;
  private static final double NANOS_PER_MICRO = 1e3;

  private final Column column;
  private final PinPolicy policy;
  private final List<Long> nanos = new ArrayList<>();
  private long refused;
  private long timedOut;

  private CostRun(Column column) {
    this.column = column;
    this.policy = Objects.requireNonNull(column.policy(), "a column without a cache");
  }

  /**
   * Measures a column.
   *
   * @param folder where the file is, while it lasts
   * @throws IOException if there can be none
   */
  public static PolicyCost measure(Column column, Path folder, Duration time)
      throws IOException, InterruptedException {
    Path path = Files.createTempFile(folder, "longpin-lab-", ".tmp");
    try {
      Files.write(path, new byte[PAGES * PAGE]);
      return new CostRun(column).run(path, time);
    } finally {
      Files.deleteIfExists(path);
    }
  }

  private PolicyCost run(Path path, Duration time) throws IOException, InterruptedException {
    CacheConfig config =
        CacheConfig.ofSize(4L * PAGES * PAGE, PAGE).withPolicy(policy).withReadahead(0);
    try (PageCache cache = PageCaches.create(config);
        CachedFile file = cache.open(path, OpenMode.WRITE)) {
      List<CostDevice> devices = new ArrayList<>();
      for (int i = 0; i < DEVICES; i++) {
        devices.add(CostDevice.start(file, column, i));
      }
      cut(file, time);
      long pinsRefused = 0;
      for (CostDevice device : devices) {
        pinsRefused += device.stop();
      }
      long revocations = cache.stats().revocations();
      return result(pinsRefused, revocations);
    }
  }

  private void cut(CachedFile file, Duration time) throws LongpinException {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() - end < 0) {
      long start = System.nanoTime();
      try {
        var _ = file.truncate((long) PAGES / 2 * PAGE, Unmapping.within(DEADLINE));
        nanos.add(System.nanoTime() - start);
        var _ = file.truncate((long) PAGES * PAGE);
      } catch (UnmapRefusedException e) {
        refused++;
      } catch (DeadlineExceededException e) {
        timedOut++;
      }
      LockSupport.parkNanos(PAUSE_NANOS); // so that devices come to hold what is cut next
    }
  }

  private PolicyCost result(long pinsRefused, long revocations) {
    Collections.sort(nanos);
    return new PolicyCost(
        column,
        nanos.size() + refused + timedOut,
        percentile(50),
        percentile(99),
        refused,
        timedOut,
        pinsRefused,
        revocations);
  }

  private double percentile(int percent) {
    return nanos.isEmpty()
        ? 0
        : nanos.get(Math.min(nanos.size() - 1, nanos.size() * percent / 100)) / NANOS_PER_MICRO;
  }

  /** What a device does to a page while it has it. */
  static Access access() {
    return Access.WRITE;
  }
}
