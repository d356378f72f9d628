package dev.longpin.mm;

import static dev.longpin.mm.Scene.HOLDER;
import static dev.longpin.mm.Scene.LONG;
import static dev.longpin.mm.Scene.PAGE;
import static dev.longpin.mm.Scene.dma;
import static dev.longpin.mm.Scene.explore;
import static dev.longpin.mm.Scene.unlessCut;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.longpin.api.Access;
import dev.longpin.api.Holder;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.Pin;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.PinRefusedException.Reason;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Time;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Pages in memory that their holder has as well, and that is taken away. */
@Tag("scheduled")
final class LendingScheduleTest {

  private static final Duration SOON = Duration.ofSeconds(5);

  private static LongtermPin pinLent(Scene s) throws Exception {
    LongtermPin pin =
        s.file.pinLongterm(
            0, 2 * PAGE, Access.WRITE, HOLDER, (revoked, _) -> s.lent().takeAway(LONG));
    for (MemorySegment segment : pin.unsafeSegments()) {
      assertTrue(s.lent().offsetOf(segment) >= 0);
    }
    return pin;
  }

  private static void checkTakenBack(Scene s) throws Exception {
    s.lent().close();
    s.lent().close();
    try (var again = s.cache.lend(HOLDER, PAGE)) {
      assertNotNull(again);
    }
    s.checkDurable();
    s.checkQuiet();
  }

  /** Pages move there and back; what the holder wrote before it was quiet is the file's (I3). */
  @Test
  void aHolderThatPlaysByTheRules() {
    explore(
        ScheduleExplorer.of(() -> Scene.lendable(2))
            .time(Time.STOPPED)
            .actor(
                "holder",
                s -> {
                  LongtermPin pin = pinLent(s);
                  dma(pin.unsafeSegment(0), 0, 'x');
                  assertTrue(pin.complete());
                  dma(pin.unsafeSegment(1), 1, 'y');
                  assertTrue(pin.complete());
                  s.lent().quiesced(pin, LONG);
                  dma(s.lent().segment(), 5, '!'); // it has the memory still
                  assertTrue(pin.release());
                })
            .actor("reader", s -> assertEquals('B', s.letter(PAGE)))
            .actor("forcer", s -> s.file.force())
            .check(s -> {
              assertEquals('x', s.letter(0));
              assertEquals('y', s.letter(PAGE + 1));
              assertEquals('A', s.letter(5));
              checkTakenBack(s);
            }));
  }

  /** A page that a holder has by two pins goes with the last, whichever that is (I1, I3). */
  @Test
  void aPageWithTwoPinsOfItsHolder() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.lendable(2);
                  for (int i = 0; i < 2; i++) {
                    s.pins.add(s.file.pinLongterm(0, PAGE, Access.WRITE, HOLDER));
                  }
                  s.place = s.lent().offsetOf(s.pins.getFirst().unsafeSegment(0));
                  return s;
                })
            .time(Time.STOPPED)
            .actor("first", s -> endQuietly(s, 0, 'x'))
            .actor("second", s -> endQuietly(s, 1, 'y'))
            .actor("reader", s -> assertEquals('A', s.letter(5)))
            .check(s -> {
              dma(s.lent().segment(), s.place + 5, '!'); // it has the memory, and no page there
              assertEquals('A', s.letter(5));
              assertEquals('x', s.letter(0));
              assertEquals('y', s.letter(1));
              checkTakenBack(s);
            }));
  }

  private static void endQuietly(Scene s, int index, char letter) throws Exception {
    LongtermPin pin = s.pins.get(index);
    dma(pin.unsafeSegment(0), index, letter);
    assertTrue(pin.complete());
    s.lent().quiesced(pin, LONG);
    assertTrue(pin.release());
  }

  /** The same where the holder never answers, and one of the pins is quiet meanwhile. */
  @Test
  void memoryIsTakenAwayFromUnderTwoPinsOfAPage() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.lendable(2);
                  for (int i = 0; i < 2; i++) {
                    s.pins.add(s.file.pinLongterm(0, PAGE, Access.WRITE, HOLDER));
                  }
                  return s;
                })
            .time(Time.STOPPED)
            .actor("taker", s -> s.lent().takeAway(LONG))
            .actor("holder", s -> s.lent().quiesced(s.pins.getFirst(), LONG))
            .check(s -> {
              assertTrue(s.pins.getLast().isDisconnected());
              s.pins.forEach(LongtermPin::release);
              assertEquals('A', s.letter(0));
              checkTakenBack(s);
            }));
  }

  /** I4: a holder that writes to its memory whenever it likes tears no write of a dirty page. */
  @Test
  void whatIsWrittenOfLentMemoryIsACopy() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.lendable(2);
                  LongtermPin pin = s.file.pinLongterm(0, PAGE, Access.WRITE, HOLDER);
                  s.place = s.lent().offsetOf(pin.unsafeSegment(0));
                  dma(s.lent().segment(), s.place, 'x');
                  assertTrue(pin.release()); // and the page stays there, dirty
                  return s;
                })
            .actor("forcer", s -> s.file.force())
            .actor("holder", s -> dma(s.lent().segment(), s.place + 1, '!'))
            .check(s -> {
              assertEquals('x', s.letter(0));
              assertEquals(1, s.cache.stats().bounces(), "written from a copy");
              s.write(0, PAGE, 'z'); // over what nobody knows of
              checkTakenBack(s);
            }));
  }

  /** I1, I2, I3: it never answers, and the memory is taken away under its hands. */
  @Test
  void aHolderThatNeverAnswersAgainstATruncate() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.lendable(2);
                  s.held = pinLent(s);
                  s.place = s.lent().offsetOf(s.held.unsafeSegment(0));
                  return s;
                })
            .actor(
                "device",
                s -> {
                  for (char letter = 'x'; letter <= 'z'; letter++) {
                    dma(s.lent().segment(), s.place + letter - 'x', letter); // it asks nobody
                    s.completed += s.held.complete() ? 1 : 0;
                  }
                })
            .actor("truncater", s -> s.file.truncate(PAGE))
            .check(s -> {
              assertTrue(s.held.isDisconnected());
              for (int i = 0; i < s.completed; i++) {
                assertEquals((char) ('x' + i), s.letter(i));
              }
              ScheduleExplorer.sleep(SOON); // the handler may be about to end
              s.held.release();
              checkTakenBack(s);
            }));
  }

  /** A pin that comes just then lies in the memory, or is refused; nothing of it is left there. */
  @Test
  void aPinAgainstTheEndOfTheMemory() {
    explore(
        ScheduleExplorer.of(() -> Scene.lendable(2))
            .actor(
                "holder",
                s -> {
                  try {
                    s.held = s.file.pinLongterm(0, 2 * PAGE, Access.WRITE, HOLDER);
                  } catch (PinRefusedException e) {
                    assertTrue(e.reason() == Reason.NO_FRAME || e.reason() == Reason.ELSEWHERE);
                  }
                })
            .actor("host", s -> s.lent().takeAway(LONG))
            .check(s -> {
              assertEquals('B', s.letter(PAGE));
              if (s.held != null) {
                var _ = s.held.release();
              }
              checkTakenBack(s);
            }));
  }

  /** A short pin and a cut come in between. */
  @Test
  void aWithdrawalAgainstAShortPinAndACut() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.lendable(2);
                  s.held = s.file.pinLongterm(0, 2 * PAGE, Access.WRITE, HOLDER);
                  return s;
                })
            .time(Time.STOPPED)
            .actor(
                "holder",
                s -> {
                  dma(s.held.unsafeSegment(1), 1, 'y');
                  assertTrue(s.held.complete());
                  s.lent().quiesced(s.held, LONG);
                  var _ = s.held.release();
                })
            .actor(
                "pinner",
                s ->
                    unlessCut(() -> {
                      Pin pin = s.file.pin(PAGE, PAGE, Access.WRITE);
                      dma(pin.unsafeSegment(0), 2, 'z');
                      pin.close();
                      s.flag = true;
                    }))
            .actor("puncher", s -> s.file.punchHole(0, PAGE))
            .check(s -> {
              assertEquals('\0', s.letter(0));
              assertEquals('y', s.letter(PAGE + 1));
              assertEquals(s.flag ? 'z' : 'B', s.letter(PAGE + 2));
              checkTakenBack(s);
            }));
  }

  /** I6: others get no long-term pin of what lies there, and the holder none of what they have. */
  @Test
  void nobodyElseIsPinnedThere() {
    ScheduleExplorer.of(() -> Scene.lendable(2))
        .actor(
            "holder",
            s -> {
              Holder other = new Holder("other", "nic");
              LongtermPin pin = pinLent(s);
              assertEquals(
                  Reason.ELSEWHERE,
                  assertThrows(
                          PinRefusedException.class,
                          () -> s.file.pinLongterm(PAGE, PAGE, Access.READ, other))
                      .reason());
              s.lent().quiesced(pin, SOON);
              var _ = pin.release();
              LongtermPin theirs = s.file.pinLongterm(PAGE, PAGE, Access.READ, other);
              assertThrows(
                  IllegalArgumentException.class, () -> s.lent().offsetOf(theirs.unsafeSegment(0)));
              assertEquals(
                  Reason.ELSEWHERE,
                  assertThrows(PinRefusedException.class, () -> pinLent(s)).reason());
              assertFalse(theirs.isDisconnected());
              var _ = theirs.release();
            })
        .check(LendingScheduleTest::checkTakenBack)
        .exhaustive(10);
  }

  /** Nothing of a pin that was refused half-way is where its holder can write. */
  @Test
  void aPinThatIsRefusedHalfWayLeavesNothingThere() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.lendable(2);
                  s.held = s.file.pinLongterm(PAGE, PAGE, Access.READ, new Holder("other", "nic"));
                  return s;
                })
            .time(Time.STOPPED)
            .actor(
                "holder",
                s -> {
                  assertEquals(
                      Reason.ELSEWHERE,
                      assertThrows(PinRefusedException.class, () -> pinLent(s)).reason());
                  for (int frame = 0; frame < Scene.FRAMES; frame++) {
                    dma(s.lent().segment(), (long) frame * PAGE, '!');
                  }
                })
            .actor("reader", s -> assertEquals('A', s.letter(0)))
            .check(s -> {
              assertEquals('A', s.letter(0));
              var _ = s.held.release();
              checkTakenBack(s);
            }));
  }
}
