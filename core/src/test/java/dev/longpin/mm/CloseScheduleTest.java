package dev.longpin.mm;

import static dev.longpin.mm.Scene.FRAMES;
import static dev.longpin.mm.Scene.HOLDER;
import static dev.longpin.mm.Scene.PAGE;
import static dev.longpin.mm.Scene.explore;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.longpin.api.Access;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.LongpinException;
import dev.longpin.api.PinRefusedException;
import dev.longpin.schedule.ScheduleExplorer;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A close that waits for nobody. */
@Tag("scheduled")
final class CloseScheduleTest {

  /**
   * I1, I5: a pin that is under way then ends: refused, with nothing kept; or it comes about, and
   * its holder learns that the file is gone.
   */
  @ParameterizedTest
  @EnumSource(Access.class)
  void aPinAgainstACloseThatDoesNotWait(Access access) {
    explore(
        ScheduleExplorer.of(() -> access == Access.WRITE ? Scene.cached(1) : Scene.uncached(1))
            .actor(
                "pinner",
                s -> {
                  try {
                    s.held = s.file.pinLongterm(0, PAGE, access, HOLDER);
                  } catch (FileClosedException | PinRefusedException e) {
                    s.flag = true;
                  }
                })
            .actor(
                "closer",
                s -> {
                  try {
                    s.file.close();
                  } catch (LongpinException e) {
                    // the pin was under way
                  } finally {
                    boolean _ = Thread.interrupted();
                  }
                })
            .actor(
                "interrupter",
                s -> {
                  for (int i = 0; i < 4; i++) {
                    ScheduleExplorer.interrupt("closer");
                  }
                })
            .check(s -> {
              if (s.held != null) {
                assertTrue(s.held.isDisconnected());
                assertFalse(s.held.release());
              }
              assertEquals(List.of(), s.cache.holders());
              assertEquals(0, s.cache.stats().longtermPinnedPages());
              assertEquals(FRAMES, s.cache.stats().freeFrames());
            }));
  }
}
