package dev.longpin.mm;

import static dev.longpin.mm.Scene.HOLDER;
import static dev.longpin.mm.Scene.PAGE;
import static dev.longpin.mm.Scene.dma;
import static dev.longpin.mm.Scene.dmaRead;
import static dev.longpin.mm.Scene.explore;
import static dev.longpin.mm.Scene.unlessCut;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.Pin;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.PinRefusedException.Reason;
import dev.longpin.api.PinnedMemory;
import dev.longpin.api.Unmapping;
import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Action;
import dev.longpin.schedule.ScheduleExplorer.Time;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Truncate and evict against pins, under the scheduler. */
@Tag("scheduled")
final class UnmapScheduleTest {

  /** Pins page 1 for a moment; its memory is the page's as long as it is pinned. */
  private static Action<Scene> pinPage1(Access access, boolean longterm) {
    return s ->
        unlessCut(() -> {
          if (longterm) {
            LongtermPin pin = s.file.pinLongterm(PAGE, PAGE, access, HOLDER);
            access(s, pin);
            pin.release();
          } else {
            Pin pin = s.file.pin(PAGE, PAGE, access);
            access(s, pin);
            pin.close();
          }
        });
  }

  private static void access(Scene s, PinnedMemory pin) {
    s.pinned++;
    MemorySegment memory = pin.unsafeSegment(0);
    if (pin.access() == Access.OVERWRITE) {
      dma(memory, 7, 'B');
    }
    assertEquals('B', dmaRead(memory, 7));
    s.pinned--;
  }

  private static void truncateToOnePage(Scene s) throws Exception {
    s.file.truncate(PAGE);
    assertEquals(0, s.pinned, "I2: a device can reach a page that was removed");
    assertEquals(PAGE, s.disk.content().length);
  }

  /** I2, and no wake-up of the unmapper is lost: the clock stands still. */
  @ParameterizedTest
  @EnumSource(Access.class)
  void truncateReturnsWhenNoShortPinIsLeft(Access access) {
    explore(
        ScheduleExplorer.of(() -> Scene.cached(2))
            .time(Time.STOPPED)
            .actor("pinner", pinPage1(access, false))
            .actor("truncater", UnmapScheduleTest::truncateToOnePage)
            .check(Scene::checkQuiet));
  }

  /** I2. */
  @ParameterizedTest
  @EnumSource(Access.class)
  void truncateReturnsWhenNoLongtermPinIsLeft(Access access) {
    explore(
        ScheduleExplorer.of(() -> Scene.uncached(2))
            .time(Time.STOPPED)
            .actor("pinner", pinPage1(access, true))
            .actor("truncater", UnmapScheduleTest::truncateToOnePage)
            .check(Scene::checkQuiet));
  }

  /** I6: pins can only fall while a page is going; reads still see the old data. */
  @ParameterizedTest
  @EnumSource(Access.class)
  void aPinOfAPageThatIsGoingIsRefused(Access access) {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.uncached(3);
                  s.held = s.file.pinLongterm(PAGE, PAGE, Access.READ, HOLDER);
                  return s;
                })
            .actor("truncater", UnmapScheduleTest::truncateToOnePage)
            .actor(
                "pinner",
                s -> {
                  ScheduleExplorer.sleep(Duration.ofSeconds(1)); // the truncater waits by then
                  for (int page = 1; page <= 2; page++) { // one in memory, and one not
                    long at = (long) page * PAGE;
                    assertEquals(Reason.TRUNCATING, refusal(() -> s.file.pin(at, 1, access)));
                    assertEquals(
                        Reason.TRUNCATING,
                        refusal(() -> s.file.pinLongterm(at, 1, access, HOLDER)));
                    assertEquals('A' + page, s.letter(at));
                  }
                  s.held.release();
                })
            .check(Scene::checkQuiet));
  }

  private static Reason refusal(Executable pin) {
    return assertThrows(PinRefusedException.class, pin).reason();
  }

  /** I2, with frames that go to another file's pages at once. */
  @Test
  void aPinNeverSeesTheFrameOfAnotherPage() {
    explore(
        ScheduleExplorer.of(() -> Scene.cached(2))
            .time(Time.STOPPED)
            .actor("pinner", pinPage1(Access.READ, false))
            .actor("other pinner", pinPage1(Access.WRITE, false))
            .actor(
                "truncater",
                s -> {
                  truncateToOnePage(s);
                  s.openOther("other", 1, 'x').pin(0, PAGE, Access.WRITE).close();
                })
            .check(Scene::checkQuiet));
  }

  /** The undo of a pin that came too late wakes whoever unmaps the frame's new page. */
  @Test
  void anUndonePinWakesTheUnmapper() {
    ScheduleExplorer<Scene> scenario =
        ScheduleExplorer.of(() -> Scene.cached(2))
            .time(Time.STOPPED)
            .preemptions(3)
            .actor("pinner", s -> unlessCut(() -> s.file.pin(PAGE, 1, Access.READ).close()))
            .actor(
                "reuser",
                s -> {
                  s.file.truncate(PAGE);
                  s.write(PAGE, PAGE, 'Z'); // most likely in the same frame
                  s.file.evict();
                })
            .check(Scene::checkQuiet);
    explore(scenario);
  }

  /** I5: after a deadline everything is as before, and pins are possible again. */
  @Test
  void truncateThatMeetsItsDeadlineChangesNothing() {
    explore(
        ScheduleExplorer.of(() -> Scene.cached(2))
            .actor(
                "holder",
                s -> {
                  LongtermPin pin = s.file.pinLongterm(PAGE, PAGE, Access.WRITE, HOLDER);
                  dma(pin.unsafeSegment(0), 3, 'h');
                  s.flag = true;
                  ScheduleExplorer.sleep(Duration.ofSeconds(10)); // just when the wait ends
                  assertTrue(pin.release());
                })
            .actor(
                "truncater",
                s -> {
                  while (!s.flag) {
                    ScheduleExplorer.sleep(Duration.ofNanos(1));
                  }
                  Unmapping unmapping =
                      Unmapping.within(Duration.ofSeconds(10).minus(Duration.ofNanos(1)));
                  try {
                    s.file.truncate(PAGE, unmapping);
                    assertEquals(PAGE, s.file.size());
                  } catch (DeadlineExceededException e) {
                    assertEquals(2 * PAGE, s.file.size());
                    s.completed = 1;
                  }
                })
            .actor("other", s -> unlessCut(() -> s.file.pin(PAGE + 9, 1, Access.READ).close()))
            .check(s -> {
              if (s.completed == 1) {
                assertEquals(2 * PAGE, s.file.size());
                s.file.pin(PAGE, PAGE, Access.WRITE).close();
                assertEquals('h', s.letter(PAGE + 3));
                assertEquals('B', s.letter(PAGE + 4));
              }
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** I5, when the deadline may pass at any point. */
  @Test
  void aDeadlineThatPassesAtAnyPointChangesNothing() {
    explore(
        ScheduleExplorer.of(() -> Scene.cached(2))
            .time(Time.ANYTIME)
            .actor(
                "pinner",
                s -> {
                  try {
                    pinPage1(Access.WRITE, false).act(s);
                  } catch (DeadlineExceededException e) {
                    s.flag = true; // its own: any wait may end
                  }
                })
            .actor(
                "truncater",
                s -> {
                  try {
                    truncateToOnePage(s);
                  } catch (DeadlineExceededException e) {
                    s.completed = 1;
                  }
                })
            .check(s -> {
              if (s.completed == 1) {
                assertEquals(2 * PAGE, s.file.size());
                s.file.pin(PAGE, PAGE, Access.WRITE).close();
                assertEquals('B', s.letter(PAGE + 4));
              }
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** I5, and the message names who was in the way. */
  @Test
  void truncateAtItsDeadlineNamesTheHolder() {
    ScheduleExplorer.of(() -> Scene.cached(2))
        .actor(
            "truncater",
            s -> {
              LongtermPin pin = s.file.pinLongterm(PAGE, PAGE, Access.READ, HOLDER);
              DeadlineExceededException e =
                  assertThrows(DeadlineExceededException.class, () -> s.file.truncate(0));
              assertEquals(HOLDER, e.holders().getFirst().holder());
              pin.release();
            })
        .check(Scene::checkQuiet)
        .exhaustive(1);
  }

  /** A device with a thread of its own that does what it is told. */
  private static final class Told {
    final EventCount event = new EventCount();
    final ArrayDeque<LongtermPin> pins = new ArrayDeque<>();

    void tell(LongtermPin pin) {
      pins.add(pin);
      event.signalAll();
    }

    LongtermPin await() throws InterruptedException {
      while (true) {
        int ticket = event.ticket();
        LongtermPin pin = pins.poll();
        if (pin != null) {
          return pin;
        }
        assertTrue(event.await(ticket, Deadline.after(Scene.LONG)));
      }
    }
  }

  private record Revocable(Scene scene, Told told) {
    static Revocable make() throws Exception {
      return new Revocable(Scene.cached(2), new Told());
    }

    void pin(long offset) throws Exception {
      scene.file.pinLongterm(
          offset, PAGE, Access.WRITE, HOLDER, (pin, revocation) -> told.tell(pin));
    }
  }

  /** H13: the holder answers from another thread, after the handler returned or before. */
  @Test
  void aHolderThatIsToldLetsGoFromAnotherThread() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Revocable r = Revocable.make();
                  r.pin(PAGE);
                  r.pin(PAGE);
                  return r;
                })
            .time(Time.STOPPED)
            .actor(
                "device",
                r -> {
                  for (int i = 0; i < 2; i++) {
                    LongtermPin pin = r.told.await();
                    dma(pin.unsafeSegment(0), 5, 'd');
                    pin.quiesced();
                    pin.release();
                  }
                })
            .actor("truncater", r -> assertEquals(2, r.scene.file.truncate(PAGE).revoked()))
            .check(r -> r.scene.checkQuiet()));
  }

  /** A pin that is taken while the truncate begins is refused, or told. */
  @Test
  void aRevocablePinIsToldHoweverLateItCame() {
    explore(
        ScheduleExplorer.of(Revocable::make)
            .time(Time.STOPPED)
            .actor(
                "holder",
                r -> {
                  if (unlessCut(() -> r.pin(PAGE))) {
                    r.told.await().release();
                  }
                })
            .actor("truncater", r -> r.scene.file.truncate(PAGE))
            .check(r -> r.scene.checkQuiet()));
  }

  /** H14: who was told and still holds is told again by the next one. */
  @Test
  void aSecondRevocationTellsAgain() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Revocable r = Revocable.make();
                  r.pin(PAGE);
                  return r;
                })
            .actor(
                "device",
                r -> {
                  r.told.await(); // and does nothing
                  LongtermPin pin = r.told.await();
                  pin.release();
                })
            .actor(
                "truncater",
                r -> {
                  Unmapping soon = Unmapping.within(Duration.ofSeconds(1));
                  assertThrows(
                      DeadlineExceededException.class, () -> r.scene.file.truncate(PAGE, soon));
                  r.scene.file.truncate(PAGE);
                })
            .check(r -> r.scene.checkQuiet()));
  }

  /** The second of two that want the same pages queues behind the first. */
  @Test
  void twoTruncatersOfTheSamePages() {
    explore(
        ScheduleExplorer.of(() -> Scene.cached(3))
            .time(Time.STOPPED)
            .actor("truncater", s -> s.file.truncate(PAGE))
            .actor("other truncater", s -> s.file.truncate(0))
            .actor("pinner", pinPage1(Access.READ, false))
            .check(s -> {
              long size = s.file.size();
              assertTrue(size == 0 || size == PAGE, "size " + size);
              assertEquals(size, s.disk.content().length);
              assertEquals(s.read(0, PAGE).length, size);
              s.checkQuiet();
            }));
  }

  /** H8: no page is reclaimed under a pin, and the frame of a pinned page is of that page. */
  @Test
  void reclaimSkipsWhatIsPinned() {
    ScheduleExplorer<Scene> scenario =
        ScheduleExplorer.of(() -> Scene.cached(Scene.FRAMES))
            .time(Time.STOPPED)
            .actor("pinner", pinPage1(Access.READ, false))
            .actor("faulter", s -> s.openOther("other", 1, 'x').pin(0, 1, Access.READ).close())
            .check(Scene::checkQuiet);
    explore(scenario);
  }

  /** I3: a page is dropped after a good fdatasync of what was written last, and not before. */
  @Test
  void reclaimSkipsWhatIsNotSynced() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(Scene.FRAMES);
                  dmaToPage1(s, 'd');
                  return s;
                })
            .time(Time.STOPPED)
            .actor(
                "forcer",
                s -> {
                  s.file.force();
                  s.raiseFlag();
                })
            .actor(
                "other forcer",
                s -> {
                  dmaToPage1(s, 'e');
                  s.file.force();
                })
            .actor(
                "faulter",
                s -> {
                  s.awaitFlag();
                  CachedFile other = s.openOther("other", 10, 'x');
                  for (int page = 0; page < 10; page++) {
                    other.pin((long) page * PAGE, 1, Access.READ).close();
                  }
                  s.letter(PAGE); // read from the disk if it was dropped
                })
            .check(s -> {
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  private static void dmaToPage1(Scene s, char letter) throws Exception {
    Pin pin = s.file.pin(PAGE, PAGE, Access.WRITE);
    dma(pin.unsafeSegment(0), 0, letter);
    pin.close();
  }

  /** H8: nor is a page that a truncate looks at. */
  @Test
  void reclaimAgainstTruncate() {
    ScheduleExplorer<Scene> scenario =
        ScheduleExplorer.of(() -> Scene.cached(Scene.FRAMES))
            .time(Time.STOPPED)
            .actor("truncater", s -> s.file.truncate((Scene.FRAMES - 2) * PAGE))
            .actor("faulter", s -> s.openOther("other", 1, 'x').pin(0, 1, Access.READ).close())
            .check(Scene::checkQuiet);
    explore(scenario);
  }

  /** A device that touches its memory until it answered quiesced, and an operation that waits. */
  @Test
  void noFrameIsReusedBeforeItsDeviceAnswered() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Revocable r = Revocable.make();
                  r.pin(PAGE);
                  return r;
                })
            .time(Time.STOPPED)
            .actor(
                "device",
                r -> {
                  LongtermPin pin = r.told.await();
                  MemorySegment memory = pin.unsafeSegment(0);
                  dma(memory, 0, 'd');
                  dma(memory, 1, 'd');
                  assertEquals('d', dmaRead(memory, 0), "I1");
                  pin.release();
                })
            .actor(
                "evicter",
                r -> {
                  r.scene.file.evict();
                  assertEquals('d', r.scene.letter(PAGE + 1), "I3");
                })
            .actor(
                "reader", r -> r.scene.openOther("other", 1, 'x').pin(0, 9, Access.WRITE).close())
            .check(r -> r.scene.checkQuiet()));
  }
}
