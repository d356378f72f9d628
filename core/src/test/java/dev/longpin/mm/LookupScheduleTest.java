package dev.longpin.mm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.longpin.api.CacheConfig;
import dev.longpin.api.LongpinException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.WaitInterruptedException;
import dev.longpin.base.Deadline;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.PageWord;
import dev.longpin.page.PageWords;
import dev.longpin.schedule.MemoryStores;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Result;
import dev.longpin.schedule.ScheduleExplorer.Time;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Whoever finds the references of a page used up waits for one, and does not spin: time stands
 * still here, and nobody else runs while an actor can.
 */
@Tag("scheduled")
final class LookupScheduleTest {

  private static final CacheConfig CONFIG = CacheConfig.ofSize(16L * Scene.PAGE, Scene.PAGE);

  /** A page that has as many references as it can count. */
  private static final class Crowd {
    final CoreMm mm = CoreMm.create(CONFIG, memory());
    final AddressSpace space;
    final int frame;

    Crowd() throws LongpinException {
      Path path = Path.of("file");
      MemoryStores stores = new MemoryStores();
      stores.create(path, new byte[Scene.PAGE]);
      space = new AddressSpace(mm.frames(), stores.open(path, OpenMode.WRITE), Scene.PAGE);
      frame = mm.frames().tryAllocate();
      PageWords words = mm.words();
      words.prepare(frame);
      space.index().lock();
      space.install(mm.frames(), 0, frame);
      words.publish(frame);
      space.index().unlock();
      words.set(frame, PageWord.UPTODATE | PageWord.WRITABLE);
      words.unlock(frame);
      while (words.tryReference(frame)) {
        // one more
      }
    }

    private static BlockMemory memory() {
      long bytes = CoreMm.reservation(CONFIG).bytes();
      return new BlockMemory(Arena.ofAuto().allocate(bytes, CONFIG.pageSize()), bytes);
    }

    int reference() throws LongpinException {
      Operation read = new Operation(mm, space, "read", 0, 1, Deadline.after(Scene.LONG));
      return new PageLookup(mm).reference(read, 0);
    }

    void drop() {
      mm.words().dropReference(frame);
    }
  }

  @Test
  void whoFindsTheReferencesUsedUpIsWoken() {
    Result result =
        ScheduleExplorer.of(Crowd::new)
            .time(Time.STOPPED)
            .preemptions(2)
            .actor("reader", crowd -> assertEquals(crowd.frame, crowd.reference()))
            .actor("other reader", crowd -> assertEquals(crowd.frame, crowd.reference()))
            .actor(
                "holder",
                crowd -> {
                  crowd.drop();
                  crowd.drop();
                })
            .exhaustive(20_000);
    assertTrue(result.exhausted(), result.toString());
  }

  @Test
  void whoFindsTheReferencesUsedUpHearsAnInterrupt() {
    Result result =
        ScheduleExplorer.of(Crowd::new)
            .time(Time.STOPPED)
            .preemptions(4)
            .actor(
                "reader", crowd -> assertThrows(WaitInterruptedException.class, crowd::reference))
            .actor("interrupter", crowd -> ScheduleExplorer.interrupt("reader"))
            .exhaustive(20_000);
    assertTrue(result.exhausted(), result.toString());
  }
}
