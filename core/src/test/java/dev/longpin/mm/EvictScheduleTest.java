package dev.longpin.mm;

import static dev.longpin.mm.Scene.HOLDER;
import static dev.longpin.mm.Scene.PAGE;
import static dev.longpin.mm.Scene.dma;
import static dev.longpin.mm.Scene.explore;
import static dev.longpin.mm.Scene.unlessCut;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.longpin.api.Access;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.IntervalNotifier;
import dev.longpin.api.Pin;
import dev.longpin.api.Translation;
import dev.longpin.api.Unmapping;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Action;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * I2, I3: an eviction that disconnects, while a device writes: what it wrote is in the file, or the
 * result says that somebody was disconnected.
 */
@Tag("scheduled")
final class EvictScheduleTest {

  private static final Duration SECOND = Duration.ofSeconds(1);

  /** Evicts; {@code pinned} is how many short pins were disconnected. */
  private static void evict(Scene s) throws Exception {
    try {
      s.pinned =
          s.file.evict(0, PAGE, Unmapping.within(SECOND).orDisconnect()).disconnectedShortPins();
    } catch (DeadlineExceededException e) {
      s.pinned = 0; // the range is as it was
    }
  }

  private static final Action<Scene> SHORT_PIN =
      s ->
          unlessCut(() -> {
            Pin pin = s.file.pin(0, PAGE, Access.WRITE);
            MemorySegment memory = pin.unsafeSegment(0);
            ScheduleExplorer.sleep(SECOND);
            dma(memory, 3, 'd');
            pin.close();
            s.completed++;
          });

  private static void checkWritten(Scene s) throws Exception {
    s.file.force();
    if (s.completed > 0 && s.pinned == 0) {
      assertEquals('d', (char) s.disk.durableContent()[3], "lost, and nobody was disconnected");
    }
  }

  @Test
  void aShortPinThatEndsMeanwhile() {
    explore(
        ScheduleExplorer.of(() -> Scene.cached(1))
            .actor("device", SHORT_PIN)
            .actor("evicter", EvictScheduleTest::evict)
            .check(EvictScheduleTest::checkWritten));
  }

  /** The page stays pinned, so that nobody looks whether it is dirty. */
  @Test
  void aShortPinThatEndsBesideAReader() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(1);
                  s.held = s.file.pinLongterm(0, PAGE, Access.READ, HOLDER);
                  return s;
                })
            .actor("device", SHORT_PIN)
            .actor("evicter", EvictScheduleTest::evict)
            .check(s -> {
              s.held.release();
              checkWritten(s);
            }));
  }

  /** Its release says whether the page was the file's. */
  @Test
  void aTranslationThatIsReleasedMeanwhile() {
    explore(
        ScheduleExplorer.of(() -> Scene.cached(1))
            .actor(
                "device",
                s -> {
                  IntervalNotifier deaf = s.file.attach(0, PAGE, HOLDER, _ -> null);
                  Translation page = deaf.translate(0, Access.WRITE);
                  if (page != null) {
                    ScheduleExplorer.sleep(SECOND);
                    dma(page.unsafeSegment(), 3, 'd');
                    s.completed = page.release() ? 1 : 0;
                  }
                })
            .actor("evicter", EvictScheduleTest::evict)
            .check(s -> {
              s.pinned = 0; // the answer is enough
              checkWritten(s);
            }));
  }
}
