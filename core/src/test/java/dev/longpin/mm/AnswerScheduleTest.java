package dev.longpin.mm;

import static dev.longpin.mm.Scene.HOLDER;
import static dev.longpin.mm.Scene.PAGE;
import static dev.longpin.mm.Scene.explore;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.longpin.api.Access;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.PinState;
import dev.longpin.api.Unmapping;
import dev.longpin.schedule.ScheduleExplorer;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Told, quiesced, unmapped: answers that come one by one, late, or not at all. */
@Tag("scheduled")
final class AnswerScheduleTest {

  private static final Duration SECOND = Duration.ofSeconds(1);

  /** I1: what is quiesced stays so, though its handler returns only then. */
  @Test
  void aHandlerThatQuiescesAndReturns() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(2);
                  s.held =
                      s.file.pinLongterm(
                          PAGE, PAGE, Access.WRITE, HOLDER, (pin, _) -> pin.quiesced());
                  return s;
                })
            .actor("truncater", s -> s.file.truncate(PAGE))
            .check(s -> {
              ScheduleExplorer.sleep(SECOND);
              assertEquals(PinState.QUIESCED, s.held.state());
              s.held.release();
              s.checkQuiet();
            }));
  }

  /** I9: quiesced is not unmapped: a peer may have the key still. */
  @Test
  void aKeyIsInQuarantineFromWhenItsPinIsUnmapped() {
    explore(
        ScheduleExplorer.of(() -> Scene.cached(2))
            .actor(
                "holder",
                s -> {
                  LongtermPin first = s.file.pinLongterm(0, PAGE, Access.READ, HOLDER);
                  first.quiesced();
                  ScheduleExplorer.sleep(Duration.ofDays(1));
                  LongtermPin second = s.file.pinLongterm(PAGE, PAGE, Access.READ, HOLDER);
                  assertNotEquals(first.key(), second.key());
                  first.release();
                  second.release();
                })
            .check(Scene::checkQuiet));
  }

  /** H14: a cut that comes while the handler is at the notice of another, which came to nothing. */
  @Test
  void aNoticeThatComesDuringAnother() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(2);
                  s.held =
                      s.file.pinLongterm(
                          PAGE,
                          PAGE,
                          Access.WRITE,
                          HOLDER,
                          (pin, _) -> {
                            if (++s.completed == 1) {
                              ScheduleExplorer.sleep(SECOND.multipliedBy(3)); // and does nothing
                            } else {
                              pin.release();
                            }
                          });
                  return s;
                })
            .actor(
                "truncater",
                s -> {
                  assertThrows(
                      DeadlineExceededException.class,
                      () -> s.file.truncate(PAGE, Unmapping.within(SECOND)));
                  s.file.truncate(PAGE, Unmapping.within(SECOND.multipliedBy(10)));
                })
            .check(s -> {
              ScheduleExplorer.sleep(SECOND); // until the handler has returned
              assertEquals(2, s.completed);
              s.checkQuiet();
            }));
  }
}
