package dev.longpin.mm;

import static dev.longpin.mm.Scene.FRAMES;
import static dev.longpin.mm.Scene.PAGE;
import static dev.longpin.mm.Scene.dmaRead;
import static dev.longpin.mm.Scene.explore;
import static dev.longpin.mm.Scene.unlessCut;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.Pin;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Time;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Reads that go on by themselves, under the scheduler: each has a thread of its own. */
@Tag("scheduled")
final class FillScheduleTest {

  /** H19: what lands after the cut lands in nobody's page. */
  @Test
  void aCutWaitsForReadsInFlight() {
    explore(
        ScheduleExplorer.of(() -> Scene.uncachedAsync(3 * PAGE))
            .time(Time.STOPPED)
            .actor("prefetcher", s -> s.file.prefetch(PAGE, 2 * PAGE))
            .actor(
                "truncater",
                s -> {
                  s.file.truncate(PAGE);
                  // The frames are free: whoever gets them now keeps what he has.
                  CachedFile other = s.openOther("other", FRAMES, 'x');
                  Pin pin = other.pin(0, FRAMES * PAGE, Access.READ);
                  for (int i = 0; i < FRAMES; i++) {
                    assertEquals('x', dmaRead(pin.unsafeSegment(i), 0));
                  }
                  pin.close();
                  other.evict();
                })
            .actor(
                "pinner",
                s ->
                    unlessCut(() -> {
                      Pin pin = s.file.pin(PAGE, PAGE, Access.READ);
                      assertEquals('B', dmaRead(pin.unsafeSegment(0), 7));
                      pin.close();
                    }))
            .check(s -> {
              assertEquals(PAGE, s.file.size());
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** A page is whole when it is unlocked, and only then is it read. */
  @Test
  void nobodyReadsAPageThatIsBeingRead() {
    explore(
        ScheduleExplorer.of(() -> Scene.uncachedAsync(2 * PAGE))
            .time(Time.STOPPED)
            .actor("prefetcher", s -> s.file.prefetch(0, 2 * PAGE))
            .actor("reader", s -> assertEquals('B', s.letter(2 * PAGE - 1)))
            .actor(
                "pinner",
                s -> {
                  Pin pin = s.file.pin(PAGE, PAGE, Access.WRITE);
                  assertEquals('B', dmaRead(pin.unsafeSegment(0), PAGE - 1));
                  pin.close();
                })
            .actor("writer", s -> s.write(PAGE, 1, 'w'))
            .check(s -> {
              assertEquals('w', s.letter(PAGE));
              assertEquals('B', s.letter(PAGE + 1));
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** I10: what the file grows by is zeros, whenever the read of the old tail ends. */
  @Test
  void theFileGrowsUnderAReadOfItsTail() {
    explore(
        ScheduleExplorer.of(() -> Scene.uncachedAsync(PAGE + 10))
            .time(Time.STOPPED)
            .actor("prefetcher", s -> s.file.prefetch(PAGE, 1))
            .actor("writer", s -> s.write(PAGE + 20, 1, 'w'))
            .actor("truncater", s -> s.file.truncate(PAGE + 5))
            .check(s -> {
              byte[] tail = s.read(PAGE, PAGE);
              assertTrue(tail.length == 5 || tail.length == 21, "size");
              for (int i = 0; i < tail.length; i++) {
                boolean old = i < 5 || (i < 10 && tail[i] != 0);
                assertEquals(old ? 'B' : i == 20 ? 'w' : 0, tail[i], "byte " + i);
              }
              s.checkDurable();
              s.checkQuiet();
            }));
  }

  /** I1: a close leaves the frame to the read, which gives it back. */
  @Test
  void theFileIsClosedUnderAReadInFlight() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  Scene s = Scene.uncachedAsync(PAGE);
                  s.another = s.openOther("another", 2, 'y');
                  return s;
                })
            .time(Time.STOPPED)
            .actor(
                "prefetcher",
                s -> {
                  try {
                    s.another.prefetch(0, 2 * PAGE);
                  } catch (FileClosedException e) {
                    s.completed++;
                  }
                })
            .actor("closer", s -> s.another.close())
            .actor("reader", s -> assertTrue(Arrays.equals(new byte[] {'A'}, s.read(0, 1))))
            .check(s -> {
              s.forgetOthers();
              s.checkQuiet();
              assertEquals(FRAMES, s.cache.stats().frames());
            }));
  }

  /** Reclaim finds a page as soon as its read has ended, and not before. */
  @Test
  void aFrameIsReclaimedOnlyAfterItsRead() {
    explore(
        ScheduleExplorer.of(() -> Scene.uncachedAsync(2 * FRAMES * PAGE))
            .time(Time.STOPPED)
            .actor("prefetcher", s -> s.file.prefetch(0, 4 * PAGE))
            .actor(
                "reader",
                s -> {
                  for (int page = FRAMES / 2; page < 2 * FRAMES; page += 3) {
                    assertEquals('A' + page, s.letter((long) page * PAGE + 5));
                  }
                })
            .check(s -> {
              for (int page = 0; page < 4; page++) {
                assertEquals('A' + page, s.letter((long) page * PAGE + 9));
              }
              s.checkQuiet();
            }));
  }
}
