package dev.longpin.schedule;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A schedule under which a scenario failed, with all that is needed to run it again. */
public final class ScheduleFailure extends AssertionError {

  private static final long serialVersionUID = 1L;

  /** How a scenario can fail. */
  public enum Kind {
    /** An actor or the final check threw. */
    THROWN,
    /** Nobody can run. */
    DEADLOCK,
    /** The limit on steps was reached. */
    LIVELOCK
  }

  private static final int SHOWN_BEGIN = 2;
  private static final int SHOWN_END = 8;

  private final Kind kind;
  private final String id;
  private final transient List<String> trace;

  ScheduleFailure(
      Kind kind, String id, String what, List<String> trace, @Nullable Throwable cause) {
    super(describe(kind, id, what, trace), cause);
    this.kind = kind;
    this.id = id;
    this.trace = List.copyOf(trace);
  }

  private static String describe(Kind kind, String id, String what, List<String> trace) {
    return kind
        + ": "
        + what
        + "\nreplay(\""
        + id
        + "\") gives this schedule again:\n"
        + String.join("\n", shorten(trace));
  }

  /** Leaves out what an actor did between the first and the last few steps before a switch. */
  private static List<String> shorten(List<String> trace) {
    List<String> shown = new ArrayList<>();
    int end;
    for (int start = 0; start < trace.size(); start = end) {
      end = start + 1;
      while (end < trace.size() && actor(trace.get(end)).equals(actor(trace.get(start)))) {
        end++;
      }
      if (end - start <= SHOWN_BEGIN + SHOWN_END + 1) {
        shown.addAll(trace.subList(start, end));
      } else {
        shown.addAll(trace.subList(start, start + SHOWN_BEGIN));
        shown.add("      ... " + (end - start - SHOWN_BEGIN - SHOWN_END) + " steps");
        shown.addAll(trace.subList(end - SHOWN_END, end));
      }
    }
    return shown;
  }

  private static String actor(String line) {
    return line.substring(Trace.ACTOR_FROM, Trace.ACTOR_TO);
  }

  /** Returns how the scenario failed. */
  public Kind kind() {
    return kind;
  }

  /** Returns what {@link ScheduleExplorer#replay} takes. */
  public String id() {
    return id;
  }

  /** Returns the steps in order: actor, step, target, place in the code. */
  public List<String> trace() {
    return trace;
  }
}
