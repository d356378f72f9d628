package dev.longpin.schedule;

import dev.longpin.base.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The steps of one schedule, one a line. Targets are named by their class and a number in the order
 * in which they turn up, so that a schedule has the same trace in each run.
 */
final class Trace {

  /** Where the actor's name is in a line. */
  static final int ACTOR_FROM = 6;

  static final int ACTOR_TO = 18;

  private static final int CALLERS = 3;
  private static final String LINE = "%5d %-12.12s %s";

  private final List<String> lines = new ArrayList<>();
  private final IdentityHashMap<Object, String> names = new IdentityHashMap<>();
  private final Map<String, Integer> perClass = new HashMap<>();

  /** Notes a step of the calling actor. */
  void step(String actor, Step step, Object target, long index) {
    String what = String.format("%-15s %s[%d] %s", step, nameOf(target), index, callers());
    lines.add(String.format(LINE, lines.size(), actor, what));
  }

  /** Notes something else that the calling actor does. */
  void note(String actor, String what) {
    lines.add(String.format(LINE, lines.size(), actor, "-- " + what));
  }

  String nameOf(Object target) {
    if (target instanceof Class<?> type) {
      return type.getSimpleName();
    }
    if (target instanceof String text) {
      return text;
    }
    return names.computeIfAbsent(
        target,
        t -> {
          String type = t.getClass().getSimpleName();
          return type + "#" + perClass.merge(type, 1, Integer::sum);
        });
  }

  /** Forgets the steps so far: those of the setup. */
  void clear() {
    lines.clear();
  }

  List<String> lines() {
    return lines;
  }

  private static String callers() {
    return StackWalker.getInstance()
        .walk(frames -> shown(frames.map(StackWalker.StackFrame::toStackTraceElement)));
  }

  /** Says where each actor is and what it waits for; its number too, if there is a trace. */
  static String describe(List<Actor> actors, @Nullable Trace trace) {
    StringBuilder text = new StringBuilder();
    for (Actor actor : actors) {
      if (!actor.done) {
        text.append("\n  ").append(actor.name);
        Object awaited = actor.awaited();
        if (awaited != null) {
          String type = awaited.getClass().getSimpleName();
          text.append(" blocks on ").append(trace == null ? type : trace.nameOf(awaited));
        }
        text.append(" at ").append(shown(Stream.of(actor.thread.getStackTrace())));
      }
    }
    return text.toString();
  }

  /** Returns the innermost frames of interest. */
  private static String shown(Stream<StackTraceElement> frames) {
    return frames
        .filter(Trace::isOfInterest)
        .limit(CALLERS)
        .map(frame ->
            frame.getFileName() + ":" + frame.getLineNumber() + " " + frame.getMethodName())
        .collect(Collectors.joining(" < "));
  }

  private static boolean isOfInterest(StackTraceElement frame) {
    String type = frame.getClassName();
    return type.startsWith("dev.longpin.")
        && !type.startsWith("dev.longpin.base.")
        && !type.matches(
            "dev\\.longpin\\.schedule\\.(Actor|ControlledScheduler|ScheduleExplorer|Trace)")
        && !type.startsWith("dev.longpin.schedule.ControlledScheduler$");
  }
}
