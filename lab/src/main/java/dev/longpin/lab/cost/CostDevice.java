package dev.longpin.lab.cost;

import dev.longpin.api.CachedFile;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.Holder;
import dev.longpin.api.IntervalNotifier;
import dev.longpin.api.Invalidation;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.Pin;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.PinRefusedException.Reason;
import dev.longpin.api.Translation;
import dev.longpin.lab.Column;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A device on a thread of its own: holds a page for a millisecond, or until it is told, and on. */
final class CostDevice {

  private static final long HOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final CachedFile file;
  private final Column column;
  private final Holder holder;
  private final SplittableRandom random;
  private final ConcurrentHashMap<Long, Translation> table = new ConcurrentHashMap<>();
  private final @Nullable IntervalNotifier notifier;
  private @Nullable Thread thread;
  private volatile boolean stopped;
  private volatile boolean told;
  private long refused;

  private CostDevice(CachedFile file, Column column, int number) {
    this.file = file;
    this.column = column;
    this.holder = new Holder("device " + number, "nic");
    this.random = new SplittableRandom(number);
    this.notifier =
        column == Column.NOTIFIER
            ? file.attach(
                0,
                Long.MAX_VALUE,
                holder,
                range -> {
                  table.values().removeIf(entry -> forget(entry, range));
                  return null;
                })
            : null;
  }

  private static boolean forget(Translation entry, Invalidation range) {
    boolean gone = range.covers(entry, CostRun.PAGE);
    if (gone) {
      var _ = entry.release();
    }
    return gone;
  }

  static CostDevice start(CachedFile file, Column column, int number) {
    CostDevice device = new CostDevice(file, column, number);
    device.thread = Thread.ofPlatform().daemon().name("device-" + number).start(device::work);
    return device;
  }

  /** Stops it; returns how many long-term pins the policy refused it. */
  long stop() throws InterruptedException {
    stopped = true;
    Thread running = thread;
    if (running != null) {
      running.join();
    }
    table
        .values()
        .forEach(entry -> {
          var _ = entry.release();
        });
    return refused;
  }

  private void work() {
    while (!stopped) {
      long page = random.nextInt(CostRun.PAGES);
      try {
        hold(page * CostRun.PAGE);
      } catch (PinRefusedException e) {
        if (e.reason() == Reason.POLICY) {
          refused++;
        }
        LockSupport.parkNanos(HOLD_NANOS / 10);
      } catch (FileClosedException e) {
        return;
      } catch (LongpinException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private void hold(long offset) throws LongpinException {
    told = false;
    if (notifier != null) {
      translate(notifier, offset);
    } else if (column == Column.REFUSE) {
      try {
        var _ = file.pinLongterm(offset, CostRun.PAGE, CostRun.access(), holder).release();
      } catch (PinRefusedException e) {
        refused++;
      }
      try (Pin _ = file.pin(offset, CostRun.PAGE, CostRun.access())) {
        rest();
      }
    } else {
      LongtermPin pin =
          file.pinLongterm(offset, CostRun.PAGE, CostRun.access(), holder, (_, _) -> told = true);
      rest();
      var _ = pin.release();
    }
  }

  private void translate(IntervalNotifier pageTable, long offset) throws LongpinException {
    long sequence = pageTable.begin();
    Translation fresh = pageTable.translate(offset, CostRun.access());
    if (fresh == null) {
      return;
    }
    // The map's own lock is the device's: the handler takes it too.
    boolean[] installed = new boolean[1];
    var _ =
        table.compute(
            offset,
            (_, old) -> {
              installed[0] = old == null && pageTable.isCurrent(sequence);
              return installed[0] ? fresh : old;
            });
    if (!installed[0]) {
      var _ = fresh.release();
    }
    rest();
  }

  private void rest() {
    long end = System.nanoTime() + HOLD_NANOS;
    while (!told && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(HOLD_NANOS / 20);
    }
  }
}
