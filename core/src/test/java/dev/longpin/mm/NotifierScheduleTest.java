package dev.longpin.mm;

import static dev.longpin.mm.Scene.PAGE;
import static dev.longpin.mm.Scene.explore;
import static dev.longpin.mm.Scene.unlessCut;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.longpin.api.Access;
import dev.longpin.contract.FaultingDevice;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Time;
import dev.longpin.schedule.ScheduleFailure;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Faults of devices with page tables of their own against invalidations (H10). */
@Tag("scheduled")
final class NotifierScheduleTest {

  /** A cache with a device on it. */
  private static final class WithDevice {
    final Scene scene;
    final FaultingDevice device;

    WithDevice(int pages, boolean broken) throws Exception {
      scene = Scene.cached(pages);
      device = broken ? new Forgetful() : new FaultingDevice(PAGE);
      device.attach(scene.file, "nic");
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
}
