package dev.longpin.schedule;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The clock of a schedule: it stands still until it jumps to the earliest deadline of an actor. */
final class VirtualClock {

  private static final long START_NANOS = 1_000_000_000L;

  private final List<Actor> actors;
  private final @Nullable Trace trace;
  private long nowNanos = START_NANOS;

  VirtualClock(List<Actor> actors, @Nullable Trace trace) {
    this.actors = actors;
    this.trace = trace;
  }

  long nowNanos() {
    return nowNanos;
  }

  /** Returns whether somebody waits for a time to come. */
  boolean canJump() {
    return earliestDeadline() != Long.MAX_VALUE;
  }

  /** Jumps to the earliest deadline; false if there is none. */
  boolean jump() {
    long next = earliestDeadline();
    if (next == Long.MAX_VALUE) {
      return false;
    }
    if (trace != null) {
      trace.note("clock", "jumps by " + Duration.ofNanos(next - nowNanos));
    }
    nowNanos = next;
    return true;
  }

  private long earliestDeadline() {
    long earliest = Long.MAX_VALUE;
    for (Actor actor : actors) {
      if (!actor.done && actor.deadlineNanos() > nowNanos) {
        earliest = Math.min(earliest, actor.deadlineNanos());
      }
    }
    return earliest;
  }
}
