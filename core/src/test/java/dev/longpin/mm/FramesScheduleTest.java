package dev.longpin.mm;

import static dev.longpin.mm.Scene.FRAMES;
import static dev.longpin.mm.Scene.HOLDER;
import static dev.longpin.mm.Scene.PAGE;
import static dev.longpin.mm.Scene.dmaRead;
import static dev.longpin.mm.Scene.explore;
import static dev.longpin.mm.Scene.unlessCut;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.longpin.api.Access;
import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.Pin;
import dev.longpin.api.Unmapping;
import dev.longpin.base.LongCell;
import dev.longpin.cache.PageCaches;
import dev.longpin.schedule.MemoryStores;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Time;
import dev.longpin.spi.Memory;
import dev.longpin.spi.Reservation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who may have a frame, and who waits for one, under the scheduler. */
@Tag("scheduled")
final class FramesScheduleTest {

  /** Every frame has a page of the file, and the other one has none. */
  private static Scene full() throws LongpinException {
    Scene s = Scene.cached(FRAMES);
    s.another = s.openOther("other", 1, 'x');
    return s;
  }

  /** Pins page 0 of another file, for which a frame must be had. */
  private static void pinAnother(Scene s) throws Exception {
    s.another.pin(0, 1, Access.READ).close();
  }

  /** I8: with every other frame to be had, nobody waits for the one that is pinned. */
  @Test
  void reclaimDoesNotWaitForAPin() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(FRAMES);
                  s.another = s.openOther("other", 1, 'x');
                  s.held = s.file.pinLongterm(PAGE, PAGE, Access.READ, HOLDER);
                  return s;
                })
            .time(Time.STOPPED)
            .actor("faulter", FramesScheduleTest::pinAnother)
            .actor("other faulter", FramesScheduleTest::pinAnother)
            .check(s -> {
              s.held.release();
              s.checkQuiet();
            }));
  }

  /** I11: who finds every frame pinned waits with no lock held, and not for ever. */
  @Test
  void aFrameIsAwaitedWithNoLockHeld() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.uncached(FRAMES);
                  s.another = s.openOther("other", 1, 'x');
                  s.held = s.file.pinLongterm(0, (long) FRAMES * PAGE, Access.READ, HOLDER);
                  return s;
                })
            .time(Time.STOPPED)
            .actor("pinner", s -> unlessCut(() -> pinAnother(s)))
            .actor(
                "truncater",
                s -> {
                  s.held.release();
                  s.another.truncate(PAGE / 2); // needs the lock of the file that is pinned
                  s.file.truncate(0);
                })
            .check(Scene::checkQuiet));
  }

  /** I2: a pin that looked before an eviction is not one of whatever came into the frame. */
  @Test
  void aPinNeverGetsTheFrameOfAnotherPage() {
    ScheduleExplorer.Result result =
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(1);
                  s.another = s.openOther("other", 1, 'x');
                  return s;
                })
            .time(Time.STOPPED)
            .preemptions(1)
            .actor(
                "pinner",
                s ->
                    unlessCut(() -> {
                      Pin pin = s.file.pin(0, PAGE, Access.READ);
                      assertEquals('A', dmaRead(pin.unsafeSegment(0), 0), "I2");
                      pin.close();
                    }))
            .actor(
                "evicter",
                s -> {
                  s.file.evict(0, PAGE, Unmapping.DEFAULT);
                  pinAnother(s); // in the frame that has become free
                })
            .check(Scene::checkQuiet)
            .exhaustive(20_000);
    assertTrue(result.exhausted(), result.toString());
  }

  /** I2: a read has what the file held, or holds; never what another page has in the frame. */
  @Test
  void aReadNeverSeesTheFrameOfAnotherPage() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.cached(2);
                  s.another = s.openOther("other", 1, 'x');
                  return s;
                })
            .time(Time.STOPPED)
            .actor(
                "reader",
                s -> {
                  for (byte letter : s.read(PAGE, 1)) {
                    assertTrue(letter == 'B' || letter == 0, "read " + letter);
                  }
                })
            .actor(
                "truncater",
                s -> {
                  s.file.truncate(PAGE);
                  pinAnother(s);
                })
            .check(Scene::checkQuiet));
  }

  /** I1: the frame that reclaim looks at may have another page of the file by then. */
  @Test
  void reclaimTakesNoPageThatCameIntoTheFrameMeanwhile() {
    explore(
        ScheduleExplorer.of(FramesScheduleTest::full)
            .time(Time.STOPPED)
            .actor("faulter", FramesScheduleTest::pinAnother)
            .actor(
                "evicter",
                s -> {
                  s.file.evict(0, 2 * PAGE, Unmapping.DEFAULT);
                  assertEquals('A', s.letter(0)); // in the frame that was given back last
                  assertEquals('B', s.letter(PAGE));
                })
            .check(s -> {
              assertEquals('A', s.letter(0));
              assertEquals('B', s.letter(PAGE));
              s.checkQuiet();
            }));
  }

  /** I2: a truncate shuts the gates of its own pages, whatever reclaim does meanwhile. */
  @Test
  void aTruncateShutsNoGateOfAnotherFile() {
    explore(
        ScheduleExplorer.of(FramesScheduleTest::full)
            .time(Time.STOPPED)
            .actor("truncater", s -> s.file.truncate(PAGE))
            .actor("faulter", FramesScheduleTest::pinAnother)
            .check(s -> {
              pinAnother(s);
              s.checkQuiet();
            }));
  }

  /** A cache in memory of which it is known whether it was given back. */
  private static final class Watched {
    final LongCell freed = new LongCell(0);
    final PageCache cache;
    final CachedFile file;

    Watched() throws Exception {
      MemoryStores stores = new MemoryStores();
      stores.create(Path.of("file"), new byte[PAGE]);
      cache = PageCaches.create(CacheConfig.ofSize(FRAMES * PAGE, PAGE), stores, this::memory);
      file = cache.open(Path.of("file"), OpenMode.WRITE);
    }

    private Memory memory(Reservation wanted) {
      MemorySegment segment = Arena.ofAuto().allocate(wanted.bytes(), wanted.alignment());
      return new Memory() {
        @Override
        public MemorySegment segment() {
          return segment;
        }

        @Override
        public void free() {
          freed.set(1);
        }
      };
    }
  }

  /** I1: memory that a device may still reach stays for the life of the process. */
  @Test
  void theMemoryStaysWhenADeviceNeverAnswers() {
    ScheduleExplorer.of(Watched::new)
        .actor(
            "closer",
            w -> {
              LongtermPin pin = w.file.pinLongterm(0, PAGE, Access.WRITE, HOLDER);
              w.cache.close();
              assertTrue(pin.isDisconnected());
              assertEquals(0, w.freed.get(), "I1");
            })
        .exhaustive(1);
  }

  /** And memory that no device can reach is given back. */
  @Test
  void theMemoryIsGivenBackWhenEveryDeviceAnswered() {
    ScheduleExplorer.of(Watched::new)
        .actor(
            "closer",
            w -> {
              LongtermPin pin = w.file.pinLongterm(0, PAGE, Access.WRITE, HOLDER);
              pin.release();
              w.cache.close();
              assertFalse(pin.isDisconnected());
              assertEquals(1, w.freed.get());
            })
        .exhaustive(1);
  }
}
