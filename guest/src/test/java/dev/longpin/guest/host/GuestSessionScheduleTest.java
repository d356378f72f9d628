package dev.longpin.guest.host;

import static dev.longpin.guest.host.GuestScene.PAGE;
import static dev.longpin.guest.host.GuestScene.explore;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.longpin.api.DeadlineExceededException;
import dev.longpin.guest.wire.CutOffReason;
import dev.longpin.guest.wire.Message;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Time;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A guest's answers, its deadline and its death, in every order. */
@Tag("scheduled")
final class GuestSessionScheduleTest {

  private static GuestScene opened() throws Exception {
    GuestScene s = new GuestScene();
    assertTrue(s.open());
    return s;
  }

  /** Answers a notice as it should, and writes on when its answer was taken. */
  private static void letGoAndWriteOn(GuestScene s) throws Exception {
    if (!s.awaitNotice()) {
      return;
    }
    s.send(new Message.Told(s.tag(), s.key));
    int tag = s.tag();
    s.send(new Message.Quiesced(tag, s.key));
    if (s.answer(tag) instanceof Message.Done) {
      s.write(s.pages.getFirst(), '!');
      s.write(s.pages.getLast(), '!');
      s.send(new Message.Unmapped(s.tag(), s.key));
    }
  }

  /** I3: nobody is late, and no wake-up is lost. */
  @Test
  void answersAgainstATruncate() {
    explore(
        ScheduleExplorer.of(GuestSessionScheduleTest::opened)
            .time(Time.STOPPED)
            .actor(
                "guest",
                s -> {
                  s.writeAndComplete('x');
                  letGoAndWriteOn(s);
                })
            .actor("truncater", s -> s.file.truncate(PAGE))
            .check(s -> {
              assertEquals(List.of(), s.ends);
              assertEquals('x', s.complete);
              s.checkEnd();
            }));
  }

  /** I1, I2, I3: whoever comes first, what was reported is in the file, and nothing else. */
  @Test
  void answersAgainstTheDeadline() {
    explore(
        ScheduleExplorer.of(GuestSessionScheduleTest::opened)
            .time(Time.ANYTIME)
            .actor(
                "guest",
                s -> {
                  s.writeAndComplete('x');
                  letGoAndWriteOn(s);
                })
            .actor(
                "truncater",
                s -> {
                  try {
                    s.file.truncate(PAGE);
                  } catch (DeadlineExceededException e) {
                    s.flag = true; // the clock may jump as far as that
                    assertEquals(2 * PAGE, s.file.size());
                  }
                })
            .check(s -> {
              s.failures.removeIf(DeadlineExceededException.class::isInstance);
              s.checkEnd();
            }));
  }

  /** I2, I5: it never answers, so that its time passes, and the truncate goes on. */
  @Test
  void noAnswer() {
    explore(
        ScheduleExplorer.of(GuestSessionScheduleTest::opened)
            .actor("guest", s -> s.writeAndComplete('x'))
            .actor(
                "truncater",
                s -> {
                  s.file.truncate(PAGE);
                  s.file.truncate(2 * PAGE); // and as before
                  assertEquals('\0', s.letter(PAGE));
                })
            .check(s -> {
              ScheduleExplorer.sleep(GuestScene.ANSWER);
              s.checkEnd();
              assertEquals(List.of(CutOffReason.NO_ANSWER), s.ends);
            }));
  }

  /** It dies between any two steps. */
  @Test
  void answersAgainstItsDeath() {
    explore(
        ScheduleExplorer.of(GuestSessionScheduleTest::opened)
            .actor(
                "guest",
                s -> {
                  s.writeAndComplete('x');
                  letGoAndWriteOn(s);
                })
            .actor("truncater", s -> s.file.truncate(PAGE))
            .actor("death", s -> s.session.end(CutOffReason.GONE, ""))
            .check(GuestScene::checkEnd));
  }

  /** A hello, and a pin, against a death: nothing is left, wherever they got to. */
  @Test
  void aBeginningAgainstItsDeath() {
    explore(
        ScheduleExplorer.of(GuestScene::new)
            .actor(
                "guest",
                s -> {
                  if (s.open()) {
                    s.writeAndComplete('x');
                  }
                })
            .actor("death", s -> s.session.end(CutOffReason.GONE, ""))
            .actor("truncater", s -> s.file.truncate(PAGE))
            .check(GuestScene::checkEnd));
  }

  /** A notice comes while its pin is being announced: never before, and it is answered. */
  @Test
  void aPinAgainstATruncate() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  GuestScene s = new GuestScene();
                  s.send(
                      new Message.Hello(s.tag(), (long) GuestScene.FRAMES * PAGE, true, "guest"));
                  assertTrue(s.answer(1) instanceof Message.Welcome);
                  return s;
                })
            .time(Time.STOPPED)
            .actor(
                "guest",
                s -> {
                  if (s.pin()) {
                    s.flag = true;
                    letGoAndWriteOn(s);
                  } else {
                    s.session.end(CutOffReason.GONE, "");
                  }
                })
            .actor("truncater", s -> s.file.truncate(PAGE))
            .check(s -> {
              if (s.flag && s.ends.isEmpty()) {
                assertEquals(1, s.notices);
              }
              s.checkEnd();
            }));
  }

  /** The pages that it lets go of come back into its memory, and leave it, at once. */
  @Test
  void aSecondPinAgainstAnEviction() {
    explore(
        ScheduleExplorer.of(GuestSessionScheduleTest::opened)
            .time(Time.STOPPED)
            .actor(
                "guest",
                s -> {
                  letGoAndWriteOn(s);
                  if (s.pin()) {
                    s.writeAndComplete('y');
                  }
                })
            .actor("evicter", s -> s.file.evict(0, PAGE, dev.longpin.api.Unmapping.DEFAULT))
            .check(GuestScene::checkEnd));
  }
}
