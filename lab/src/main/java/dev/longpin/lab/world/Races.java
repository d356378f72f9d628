package dev.longpin.lab.world;

import dev.longpin.base.Step;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Whether the two steps of a hazard met in a schedule: two actors at work on one page, and one's
 * steps between the other's. Read off the trace of the seam, in which scenarios have no say.
 */
public final class Races {

  /** What a step does to a page. */
  public enum Kind {
    /** A device accesses its memory. */
    DMA,
    /** The page's word changes, or is about to. */
    WORD,
    /** The page's word is looked at; counts only where a side is said to do no more. */
    LOOK,
    /** The store is asked for a part of it. */
    STORE
  }

  /** One of the two racing actors: by the beginning of its name, and what it has to have done. */
  public record Side(String actor, Set<Kind> kinds) {

    /** Makes one. */
    public static Side of(String actor, Kind first, Kind... rest) {
      return new Side(actor, EnumSet.of(first, rest));
    }
  }

  /** The two sides of a race. */
  public record Pair(Side first, Side second) {}

  /** Steps in a row by one side. */
  private static final class Run {
    final int side;
    final Set<Kind> kinds = EnumSet.noneOf(Kind.class);

    Run(int side) {
      this.side = side;
    }
  }

  private final World world;
  private final Pair pair;
  private final List<List<Run>> runs = new ArrayList<>();

  /** Makes the watch of one schedule. */
  public Races(World world, Pair pair) {
    this.world = world;
    this.pair = pair;
    for (int i = 0; i < world.frames(); i++) {
      runs.add(new ArrayList<>());
    }
  }

  /** Returns the world that it watches. */
  public World world() {
    return world;
  }

  /** Takes a step of the trace. */
  public void step(String actor, Step step, Object target, long index) {
    int side =
        actor.startsWith(pair.first.actor) ? 0 : actor.startsWith(pair.second.actor) ? 1 : -1;
    if (side < 0) {
      return;
    }
    if (step == Step.COMPARE_AND_SET
        && target instanceof long[] words
        && words.length == world.frames()) {
      note(side, Kind.WORD, (int) index);
    } else if (step == Step.LOAD
        && (side == 0 ? pair.first : pair.second).kinds.contains(Kind.LOOK)
        && target instanceof long[] words
        && words.length == world.frames()) {
      note(side, Kind.LOOK, (int) index);
    } else if (step == Step.OUTSIDE && target.equals("DMA")) {
      note(side, Kind.DMA, (int) index);
    } else if (step == Step.OUTSIDE && target instanceof String) {
      note(side, Kind.STORE, world.frameAt(index));
    }
  }

  private void note(int side, Kind kind, int frame) {
    if (frame < 0 || frame >= runs.size()) {
      return;
    }
    List<Run> ofFrame = runs.get(frame);
    if (ofFrame.isEmpty() || ofFrame.getLast().side != side) {
      ofFrame.add(new Run(side));
    }
    ofFrame.getLast().kinds.add(kind);
  }

  /** Returns whether they met on any page. */
  public boolean met() {
    return runs.stream().anyMatch(this::met);
  }

  private boolean met(List<Run> ofFrame) {
    return ofFrame.size() >= 3
        && did(ofFrame, 0, pair.first.kinds)
        && did(ofFrame, 1, pair.second.kinds);
  }

  private static boolean did(List<Run> ofFrame, int side, Set<Kind> kinds) {
    return ofFrame.stream()
        .filter(run -> run.side == side)
        .anyMatch(run -> run.kinds.stream().anyMatch(kinds::contains));
  }
}
