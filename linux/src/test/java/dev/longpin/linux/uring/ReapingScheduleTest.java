package dev.longpin.linux.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.Seam;
import dev.longpin.base.Step;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Result;
import dev.longpin.schedule.ScheduleExplorer.Time;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who takes completions, under the scheduler: a wake-up that is lost is a deadlock. */
@Tag("scheduled")
final class ReapingScheduleTest {

  private static final Duration LONG = Duration.ofHours(1);

  /** Completions that actors make, and that one at a time may take. */
  private static final class Device implements Reaping.Source {
    final Reaping reaping = new Reaping(this);
    private final EventCount completed = new EventCount();
    private final ArrayDeque<Integer> queue = new ArrayDeque<>();
    private final BitSet done = new BitSet();
    private int requests;
    private boolean taking;
    boolean ended;

    void request() {
      Seam.step(Step.STORE, this, -1);
      requests++;
      reaping.requested();
    }

    void complete(int request) {
      Seam.step(Step.STORE, this, request);
      queue.add(request);
      completed.signalAll();
    }

    boolean isDone(int request) {
      Seam.step(Step.LOAD, this, request);
      return done.get(request);
    }

    void await(int request) throws InterruptedException {
      assertTrue(reaping.await(() -> isDone(request), Deadline.after(LONG)));
    }

    @Override
    public boolean isBusy() {
      Seam.step(Step.LOAD, this, -1);
      return done.cardinality() < requests;
    }

    @Override
    public void take() {
      takeSome(() -> false);
    }

    @Override
    public void await(long nanos, BooleanSupplier enough) {
      try {
        int ticket = completed.ticket();
        if (queue.isEmpty()) {
          boolean _ = completed.await(ticket, Deadline.after(Duration.ofNanos(nanos)));
        }
      } catch (InterruptedException e) {
        Thread.currentThread()
            .interrupt(); // the kernel would not even notice before its slice ends
      }
      takeSome(enough);
    }

    private void takeSome(BooleanSupplier enough) {
      assertFalse(taking, "two at a time");
      taking = true;
      while (!queue.isEmpty()) {
        Seam.step(Step.STORE, this, queue.peek());
        done.set(queue.remove());
        if (enough.getAsBoolean()) {
          break;
        }
      }
      taking = false;
    }
  }

  @Test
  void everyOneOfTwoIsWoken() {
    Result result =
        ScheduleExplorer.of(Device::new)
            .time(Time.STOPPED)
            .preemptions(3)
            .actor("first", device -> device.await(0))
            .actor("second", device -> device.await(1))
            .actor(
                "device",
                device -> {
                  device.complete(1);
                  device.complete(0);
                })
            .exhaustive(60_000);
    assertTrue(result.exhausted(), result.toString());
  }

  @Test
  void everyOneOfThreeIsWoken() {
    ScheduleExplorer<Device> explorer =
        ScheduleExplorer.of(Device::new)
            .time(Time.STOPPED)
            .actor("first", device -> device.await(0))
            .actor("second", device -> device.await(1))
            .actor("third", device -> device.await(2))
            .actor(
                "device",
                device -> {
                  device.complete(1);
                  device.complete(2);
                  device.complete(0);
                });
    explorer.exhaustive(6_000);
    explorer.random(4_000);
  }

  /** Whoever is called to lead may be on his way out. */
  @Test
  void aLeaderThatGivesUpIsReplaced() {
    ScheduleExplorer<Device> explorer =
        ScheduleExplorer.of(Device::new)
            .time(Time.STOPPED)
            .actor(
                "hasty",
                device -> {
                  try {
                    device.await(0);
                  } catch (InterruptedException e) {
                    device.complete(0);
                  }
                })
            .actor("patient", device -> device.await(1))
            .actor(
                "other",
                device -> {
                  ScheduleExplorer.interrupt("hasty");
                  device.complete(1);
                })
            .check(device -> assertFalse(Thread.interrupted()));
    explorer.exhaustive(6_000);
    explorer.random(4_000);
  }

  /** Nobody waits: the ring's own thread looks. */
  @Test
  void whatNobodyAwaitsIsTakenAllTheSame() {
    ScheduleExplorer<Device> explorer =
        ScheduleExplorer.of(
                () -> {
                  Device device = new Device();
                  device.reaping.start("own", () -> device.ended = true);
                  return device;
                })
            .time(Time.WHEN_IDLE)
            .actor(
                "device",
                device -> {
                  ScheduleExplorer.sleep(Duration.ofSeconds(1)); // it sleeps by now
                  device.request();
                  device.complete(0);
                  while (!device.isDone(0)) {
                    ScheduleExplorer.sleep(Reaping.TICK);
                  }
                  device.reaping.stop();
                  ScheduleExplorer.sleep(Duration.ofSeconds(1));
                  assertTrue(device.ended);
                })
            .check(device -> assertEquals(1, device.done.cardinality()));
    explorer.exhaustive(300);
    explorer.random(200);
  }
}
