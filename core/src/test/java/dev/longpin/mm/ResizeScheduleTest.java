package dev.longpin.mm;

import static dev.longpin.mm.Scene.FRAMES;
import static dev.longpin.mm.Scene.HOLDER;
import static dev.longpin.mm.Scene.PAGE;
import static dev.longpin.mm.Scene.dma;
import static dev.longpin.mm.Scene.dmaRead;
import static dev.longpin.mm.Scene.explore;
import static dev.longpin.mm.Scene.unlessCut;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.longpin.api.Access;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.Pin;
import dev.longpin.api.ResizeResult;
import dev.longpin.api.View;
import dev.longpin.api.WaitInterruptedException;
import dev.longpin.schedule.MemoryFile.Call;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Time;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Pages that move to other frames while memory is given back. */
@Tag("scheduled")
final class ResizeScheduleTest {

  private static void assertShrunk(Scene s, ResizeResult result) {
    assertTrue(result.isComplete(), result.toString());
    assertEquals(FRAMES, s.cache.stats().frames());
  }

  private static void pinPages(Scene s, int... pages) throws LongpinException {
    for (int page : pages) {
      s.pins.add(s.another.pinLongterm((long) page * PAGE, PAGE, Access.READ, HOLDER));
    }
  }

  /** Readers and views see the file, and never memory that was given back. */
  @Test
  void readersSeeTheFile() {
    explore(
        ScheduleExplorer.of(() -> Scene.resizable(2))
            .actor("resizer", s -> assertShrunk(s, s.resize(true)))
            .actor(
                "reader",
                s -> {
                  assertEquals('A', s.letter(3));
                  assertEquals('B', s.letter(PAGE));
                })
            .actor(
                "viewer",
                s -> {
                  View view = s.file.view(0, 2 * PAGE);
                  assertEquals('B', (char) view.getByte(PAGE + 1));
                  assertEquals('A', (char) view.getByte(1));
                })
            .check(s -> {
              assertTrue(s.cache.stats().migrated() > 0);
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** I3: a page that is written and forced while it moves loses nothing. */
  @Test
  void noWriteIsLost() {
    explore(
        ScheduleExplorer.of(() -> Scene.resizable(2))
            .actor("resizer", s -> assertShrunk(s, s.resize(true)))
            .actor(
                "writer",
                s -> {
                  s.write(0, 10, 'x');
                  s.write(PAGE - 5, 10, 'y');
                })
            .actor("forcer", s -> s.file.force())
            .check(s -> {
              assertEquals('x', s.letter(9));
              assertEquals('y', s.letter(PAGE));
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** I3: a page that moved is not dropped while an fdatasync that covers it may still fail. */
  @Test
  void aMovedPageIsNotReclaimedBeforeItIsSynced() {
    ScheduleExplorer.of(
            () -> {
              Scene s = Scene.resizable(1);
              s.another = s.openOther("other", 2 * FRAMES, 'x');
              s.write(0, 1, 'w');
              s.disk.failNext(Call.SYNC);
              return s;
            })
        .preemptions(1)
        .actor("forcer", Scene::forceThatMayFail)
        .actor(
            "resizer",
            s -> {
              assertShrunk(s, s.resize(true));
              for (int page = 0; page < 2 * FRAMES; page++) { // reclaim comes round
                s.another.pin((long) page * PAGE, 1, Access.READ).close();
              }
            })
        .check(s -> {
          s.forceThatMayFail();
          assertEquals('w', s.letter(0));
          s.checkDurable();
          s.checkQuiet();
        })
        .exhaustive(2_000);
  }

  /** I1, I8: what a short pin holds stays where it is; it is awaited, and then moves. */
  @Test
  void aShortPinIsAwaited() {
    explore(
        ScheduleExplorer.of(() -> Scene.resizable(1))
            .actor("resizer", s -> assertShrunk(s, s.resize(true)))
            .actor(
                "device",
                s -> {
                  Pin pin = s.file.pin(0, PAGE, Access.WRITE);
                  dma(pin.unsafeSegment(0), 0, 'x');
                  dma(pin.unsafeSegment(0), 1, 'y');
                  pin.close();
                })
            .check(s -> {
              assertEquals('y', s.letter(1));
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** I1, I8: a long-term pin that was there is not awaited; the result names it. */
  @Test
  void aLongtermPinStaysAndIsNamed() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.resizable(FRAMES);
                  s.resize(true);
                  s.resize(false);
                  Pin all = s.file.pin(0, (long) FRAMES * PAGE, Access.READ); // no room to move to
                  s.another = s.openOther("other", 1, 'o');
                  s.held = s.another.pinLongterm(0, PAGE, Access.WRITE, HOLDER);
                  all.close();
                  return s;
                })
            .time(Time.STOPPED)
            .actor(
                "resizer",
                s -> {
                  ResizeResult result = s.resize(true);
                  assertFalse(result.isComplete());
                  assertEquals(1, result.holders().size(), result.toString());
                  assertEquals(HOLDER, result.holders().getFirst().holder());
                })
            .actor(
                "device",
                s -> {
                  dma(s.held.unsafeSegment(0), 0, 'x');
                  assertTrue(s.held.complete());
                  dma(s.held.unsafeSegment(0), 1, 'y');
                  assertTrue(s.held.complete());
                })
            .check(s -> {
              s.held.release();
              assertShrunk(s, s.resize(true));
              s.another.force();
              s.checkQuiet();
            }));
  }

  /** A page that is pinned long-term moves first, so that it is in nobody's way. */
  @Test
  void aLongtermPinIsInNobodysWay() {
    explore(
        ScheduleExplorer.of(() -> Scene.resizable(2))
            .actor(
                "device",
                s -> {
                  s.held = s.file.pinLongterm(0, 2 * PAGE, Access.WRITE, HOLDER);
                  dma(s.held.unsafeSegment(1), 0, 'x');
                  assertTrue(s.held.complete());
                })
            .actor("reader", s -> assertEquals('A', s.letter(0)))
            .check(s -> {
              assertShrunk(s, s.resize(true));
              assertEquals('x', dmaRead(s.held.unsafeSegment(1), 0));
              s.held.release();
              assertEquals('x', s.letter(PAGE));
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** A cache whose smallest part is full, and a file of as many pages in the blocks after it. */
  private static Scene pinnedFull() throws LongpinException {
    Scene s = Scene.resizable(FRAMES);
    s.resize(true);
    s.resize(false);
    s.pin = s.file.pin(0, (long) FRAMES * PAGE, Access.READ);
    s.another = s.openOther("other", FRAMES, 'o');
    s.another.read(MemorySegment.ofArray(new byte[FRAMES * PAGE]), 0);
    return s;
  }

  private static void checkPinsAndShrink(Scene s, int blocksMore) throws LongpinException {
    s.pin.close();
    ResizeResult result = s.resize(true);
    assertEquals(4, result.holders().size(), result.toString());
    assertTrue(s.cache.stats().frames() <= FRAMES + blocksMore * 4, result.toString());
    for (LongtermPin pin : s.pins) {
      assertEquals('o', dmaRead(pin.unsafeSegment(0), 0));
      var _ = pin.release();
    }
    assertShrunk(s, s.resize(true));
    s.checkDurable();
    s.checkQuiet();
  }

  /** Pins that have no room where memory stays are in one block, and not each in its own. */
  @Test
  void longtermPinsStayTogether() {
    explore(
        ScheduleExplorer.of(ResizeScheduleTest::pinnedFull)
            .actor("device", s -> pinPages(s, 14, 6, 10, 7))
            .actor("reader", s -> assertEquals('A', s.letter(0)))
            .check(s -> checkPinsAndShrink(s, 1)));
  }

  /** Two that make room for their pins in the same block: each has its page. */
  @Test
  void twoMakeRoomForTheirPins() {
    explore(
        ScheduleExplorer.of(ResizeScheduleTest::pinnedFull)
            .actor("first", s -> pinPages(s, 14, 6))
            .actor("second", s -> pinPages(s, 10, 7))
            .check(s -> checkPinsAndShrink(s, 4)));
  }

  /** I2: a cut against a move. */
  @Test
  void aTruncateAgainstAMove() {
    explore(
        ScheduleExplorer.of(() -> Scene.resizable(2))
            .actor("resizer", s -> assertShrunk(s, s.resize(true)))
            .actor(
                "truncater",
                s -> {
                  s.write(PAGE, 10, 'x');
                  s.file.truncate(PAGE + 5);
                })
            .actor("pinner", s -> unlessCut(() -> s.file.pin(PAGE, 10, Access.WRITE).close()))
            .check(s -> {
              assertEquals('x', s.letter(PAGE + 4));
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** Two resizes come one after the other, and an eviction is none of their business. */
  @Test
  void twoResizesAndAnEviction() {
    explore(
        ScheduleExplorer.of(() -> Scene.resizable(3))
            .actor("shrinker", s -> assertTrue(s.resize(true).requestedBytes() > 0))
            .actor("grower", s -> assertTrue(s.resize(false).isComplete()))
            .actor("evicter", s -> s.file.evict())
            .check(s -> {
              assertEquals('C', s.letter(2 * PAGE));
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** An interrupt ends it, and the frames that it had isolated are given out again (I5). */
  @Test
  void anInterruptedResizeLeavesNothingIsolated() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.resizable(1);
                  s.pin = s.file.pin(0, PAGE, Access.READ);
                  return s;
                })
            .time(Time.STOPPED)
            .actor(
                "resizer", s -> assertThrows(WaitInterruptedException.class, () -> s.resize(true)))
            .actor("interrupter", s -> ScheduleExplorer.interrupt("resizer"))
            .check(s -> {
              s.pin.close();
              assertShrunk(s, s.resize(true));
              assertTrue(s.resize(false).isComplete());
              s.checkQuiet();
            }));
  }

  /** A cache that is closed gives its memory back when no resize is at work in it. */
  @Test
  void aCloseAgainstAResize() {
    explore(
        ScheduleExplorer.of(() -> Scene.resizable(2))
            .actor(
                "resizer",
                s -> {
                  try {
                    var _ = s.resize(true);
                    var _ = s.resize(false);
                  } catch (FileClosedException e) {
                    // It was closed first.
                  }
                })
            .actor("closer", s -> s.cache.close())
            .check(s -> assertTrue(s.isFreed())));
  }
}
