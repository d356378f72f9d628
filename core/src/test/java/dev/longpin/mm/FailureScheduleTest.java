package dev.longpin.mm;

import static dev.longpin.mm.Scene.FRAMES;
import static dev.longpin.mm.Scene.HOLDER;
import static dev.longpin.mm.Scene.PAGE;
import static dev.longpin.mm.Scene.dma;
import static dev.longpin.mm.Scene.explore;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.LongpinException;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.StoreException;
import dev.longpin.api.Unmapping;
import dev.longpin.api.WritebackException;
import dev.longpin.schedule.MemoryFile.Call;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Time;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a cut or a force that failed leaves behind, under the scheduler. */
@Tag("scheduled")
final class FailureScheduleTest {

  /**
   * I2: a holder that was to be disconnected by a cut that failed is connected as before, and was
   * never told anything else.
   */
  @Test
  void aTruncateThatFailsDisconnectsNobody() {
    aCutThatFailsDisconnectsNobody(
        Call.TRUNCATE, (file, unmapping) -> file.truncate(PAGE, unmapping));
  }

  /** The same for a cut that has to write first. */
  @Test
  void anEvictionThatFailsDisconnectsNobody() {
    aCutThatFailsDisconnectsNobody(
        Call.SYNC, (file, unmapping) -> file.evict(PAGE, PAGE, unmapping));
  }

  /** What is to fail. */
  @FunctionalInterface
  private interface FailingCut {
    void run(CachedFile file, Unmapping unmapping) throws LongpinException;
  }

  private static void aCutThatFailsDisconnectsNobody(Call failing, FailingCut cut) {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(2);
                  s.held = s.file.pinLongterm(PAGE, PAGE, Access.WRITE, HOLDER);
                  s.disk.failNext(failing);
                  return s;
                })
            .actor(
                "cutter",
                s -> {
                  Unmapping unmapping = Unmapping.within(Duration.ofSeconds(1)).orDisconnect();
                  assertThrows(LongpinException.class, () -> cut.run(s.file, unmapping));
                })
            .actor(
                "device",
                s -> {
                  ScheduleExplorer.sleep(Duration.ofSeconds(1));
                  dma(s.held.unsafeSegment(0), 4, 'e');
                  assertTrue(s.held.complete());
                })
            .check(s -> {
              assertFalse(s.held.isDisconnected());
              dma(s.held.unsafeSegment(0), 5, 'd');
              assertTrue(s.held.complete());
              assertTrue(s.held.release());
              assertEquals('d', s.letter(PAGE + 5));
              if (failing == Call.SYNC) {
                assertThrows(WritebackException.class, s.file::force); // each opener sees it once
              }
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** I3: a write pin that ends while its page is frozen can't make it dirty; the cut does. */
  @Test
  void aCutThatFailsForgetsNoWriteThatEndedMeanwhile() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(2);
                  s.held = s.file.pinLongterm(PAGE, PAGE, Access.WRITE, HOLDER);
                  s.disk.failNext(Call.TRUNCATE);
                  return s;
                })
            .actor(
                "cutter",
                s -> {
                  Unmapping unmapping = Unmapping.within(Duration.ofSeconds(1)).orDisconnect();
                  try {
                    s.file.truncate(PAGE, unmapping);
                    s.completed = 1; // the pin had ended, and the disk fails another time
                  } catch (LongpinException e) {
                    assertEquals(2 * PAGE, s.file.size());
                  }
                })
            .actor(
                "device",
                s -> {
                  ScheduleExplorer.sleep(Duration.ofSeconds(1));
                  dma(s.held.unsafeSegment(0), 4, 'e');
                  assertTrue(s.held.release());
                })
            .check(s -> {
              assertEquals(0, s.completed);
              assertEquals('e', s.letter(PAGE + 4));
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** I6: a cut that fails does not open the gates for which the next one waits. */
  @Test
  void aCutThatFailsOpensNoGateOfTheNext() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(2);
                  s.held = s.file.pinLongterm(PAGE, PAGE, Access.READ, HOLDER);
                  return s;
                })
            .actor(
                "truncater",
                s -> {
                  Unmapping soon = Unmapping.within(Duration.ofSeconds(1));
                  assertThrows(DeadlineExceededException.class, () -> s.file.truncate(PAGE, soon));
                  s.flag = true;
                })
            .actor(
                "other truncater",
                s -> {
                  ScheduleExplorer.sleep(Duration.ofMillis(1));
                  s.file.truncate(0);
                })
            .actor(
                "pinner",
                s -> {
                  ScheduleExplorer.sleep(Duration.ofSeconds(2)); // the second one waits by then
                  assertTrue(s.flag);
                  PinRefusedException e =
                      assertThrows(
                          PinRefusedException.class, () -> s.file.pin(PAGE, 1, Access.READ));
                  assertEquals(PinRefusedException.Reason.TRUNCATING, e.reason());
                  s.held.release();
                })
            .check(Scene::checkQuiet));
  }

  /** I3: an eviction does not drop a page while an fdatasync that covers it may still fail. */
  @Test
  void anEvictDuringASyncThatFailsLosesNothing() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(1);
                  s.write(0, 1, 'w');
                  s.disk.failNext(Call.SYNC);
                  return s;
                })
            .time(Time.STOPPED)
            .actor("forcer", Scene::forceThatMayFail)
            .actor(
                "evicter",
                s -> {
                  try {
                    s.file.evict();
                  } catch (StoreException | WritebackException e) {
                    s.flag = true; // its own sync was the one that failed
                  }
                })
            .check(s -> {
              s.forceThatMayFail();
              assertEquals('w', s.letter(0));
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** I3: an fdatasync that had begun before a page was written again does not cover it. */
  @Test
  void aPageWrittenDuringASyncIsNotReclaimedBeforeTheNext() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(FRAMES);
                  s.another = s.openOther("other", 1, 'x');
                  s.write(PAGE, 1, 'v');
                  return s;
                })
            .time(Time.STOPPED)
            .actor("forcer", Scene::forceThatMayFail)
            .actor(
                "writer",
                s -> {
                  s.write(PAGE, 1, 'w');
                  s.disk.failNext(Call.SYNC);
                  s.forceThatMayFail();
                })
            .actor("faulter", s -> s.another.pin(0, 1, Access.READ).close())
            .check(s -> {
              s.forceThatMayFail();
              assertEquals('w', s.letter(PAGE));
              s.checkDurable();
              s.checkQuiet();
            }));
  }
}
