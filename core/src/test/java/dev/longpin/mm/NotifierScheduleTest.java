package dev.longpin.mm;

import static dev.longpin.mm.Scene.PAGE;
import static dev.longpin.mm.Scene.explore;
import static dev.longpin.mm.Scene.unlessCut;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.longpin.api.Access;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.Invalidation;
import dev.longpin.api.InvalidationHandler.SecondPass;
import dev.longpin.api.PinPolicies;
import dev.longpin.api.Unmapping;
import dev.longpin.contract.FaultingDevice;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Time;
import dev.longpin.schedule.ScheduleFailure;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Faults of devices with page tables of their own against invalidations (H10). */
@Tag("scheduled")
final class NotifierScheduleTest {

  private static final Duration SECOND = Duration.ofSeconds(1);

  /** A cache with a device on it. */
  private static final class WithDevice {
    final Scene scene;
    final FaultingDevice device;

    WithDevice(int pages, boolean broken) throws Exception {
      this(pages, broken ? new Forgetful() : new FaultingDevice(PAGE));
    }

    WithDevice(int pages, FaultingDevice device) throws Exception {
      this(Scene.cached(pages), device);
    }

    WithDevice(Scene scene, FaultingDevice device) throws Exception {
      this.scene = scene;
      this.device = device.attach(scene.file, "nic");
    }
  }

  /** Does not look again before it installs what it got. */
  private static final class Forgetful extends FaultingDevice {
    Forgetful() {
      super(PAGE);
    }

    @Override
    protected boolean isCurrent(long sequence) {
      return true;
    }
  }

  /** Does not hear the first notice. */
  private static final class DeafOnce extends FaultingDevice {
    private boolean heard;

    DeafOnce() {
      super(PAGE);
    }

    @Override
    public @Nullable SecondPass invalidate(Invalidation invalidation) throws Exception {
      boolean hears = heard;
      heard = true;
      return hears ? super.invalidate(invalidation) : null;
    }
  }

  /** Goes on for a while when it has forgotten the page. */
  private static final class Slow extends FaultingDevice {
    Slow() {
      super(PAGE);
    }

    @Override
    public @Nullable SecondPass invalidate(Invalidation invalidation) throws Exception {
      SecondPass second = super.invalidate(invalidation);
      if (second != null) {
        second.await();
      }
      ScheduleExplorer.sleep(SECOND.multipliedBy(2));
      return null;
    }
  }

  private static ScheduleExplorer<WithDevice> truncateAgainstFault(boolean broken) {
    return ScheduleExplorer.of(() -> new WithDevice(2, broken))
        .time(Time.STOPPED)
        .actor("device", s -> unlessCut(() -> s.device.write(PAGE + 3, 'd')))
        .actor(
            "truncater",
            s -> {
              s.scene.file.truncate(PAGE);
              assertEquals(false, s.device.has(PAGE), "I2: it still has the page");
              s.scene.file.truncate(2 * PAGE);
            })
        .check(s -> {
          char left = s.scene.letter(PAGE + 3);
          // A handler that is late may ask for a page that came since.
          assertEquals(true, left == 'd' || (left == '\0' && !s.device.has(PAGE)), "left: " + left);
          s.scene.checkQuiet();
          s.scene.checkDurable();
        });
  }

  @Test
  void aFaultAgainstATruncate() {
    explore(truncateAgainstFault(false));
  }

  /** The canary: a device that does not look at the sequence again waits for ever, or worse. */
  @Test
  void aDeviceThatDoesNotLookAgainIsFound() {
    assertThrows(ScheduleFailure.class, () -> explore(truncateAgainstFault(true)));
  }

  /** Two invalidations that overlap, and a device between them. */
  @Test
  void overlappingInvalidations() {
    explore(
        ScheduleExplorer.of(() -> new WithDevice(3, false))
            .time(Time.STOPPED)
            .actor("device", s -> unlessCut(() -> s.device.write(PAGE, 'd')))
            .actor("puncher", s -> s.scene.file.punchHole(PAGE, PAGE))
            .actor("evicter", s -> s.scene.file.evict())
            .check(s -> {
              char left = s.scene.letter(PAGE);
              assertEquals(true, left == 'd' || left == '\0', "left: " + left);
              s.scene.checkQuiet();
              s.scene.checkDurable();
            }));
  }

  /** I3: what it wrote before a force began is on disk when that has returned. */
  @Test
  void aForceAgainstTheNextWrite() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  WithDevice s = new WithDevice(1, false);
                  s.device.write(0, 'a');
                  return s;
                })
            .time(Time.STOPPED)
            .actor("device", s -> s.device.write(0, 'b'))
            .actor(
                "forcer",
                s -> {
                  s.scene.file.force();
                  byte found = s.scene.disk.durableContent()[0];
                  assertEquals(true, found == 'a' || found == 'b', "durable: " + (char) found);
                })
            .check(s -> {
              s.scene.checkDurable();
              assertEquals('b', s.scene.letter(0));
              s.scene.checkQuiet();
            }));
  }

  /** H8: reclaim asks for the page of a device that is just faulting it in. */
  @Test
  void reclaimAgainstAFault() {
    explore(
        ScheduleExplorer.of(() -> new WithDevice(2, false))
            .time(Time.STOPPED)
            .actor("device", s -> s.device.write(PAGE, 'd'))
            .actor(
                "reader",
                s -> s.scene.openOther("other", Scene.FRAMES, 'x').pin(0, 1, Access.READ).close())
            .check(s -> {
              s.scene.file.force();
              assertEquals('d', s.scene.letter(PAGE));
              s.scene.checkQuiet();
            }));
  }

  /** H14: a device that did not forget is told again by the next who needs the page. */
  @Test
  void aDeviceThatDidNotForgetIsToldAgain() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  WithDevice s = new WithDevice(2, new DeafOnce());
                  s.device.write(PAGE, 'd');
                  return s;
                })
            .actor(
                "truncater",
                s -> {
                  assertThrows(
                      DeadlineExceededException.class,
                      () -> s.scene.file.truncate(PAGE, Unmapping.within(SECOND)));
                  ScheduleExplorer.sleep(SECOND);
                  s.scene.file.truncate(PAGE, Unmapping.within(SECOND));
                  assertFalse(s.device.has(PAGE));
                })
            .check(s -> s.scene.checkQuiet()));
  }

  /** I5: the end of a notifier waits for its handler, and is woken by that. */
  @Test
  void theEndOfANotifierIsWokenByItsHandler() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  WithDevice s = new WithDevice(2, new Slow());
                  s.device.write(PAGE, 'd');
                  return s;
                })
            .actor("truncater", s -> s.scene.file.truncate(PAGE))
            .actor(
                "closer",
                s -> {
                  ScheduleExplorer.sleep(SECOND);
                  s.device.notifier().close();
                })
            .check(s -> s.scene.checkQuiet()));
  }

  /** A device that forgets its page just now has no pin that a policy could refuse for. */
  @Test
  void aPolicyIsNotAskedAboutAPageThatADeviceForgets() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  WithDevice s =
                      new WithDevice(
                          Scene.cached(2, PinPolicies.FLAG_ALL), new FaultingDevice(PAGE));
                  s.device.write(PAGE, 'd');
                  return s;
                })
            .time(Time.STOPPED)
            .actor("truncater", s -> s.scene.file.truncate(PAGE))
            .check(s -> s.scene.checkQuiet()));
  }
}
