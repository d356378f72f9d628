package dev.longpin.mm;

import static dev.longpin.mm.Scene.HOLDER;
import static dev.longpin.mm.Scene.PAGE;
import static dev.longpin.mm.Scene.dma;
import static dev.longpin.mm.Scene.explore;
import static dev.longpin.mm.Scene.unlessCut;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.longpin.api.Access;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.Pin;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.StoreException;
import dev.longpin.api.Unmapping;
import dev.longpin.schedule.MemoryFile.Call;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Time;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Truncate, punch and evict against faults, writes and writeback, under the scheduler. */
@Tag("scheduled")
final class CutScheduleTest {

  /** What is cut does not come back, neither in memory nor on disk. */
  @Test
  void aFaultDoesNotBringBackWhatATruncateCut() {
    explore(
        ScheduleExplorer.of(() -> Scene.uncached(2))
            .time(Time.STOPPED)
            .actor(
                "truncater",
                s -> {
                  s.file.truncate(PAGE + 100);
                  s.file.truncate(2 * PAGE);
                })
            .actor(
                "reader",
                s -> {
                  for (byte letter : s.read(PAGE, PAGE)) {
                    assertTrue(letter == 'B' || letter == 0, "neither data nor hole: " + letter);
                  }
                })
            .actor("pinner", s -> unlessCut(() -> s.file.pin(PAGE, 1, Access.WRITE).close()))
            .check(s -> {
              assertEquals('B', s.letter(PAGE + 99));
              assertEquals(0, s.letter(PAGE + 100));
              assertEquals(0, s.letter(2 * PAGE - 1));
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** I2, H19: the write is over when the cut comes, whoever holds the page. */
  @Test
  void noWriteLandsAfterTheCut() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(2);
                  s.write(PAGE, PAGE, 'w');
                  return s;
                })
            .time(Time.STOPPED)
            .actor("truncater", s -> s.file.truncate(PAGE))
            .actor("forcer", s -> s.file.force())
            .actor("pinner", s -> unlessCut(() -> s.file.pin(PAGE, 1, Access.WRITE).close()))
            .check(s -> {
              assertEquals(PAGE, s.disk.content().length, "H19");
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** I2, H19, when the pages are disconnected from devices that do not let go. */
  @Test
  void noWriteLandsAfterTheCutOfADisconnectedPage() {
    explore(
        ScheduleExplorer.of(() -> Scene.cached(2))
            .actor(
                "truncater",
                s -> {
                  LongtermPin pin = s.file.pinLongterm(PAGE, PAGE, Access.WRITE, HOLDER);
                  s.flag = true;
                  Unmapping unmapping = Unmapping.within(Duration.ofSeconds(1)).orDisconnect();
                  assertEquals(1, s.file.truncate(PAGE, unmapping).disconnected().size());
                  assertEquals(PAGE, s.disk.content().length, "H19");
                  dma(pin.unsafeSegment(0), 0, 'd'); // its memory is its own until it answers
                  assertEquals(false, pin.release());
                })
            .actor(
                "forcer",
                s -> {
                  ScheduleExplorer.sleep(Duration.ofSeconds(1));
                  s.file.force();
                })
            .check(s -> {
              assertEquals(PAGE, s.disk.content().length, "H19");
              s.checkQuiet();
            }));
  }

  /** I3: force is no liar when a truncate of its pages fails after all. */
  @Test
  void aForceDuringATruncateThatFailsIsDurable() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(2);
                  s.write(PAGE, PAGE, 'w');
                  s.disk.failNext(Call.TRUNCATE);
                  return s;
                })
            .time(Time.STOPPED)
            .actor(
                "truncater", s -> assertThrows(StoreException.class, () -> s.file.truncate(PAGE)))
            .actor(
                "forcer",
                s -> {
                  s.file.force();
                  assertEquals('w', (char) s.disk.durableContent()[PAGE], "I3");
                })
            .check(s -> {
              assertEquals(2 * PAGE, s.file.size());
              assertEquals('w', s.letter(PAGE));
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** I3: what a device completed before it was disconnected is in the file after an evict. */
  @Test
  void anEvictThatDisconnectsKeepsWhatWasCompleted() {
    explore(
        ScheduleExplorer.of(() -> Scene.cached(1))
            .actor(
                "device",
                Scene.whereCutIsNoError(s -> {
                  LongtermPin pin = s.file.pinLongterm(0, PAGE, Access.WRITE, HOLDER);
                  MemorySegment memory = pin.unsafeSegment(0);
                  ScheduleExplorer.sleep(Duration.ofSeconds(1));
                  dma(memory, 0, 'd');
                  s.completed = pin.complete() ? 1 : 0;
                  ScheduleExplorer.sleep(Duration.ofSeconds(5));
                  pin.release();
                }))
            .actor(
                "evicter",
                s -> s.file.evict(0, PAGE, Unmapping.within(Duration.ofSeconds(1)).orDisconnect()))
            .check(s -> {
              if (s.completed == 1) {
                assertEquals('d', s.letter(0), "I3");
              }
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** I6: all or nothing, and nothing means that the file is as it was. */
  @Test
  void anOverwritePinThatIsRefusedLeavesTheFileAsItWas() {
    ScheduleExplorer.of(() -> Scene.uncached(2))
        .actor(
            "pinner",
            s -> {
              s.file.punchHole(PAGE, PAGE);
              s.disk.failNext(Call.RESERVE, 1, StoreException.Kind.NO_SPACE);
              assertThrows(
                  PinRefusedException.class, () -> s.file.pin(0, 2 * PAGE, Access.OVERWRITE));
              assertEquals('A', s.letter(0));
              assertEquals(0, s.letter(PAGE));
            })
        .check(s -> {
          s.checkDurable();
          assertEquals('A', (char) s.disk.durableContent()[0]);
          s.checkQuiet();
        })
        .exhaustive(1);
  }

  /** A punch up to the end of the file takes nothing of what is appended meanwhile. */
  @Test
  void aPunchTakesNothingOfAnAppend() {
    explore(
        ScheduleExplorer.of(() -> Scene.cachedBytes(100))
            .time(Time.STOPPED)
            .actor("puncher", s -> s.file.punchHole(0, 100))
            .actor("appender", s -> s.file.append(MemorySegment.ofArray(new byte[] {'p', 'p'})))
            .check(s -> {
              assertEquals(102, s.file.size());
              assertEquals('p', s.letter(100));
              assertEquals('p', s.letter(101));
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** I10: of two truncates one may come to find the file smaller than it will make it. */
  @Test
  void aTruncateThatFindsTheFileSmallerZeroesTheTail() {
    explore(
        ScheduleExplorer.of(() -> Scene.cachedBytes(100))
            .time(Time.STOPPED)
            .actor("truncater", s -> s.file.truncate(50))
            .actor("other", CutScheduleTest::truncateAndWritePastTheEnd)
            .check(s -> {
              if (s.flag && s.file.size() > 30) {
                assertEquals(0, s.letter(30), "I10");
              }
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  private static void truncateAndWritePastTheEnd(Scene s) throws Exception {
    s.file.truncate(20);
    unlessCut(() -> {
      Pin pin = s.file.pin(0, 20, Access.WRITE);
      dma(Scene.wholePage(pin), 30, 'g');
      pin.close();
      s.write(0, 1, 'A'); // takes the page's lock: no zeroing is under way
      s.flag = s.file.size() == 20;
    });
  }

  /** I7: what was punched is not written again, in pages of several blocks. */
  @Test
  void aPunchedBlockStaysAHole() {
    ScheduleExplorer.of(() -> Scene.cachedBytes(2 * PAGE, 4 * PAGE))
        .actor(
            "puncher",
            s -> {
              s.file.pin(0, 10, Access.WRITE).close();
              s.file.punchHole(PAGE, PAGE);
              s.file.force();
            })
        .check(s -> {
          assertEquals('A', s.letter(0));
          assertEquals(0, s.letter(PAGE));
          assertEquals('C', s.letter(2 * PAGE));
          s.checkDurable();
          s.checkQuiet();
        })
        .exhaustive(1);
  }

  /** The tail that a truncate keeps is written up to the end and no further. */
  @Test
  void aTruncateInsideADirtyPageAgainstForce() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(1);
                  s.write(0, PAGE, 'w');
                  return s;
                })
            .time(Time.STOPPED)
            .actor("truncater", s -> s.file.truncate(100))
            .actor("forcer", s -> s.file.force())
            .actor("writer", s -> s.write(50, 10, 'v'))
            .check(s -> {
              assertEquals('v', s.letter(55));
              assertEquals('w', s.letter(99));
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** Appends follow each other, whatever is cut meanwhile. */
  @Test
  void twoAppendsAndATruncate() {
    explore(
        ScheduleExplorer.of(() -> Scene.cachedBytes(PAGE - 1))
            .time(Time.STOPPED)
            .actor("appender", s -> s.file.append(MemorySegment.ofArray(new byte[] {'p', 'p'})))
            .actor("other", s -> s.file.append(MemorySegment.ofArray(new byte[] {'q', 'q'})))
            .actor("forcer", s -> s.file.force())
            .check(s -> {
              assertEquals(PAGE + 3, s.file.size());
              char first = s.letter(PAGE - 1);
              assertEquals(first, s.letter(PAGE));
              assertEquals('p' + 'q' - first, s.letter(PAGE + 1));
              assertEquals('p' + 'q' - first, s.letter(PAGE + 2));
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /**
   * I2, where the page stays: what was cut off is out of reach for a pin that had looked before.
   */
  @ParameterizedTest
  @EnumSource(Access.class)
  void noPinReachesThePartOfAPageThatWasCutOff(Access access) {
    explore(
        ScheduleExplorer.of(() -> Scene.cached(1))
            .time(Time.STOPPED)
            .actor(
                "pinner",
                s ->
                    unlessCut(() -> {
                      Pin pin = s.file.pin(0, PAGE, access);
                      assertEquals(PAGE, s.file.size(), "I2: pinned behind the end");
                      pin.close();
                    }))
            .actor("truncater", s -> s.file.truncate(PAGE / 2))
            .check(Scene::checkQuiet));
  }

  /** I3: what an overwriting device wrote to the tail is the file's, though the file grew. */
  @Test
  void anOverwriteOfTheTailSurvivesThatTheFileGrows() {
    explore(
        ScheduleExplorer.of(() -> Scene.uncachedBytes(100))
            .time(Time.STOPPED)
            .actor(
                "device",
                s -> {
                  Pin pin = s.file.pin(0, 100, Access.OVERWRITE);
                  dma(pin.unsafeSegment(0), 99, 'd');
                  pin.close();
                  s.file.force();
                  assertEquals('d', s.letter(99), "I3");
                })
            .actor("grower", s -> s.file.truncate(PAGE))
            .check(s -> {
              assertEquals('d', s.letter(99), "I3");
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** I2: who reads a page that is going, and partly in memory, sees what was written there. */
  @Test
  void aReadOfAGoingPageSeesWhatWasWritten() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cachedBytes(2 * PAGE, 4 * PAGE);
                  s.file.evict();
                  s.write(0, PAGE, 'n'); // the other block of the page is not read
                  s.held = s.file.pinLongterm(2 * PAGE, PAGE, Access.READ, HOLDER);
                  return s;
                })
            .actor("truncater", s -> s.file.truncate(0))
            .actor(
                "reader",
                s -> {
                  ScheduleExplorer.sleep(Duration.ofSeconds(1));
                  assertEquals('n', s.letter(0));
                  s.held.release();
                })
            .check(Scene::checkQuiet));
  }
}
