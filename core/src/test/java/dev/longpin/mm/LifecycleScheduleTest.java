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
import dev.longpin.api.FileClosedException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PastEndException;
import dev.longpin.api.Pin;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.PinRefusedException.Reason;
import dev.longpin.api.Unmapping;
import dev.longpin.api.View;
import dev.longpin.api.WaitInterruptedException;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Time;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Interrupts, views, the flusher, close and delete, under the scheduler. */
@Tag("scheduled")
final class LifecycleScheduleTest {

  /** I5: an interrupt ends the wait as a deadline does. */
  @Test
  void anInterruptedTruncateChangesNothing() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(2);
                  s.held = s.file.pinLongterm(PAGE, PAGE, Access.WRITE, HOLDER);
                  return s;
                })
            .time(Time.STOPPED)
            .actor(
                "truncater",
                s -> {
                  assertThrows(WaitInterruptedException.class, () -> s.file.truncate(PAGE));
                  assertTrue(Thread.interrupted());
                  assertEquals(2 * PAGE, s.file.size());
                })
            .actor("interrupter", s -> ScheduleExplorer.interrupt("truncater"))
            .actor("pinner", s -> unlessCut(() -> s.file.pin(PAGE, 1, Access.READ).close()))
            .check(s -> {
              s.file.pin(PAGE, PAGE, Access.READ).close();
              s.held.release();
              assertEquals('B', s.letter(PAGE));
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** I6: all pages of a range are pinned, or none. */
  @Test
  void aRangeIsPinnedWhollyOrNotAtAll() {
    explore(
        ScheduleExplorer.of(() -> Scene.uncached(3))
            .time(Time.STOPPED)
            .actor(
                "pinner",
                s ->
                    unlessCut(() -> {
                      Pin pin = s.file.pin(0, 3 * PAGE, Access.READ);
                      s.pinned++;
                      assertEquals('A', dmaRead(pin.unsafeSegment(0), 0));
                      assertEquals('C', dmaRead(pin.unsafeSegment(2), 0));
                      s.pinned--;
                      pin.close();
                    }))
            .actor(
                "truncater",
                s -> {
                  s.file.truncate(2 * PAGE);
                  assertEquals(0, s.pinned);
                })
            .actor("evicter", s -> s.file.evict(0, PAGE, Unmapping.DEFAULT))
            .check(Scene::checkQuiet));
  }

  /** A mark refuses every long-term pin that is not among the holders when it is there. */
  @Test
  void aMarkKnowsThePinsThatItComesBehind() {
    explore(
        ScheduleExplorer.of(() -> Scene.uncached(2))
            .time(Time.STOPPED)
            .actor(
                "pinner",
                s -> {
                  try {
                    s.held = s.file.pinLongterm(0, 2 * PAGE, Access.OVERWRITE, HOLDER);
                  } catch (PinRefusedException e) {
                    assertEquals(Reason.POLICY, e.reason());
                  }
                })
            .actor(
                "marker",
                s -> {
                  assertEquals(PAGE, s.file.refuseLongterm(PAGE, PAGE).offset());
                  s.pinned = s.cache.holders().size();
                })
            .check(s -> {
              assertEquals(s.pinned, s.held == null ? 0 : 1);
              if (s.held == null) {
                assertEquals('A', s.letter(0)); // nothing is overwritten
              } else {
                s.held.release();
              }
              s.checkQuiet();
            }));
  }

  /** A view reads what the file holds, or is past its end; never another page's bytes. */
  @Test
  void aViewNeverSeesTheFrameOfAnotherPage() {
    explore(
        ScheduleExplorer.of(() -> Scene.cached(2))
            .time(Time.STOPPED)
            .actor(
                "viewer",
                s -> {
                  View view = s.file.view(PAGE, PAGE);
                  for (int i = 0; i < 2; i++) {
                    try {
                      byte letter = view.getByte(8L * i);
                      assertTrue(letter == 'B' || letter == 0, "a view of " + letter);
                    } catch (PastEndException e) {
                      s.completed++;
                    }
                  }
                })
            .actor(
                "truncater",
                s -> {
                  s.file.truncate(PAGE);
                  s.openOther("other", 1, 'x').pin(0, 1, Access.READ).close();
                  s.file.truncate(2 * PAGE);
                })
            .check(Scene::checkQuiet));
  }

  /** I3, I4: the flusher cleans behind a device's and a writer's back. */
  @Test
  void theFlusherLosesNothing() {
    explore(
        ScheduleExplorer.of(Scene::flushed)
            .actor(
                "device",
                s -> {
                  for (int i = 0; i < 2; i++) {
                    Pin pin = s.file.pin(0, PAGE, Access.WRITE);
                    dma(pin.unsafeSegment(0), i, 'd');
                    pin.close();
                    ScheduleExplorer.sleep(Duration.ofMillis(1_500));
                  }
                })
            .actor("writer", s -> s.write(PAGE, 3, 'w'))
            .actor("truncater", s -> s.file.truncate(PAGE + 2))
            .check(s -> {
              assertEquals('d', s.letter(0));
              assertEquals('d', s.letter(1));
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** H17: close waits for short pins, and what devices wrote is on disk. */
  @Test
  void closeWaitsForShortPins() {
    explore(
        ScheduleExplorer.of(() -> Scene.cached(1))
            .actor(
                "device",
                s -> {
                  try {
                    unlessCut(() -> {
                      Pin pin = s.file.pin(0, PAGE, Access.WRITE);
                      s.pinned++;
                      dma(pin.unsafeSegment(0), 0, 'd');
                      s.pinned--;
                      s.completed = 1;
                      pin.close();
                    });
                  } catch (FileClosedException e) {
                    s.flag = true;
                  }
                })
            .actor(
                "closer",
                s -> {
                  s.file.close();
                  assertEquals(0, s.pinned);
                })
            .check(s -> {
              char expected = s.completed == 1 ? 'd' : 'A';
              assertEquals(expected, (char) s.disk.durableContent()[0]);
              assertEquals(Scene.FRAMES, s.cache.stats().freeFrames());
              s.cache.close();
            }));
  }

  /** H17: close disconnects who does not let go, and the frame is not reused before (I1). */
  @Test
  void closeDisconnectsWhoDoesNotLetGo() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(1);
                  s.held = s.file.pinLongterm(0, PAGE, Access.WRITE, HOLDER);
                  return s;
                })
            .actor(
                "device",
                s -> {
                  MemorySegment memory = s.held.unsafeSegment(0);
                  dma(memory, 0, 'd');
                  s.completed = s.held.complete() ? 1 : 0;
                  ScheduleExplorer.sleep(Duration.ofSeconds(3));
                  assertEquals('d', dmaRead(memory, 0), "I1");
                  assertEquals(false, s.held.release());
                })
            .actor(
                "closer",
                s -> {
                  s.file.close();
                  CachedFile other = s.openOther("other", Scene.FRAMES - 1, 'x');
                  other.pin(0, (long) (Scene.FRAMES - 1) * PAGE, Access.READ).close();
                })
            .check(s -> {
              if (s.completed == 1) {
                assertEquals('d', (char) s.disk.durableContent()[0], "I3");
              }
              assertEquals(0, s.cache.stats().disconnectedFrames());
              s.cache.close();
            }));
  }

  /** A file that is opened while its last instance closes is opened after that. */
  @Test
  void openWhileTheLastInstanceCloses() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(1);
                  s.write(0, 1, 'w');
                  return s;
                })
            .time(Time.STOPPED)
            .actor("closer", s -> s.file.close())
            .actor(
                "opener",
                s -> {
                  CachedFile again = s.cache.open(s.file.path(), OpenMode.WRITE);
                  byte[] letter = new byte[1];
                  again.read(MemorySegment.ofArray(letter), 0);
                  assertEquals('w', (char) letter[0]);
                  again.close();
                })
            .check(s -> {
              assertEquals('w', (char) s.disk.durableContent()[0]);
              assertEquals(Scene.FRAMES, s.cache.stats().freeFrames());
              s.cache.close();
            }));
  }

  /** H17: delete ends every instance, and waits for pins. */
  @Test
  void deleteAgainstAPinOfAnotherInstance() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(1);
                  s.another = s.cache.open(s.file.path(), OpenMode.WRITE);
                  return s;
                })
            .actor(
                "other",
                s -> {
                  try {
                    CachedFile again = s.another;
                    unlessCut(() -> {
                      LongtermPin pin = again.pinLongterm(0, 1, Access.READ, HOLDER);
                      s.pinned++;
                      dmaRead(pin.unsafeSegment(0), 0);
                      s.pinned--;
                      pin.release();
                    });
                    again.close();
                  } catch (FileClosedException e) {
                    s.flag = true;
                  }
                })
            .actor(
                "deleter",
                s -> {
                  s.file.delete(Unmapping.DEFAULT);
                  assertEquals(0, s.pinned);
                })
            .check(s -> {
              s.cache.close();
              assertEquals(java.util.List.of(), s.cache.holders());
              assertEquals(Scene.FRAMES, s.cache.stats().freeFrames());
            }));
  }
}
