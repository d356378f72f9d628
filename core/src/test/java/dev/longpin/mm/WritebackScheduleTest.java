package dev.longpin.mm;

import static dev.longpin.mm.Scene.HOLDER;
import static dev.longpin.mm.Scene.PAGE;
import static dev.longpin.mm.Scene.dma;
import static dev.longpin.mm.Scene.explore;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.longpin.api.Access;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.Pin;
import dev.longpin.api.WritebackException;
import dev.longpin.schedule.MemoryFile.Call;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Action;
import dev.longpin.schedule.ScheduleExplorer.Time;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Writeback and force against devices and writers, under the scheduler. */
@Tag("scheduled")
final class WritebackScheduleTest {

  /** Two accesses through two short pins; what was completed is counted in byte 0. */
  private static void deviceWithShortPins(Scene s) throws Exception {
    access(s, 2);
  }

  private static void access(Scene s, int times) throws Exception {
    for (int i = 1; i <= times; i++) {
      Pin pin = s.file.pin(0, 100, Access.WRITE);
      dma(pin.unsafeSegment(0), 0, (char) i);
      dma(pin.unsafeSegment(0), 99, (char) i);
      pin.close();
      s.completed = i;
    }
  }

  /** Two accesses through one long-term pin. */
  private static void deviceWithLongtermPin(Scene s) throws Exception {
    LongtermPin pin = s.file.pinLongterm(0, 100, Access.WRITE, HOLDER);
    MemorySegment memory = pin.unsafeSegment(0);
    for (int i = 1; i <= 2; i++) {
      dma(memory, 0, (char) i);
      dma(memory, 99, (char) i);
      assertTrue(pin.complete());
      s.completed = i;
    }
    pin.release();
  }

  private static void writer(Scene s) throws Exception {
    for (int i = 1; i <= 2; i++) {
      s.write(0, 100, (char) i);
      s.completed = i;
    }
  }

  /** Forces, and checks that what was completed before is durable. */
  private static void forcer(Scene s) throws Exception {
    int before = s.completed;
    s.file.force();
    byte[] durable = s.disk.durableContent();
    if (before > 0) {
      assertTrue(durable[0] >= before && durable[0] <= 2, "I3: " + durable[0] + " < " + before);
      assertTrue(durable[99] >= before && durable[99] <= 2, "I3: " + durable[99]);
    }
  }

  private static void check(Scene s) throws Exception {
    s.checkDurable();
    s.checkQuiet();
  }

  private static ScheduleExplorer<Scene> againstForce(Action<Scene> device) {
    return ScheduleExplorer.of(() -> Scene.cached(1))
        .time(Time.STOPPED)
        .actor("device", device)
        .actor("forcer", WritebackScheduleTest::forcer)
        .check(WritebackScheduleTest::check);
  }

  /** H3, H4, I3, I4. */
  @Test
  void noWriteThroughAShortPinIsLost() {
    explore(againstForce(WritebackScheduleTest::deviceWithShortPins));
  }

  /** The same with no second access, which could make good what was wrong with the first. */
  @Test
  void noWriteThroughOneShortPinIsLost() {
    explore(againstForce(s -> access(s, 1)));
  }

  /** H3, H4, H5, I3, I4. */
  @Test
  void noWriteThroughALongtermPinIsLost() {
    explore(againstForce(WritebackScheduleTest::deviceWithLongtermPin));
  }

  /** I3, I4: a CPU write waits for an in-place write of its page. */
  @Test
  void noWriteByTheCpuIsLost() {
    explore(againstForce(WritebackScheduleTest::writer));
  }

  /** H20, I4: one write of a page at a time, and one fdatasync. */
  @Test
  void twoForcesAndADevice() {
    explore(
        againstForce(WritebackScheduleTest::deviceWithShortPins)
            .actor("other forcer", WritebackScheduleTest::forcer));
  }

  /** I3: a page that was dropped comes back from the disk as it was written. */
  @Test
  void evictLosesNothing() {
    explore(
        againstForce(Scene.whereCutIsNoError(WritebackScheduleTest::deviceWithShortPins))
            .actor("evicter", s -> s.file.evict()));
  }

  /** I3: after a failed write or fdatasync all is dirty again, and the next force repairs it. */
  @Test
  void aFailedForceIsMadeGoodByTheNext() {
    for (Call failing : new Call[] {Call.WRITE, Call.SYNC}) {
      explore(
          ScheduleExplorer.of(
                  () -> {
                    Scene s = Scene.cached(2);
                    s.write(PAGE, PAGE, 'z');
                    s.disk.failNext(failing);
                    return s;
                  })
              .time(Time.STOPPED)
              .actor("device", WritebackScheduleTest::deviceWithShortPins)
              .actor("forcer", WritebackScheduleTest::forcerOfAFailingDisk)
              .actor("other forcer", WritebackScheduleTest::forcerOfAFailingDisk)
              .check(s -> {
                assertTrue(s.pinned > 0, "somebody sees the error");
                check(s);
              }));
    }
  }

  private static void forcerOfAFailingDisk(Scene s) throws Exception {
    try {
      forcer(s);
    } catch (WritebackException e) {
      s.pinned++; // counts the errors here
    }
  }

  /** An extending write and a force: the size and the bytes are seen together. */
  @Test
  void anExtendingWriteIsNotLostToAForce() {
    for (int size : new int[] {PAGE, 100}) {
      explore(
          ScheduleExplorer.of(() -> Scene.cachedBytes(size))
              .time(Time.STOPPED)
              .actor("writer", s -> s.write(size, 100, 'w'))
              .actor("forcer", s -> s.file.force())
              .check(s -> {
                s.checkDurable();
                assertEquals('w', (char) s.disk.durableContent()[size + 99]);
                s.checkQuiet();
              }));
    }
  }

  /** I10: what a device left past the end is zeros when the file grows, and never on disk. */
  @Test
  void theTailIsZeroedWhenTheFileGrows() {
    explore(
        ScheduleExplorer.of(() -> Scene.cachedBytes(100))
            .time(Time.STOPPED)
            .actor(
                "device",
                s -> {
                  Pin pin = s.file.pin(0, 100, Access.WRITE);
                  MemorySegment page = Scene.wholePage(pin);
                  dma(page, 200, 'g');
                  s.completed = s.flag ? 0 : 1; // all before the file began to grow
                  pin.close();
                })
            .actor(
                "writer",
                s -> {
                  s.flag = true;
                  s.write(300, 10, 'w');
                })
            .actor(
                "forcer",
                s -> {
                  s.file.force();
                  byte[] content = s.disk.content();
                  if (content.length <= 100) {
                    return;
                  }
                  if (s.completed == 1) {
                    assertEquals(0, content[200], "I10");
                  }
                })
            .check(s -> {
              if (s.completed == 1) {
                assertEquals(0, s.letter(200), "I10");
              }
              check(s);
            }));
  }

  /** I10, with a file that grows by a hole, in memory and on disk. */
  @Test
  void theTailIsZeroedWhenTheFileIsTruncatedToALargerSize() {
    explore(
        ScheduleExplorer.of(() -> Scene.cachedBytes(100))
            .time(Time.STOPPED)
            .actor(
                "device",
                s -> {
                  LongtermPin pin = s.file.pinLongterm(0, 100, Access.WRITE, HOLDER);
                  MemorySegment page = Scene.wholePage(pin);
                  dma(page, 200, 'g');
                  s.completed = s.flag ? 0 : 1;
                  pin.complete();
                  pin.release();
                })
            .actor(
                "truncater",
                s -> {
                  s.flag = true;
                  s.file.truncate(1000);
                })
            .actor("forcer", s -> s.file.force())
            .check(s -> {
              assertEquals(1000, s.file.size());
              if (s.completed == 1) {
                assertEquals(0, s.letter(200), "I10");
              }
              check(s);
            }));
  }

  /** The flusher's errors reach the opener once. */
  @Test
  void anErrorIsSeenOnce() throws Exception {
    ScheduleExplorer.of(() -> Scene.cached(1))
        .actor(
            "opener",
            s -> {
              s.write(0, 1, 'x');
              s.disk.failNext(Call.SYNC);
              assertThrows(WritebackException.class, () -> s.file.force());
              s.file.force();
              s.file.force();
            })
        .check(WritebackScheduleTest::check)
        .exhaustive(1);
  }

  /** I3: a write pin that is taken back at its second page, while the first is copied for it. */
  @Test
  void aForceAgainstAPinThatIsRefusedAtItsSecondPage() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(2);
                  s.file.pin(0, PAGE, Access.WRITE).close(); // its space is reserved
                  s.file.force();
                  s.disk.failNext(Call.RESERVE);
                  return s;
                })
            .time(Time.STOPPED)
            .actor(
                "pinner",
                s ->
                    assertThrows(
                        LongpinException.class, () -> s.file.pin(0, 2 * PAGE, Access.WRITE)))
            .actor("forcer", s -> s.file.force())
            .check(s -> {
              Pin pin = s.file.pin(0, PAGE, Access.WRITE);
              dma(pin.unsafeSegment(0), 3, 'd');
              pin.close();
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** I3: written while an fdatasync is under way that fails. */
  @Test
  void whatLandsDuringASyncThatFailsIsDirtyAgain() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(2);
                  s.write(0, 1, 'x');
                  s.disk.failNext(Call.SYNC);
                  return s;
                })
            .time(Time.STOPPED)
            .actor("forcer", Scene::forceThatMayFail)
            .actor(
                "other",
                s -> {
                  s.write(PAGE, 1, 'y');
                  s.forceThatMayFail();
                })
            .check(s -> {
              s.forceThatMayFail();
              s.checkDurable();
              s.checkQuiet();
            }));
  }
}
