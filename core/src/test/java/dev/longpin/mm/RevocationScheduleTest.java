package dev.longpin.mm;

import static dev.longpin.mm.Scene.HOLDER;
import static dev.longpin.mm.Scene.PAGE;
import static dev.longpin.mm.Scene.explore;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.longpin.api.Access;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.SelfDeadlockException;
import dev.longpin.api.Unmapping;
import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.LongCell;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Time;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Handlers that take long, under the scheduler. */
@Tag("scheduled")
final class RevocationScheduleTest {

  /** Holders of which each lets go when as many have been told. */
  private static final class Meeting {
    final Scene scene = Scene.cached(3);
    final EventCount changed = new EventCount();
    final LongCell count = new LongCell(0);
    final LongCell left = new LongCell(0);

    Meeting() throws Exception {}

    void pin(long offset, int expected) throws Exception {
      scene.file.pinLongterm(
          offset,
          PAGE,
          Access.WRITE,
          HOLDER,
          (pin, revocation) -> {
            count.add(1);
            changed.signalAll();
            await(count, expected);
            pin.release();
            left.add(1);
            changed.signalAll();
          });
    }

    private void await(LongCell cell, int expected) {
      try {
        while (true) {
          int ticket = changed.ticket();
          if (cell.get() >= expected) {
            return;
          }
          changed.await(ticket, Deadline.after(Scene.LONG));
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    /** Lets every holder go, and checks that nothing is left. */
    void end() throws Exception {
      count.set(Long.MAX_VALUE);
      changed.signalAll();
      await(left, 2);
      scene.checkQuiet();
    }
  }

  private static Meeting meeting(int expected) throws Exception {
    Meeting meeting = new Meeting();
    meeting.pin(0, expected);
    meeting.pin(PAGE, expected);
    return meeting;
  }

  /** H13: holders are told all at once, so that one may wait for another. */
  @Test
  void slowHandlersOverlap() {
    explore(
        ScheduleExplorer.of(() -> meeting(2))
            .time(Time.STOPPED)
            .actor("truncater", m -> assertEquals(2, m.scene.file.truncate(0).revoked()))
            .check(Meeting::end));
  }

  /** I5, H13: a handler that does not return delays nobody beyond his deadline. */
  @Test
  void aHandlerThatNeverReturnsDelaysNobody() {
    explore(
        ScheduleExplorer.of(() -> meeting(3))
            .actor(
                "truncater",
                m -> {
                  Deadline passed = Deadline.after(Duration.ofSeconds(1));
                  Unmapping soon = Unmapping.within(Duration.ofSeconds(1));
                  DeadlineExceededException e =
                      assertThrows(
                          DeadlineExceededException.class, () -> m.scene.file.truncate(0, soon));
                  assertEquals(2, e.holders().size());
                  assertEquals(Duration.ofSeconds(1), passed.elapsed());
                  LongtermPin other = m.scene.file.pinLongterm(PAGE, 1, Access.READ, HOLDER);
                  assertTrue(other.release());
                })
            .check(Meeting::end));
  }

  /** H13: also when another cut of the same pages is before it. */
  @Test
  void whoCutsWhatItHoldsItselfHearsOfItAtOnce() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(3);
                  s.held = s.file.pinLongterm(PAGE, PAGE, Access.READ, HOLDER);
                  return s;
                })
            .actor(
                "holder",
                s -> {
                  Deadline start = Deadline.after(Scene.LONG);
                  Unmapping own = Unmapping.DEFAULT.onBehalfOf(HOLDER);
                  SelfDeadlockException e =
                      assertThrows(SelfDeadlockException.class, () -> s.file.truncate(0, own));
                  assertEquals(HOLDER, e.pins().getFirst().holder());
                  assertEquals(Duration.ZERO, start.elapsed());
                  s.held.release();
                })
            .actor("truncater", s -> s.file.truncate(PAGE))
            .check(Scene::checkQuiet));
  }
}
