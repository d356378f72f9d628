package dev.longpin.mm;

import static dev.longpin.mm.Scene.LONG;
import static dev.longpin.mm.Scene.explore;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.longpin.base.Deadline;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Time;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The buffers that pages under write pins are copied to. */
@Tag("scheduled")
final class BouncePoolScheduleTest {

  private static final int BYTES = 64;

  /** All buffers are taken. */
  private static final class Taken {
    final BouncePool pool =
        new BouncePool(Arena.ofAuto().allocate(BouncePool.BUFFERS * BYTES), 0, BYTES);
    final MemorySegment last;

    Taken() throws InterruptedException {
      MemorySegment taken = MemorySegment.NULL;
      for (int i = 0; i < BouncePool.BUFFERS; i++) {
        taken = pool.take(Deadline.after(LONG));
      }
      last = taken;
    }
  }

  /** I5. */
  @Test
  void whoWaitsForABufferIsWoken() {
    explore(
        ScheduleExplorer.of(Taken::new)
            .time(Time.STOPPED)
            .actor("forcer", s -> assertNotNull(s.pool.take(Deadline.after(LONG))))
            .actor("other", s -> s.pool.give(s.last)));
  }
}
