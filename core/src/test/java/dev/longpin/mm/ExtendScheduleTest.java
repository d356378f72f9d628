package dev.longpin.mm;

import static dev.longpin.mm.Scene.HOLDER;
import static dev.longpin.mm.Scene.PAGE;
import static dev.longpin.mm.Scene.dma;
import static dev.longpin.mm.Scene.explore;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.longpin.api.Access;
import dev.longpin.api.Pin;
import dev.longpin.api.PinRefusedException;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Time;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** I3, I7: a file grows within its last page, which a device may write to from then on. */
@Tag("scheduled")
final class ExtendScheduleTest {

  private static void checkThatTheNewPartHasItsSpace(Scene s) throws Exception {
    Pin pin = s.file.pin(0, 2 * PAGE, Access.WRITE);
    dma(pin.unsafeSegment(0), PAGE + 7, 'd');
    pin.close();
    s.checkDurable();
    assertEquals(List.of(), s.disk.violations());
  }

  /** A pin that was taken back had made it writable. */
  @Test
  void afterAPinThatAMarkHasRefused() {
    explore(
        ScheduleExplorer.of(() -> Scene.cachedBytes(2 * PAGE, PAGE))
            .time(Time.STOPPED)
            .actor(
                "pinner",
                s -> {
                  try {
                    s.file.pinLongterm(0, PAGE, Access.WRITE, HOLDER).release();
                  } catch (PinRefusedException e) {
                    s.flag = true;
                  }
                })
            .actor("marker", s -> s.file.refuseLongterm(0, PAGE))
            .check(s -> {
              s.file.truncate(2 * PAGE);
              checkThatTheNewPartHasItsSpace(s);
            }));
  }

  /** The page comes into memory between the look for it and the new size. */
  @Test
  void whileThePageComesIn() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cachedBytes(2 * PAGE, PAGE);
                  s.file.evict();
                  return s;
                })
            .time(Time.STOPPED)
            .actor("device", s -> s.file.pin(0, PAGE, Access.WRITE).close())
            .actor("extender", s -> s.file.truncate(2 * PAGE))
            .check(ExtendScheduleTest::checkThatTheNewPartHasItsSpace));
  }
}
