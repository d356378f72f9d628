package dev.longpin.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Who runs next, wherever more than one could. Each such place of a schedule is a <em>point</em>,
 * numbered from 0; the <em>usual</em> choice is to go on with the running actor, or at a place
 * where it blocks with the next one in turn. A schedule is known by its deviations from the usual
 * choices.
 */
abstract class Choices {

  /** The choice that lets the clock jump to the earliest deadline. */
  static final int TIME = 63;

  private int points;
  private long[] options = new long[64];
  private byte[] usual = new byte[64];
  private boolean[] free = new boolean[64];
  private final List<Deviation> taken = new ArrayList<>();

  /** At {@code point}, run {@code actor} instead of the usual one. */
  record Deviation(int point, int actor) {}

  /** Returns one of {@code options}, a set of bits. */
  abstract int choose(int point, long options, int usual);

  /** Notes that {@code actor} waits actively, or that the clock jumped. */
  void yielded(int actor) {}

  /**
   * Decides a point and notes it.
   *
   * @param isFree whether the running actor can't go on, so that any choice is no preemption
   */
  final int decide(long possible, int usualActor, boolean isFree) {
    if (points == options.length) {
      options = Arrays.copyOf(options, 2 * points);
      usual = Arrays.copyOf(usual, 2 * points);
      free = Arrays.copyOf(free, 2 * points);
    }
    options[points] = possible;
    usual[points] = (byte) usualActor;
    free[points] = isFree;
    int chosen = choose(points, possible, usualActor);
    if (chosen != usualActor) {
      taken.add(new Deviation(points, chosen));
    }
    points++;
    return chosen;
  }

  /** Returns how many points there were. */
  final int points() {
    return points;
  }

  /** Returns the choices at {@code point} other than the usual one, as a set of bits. */
  final long others(int point) {
    return options[point] & ~(1L << usual[point]);
  }

  /** Returns whether every choice at {@code point} is free. */
  final boolean isFree(int point) {
    return free[point];
  }

  /** Returns the deviations that were taken. */
  final List<Deviation> taken() {
    return List.copyOf(taken);
  }

  /** Takes the given deviations, in the order of their points, and the usual choice elsewhere. */
  static final class Fixed extends Choices {

    private final List<Deviation> deviations;
    private int next;

    Fixed(List<Deviation> deviations) {
      this.deviations = deviations;
    }

    @Override
    int choose(int point, long options, int usual) {
      if (next == deviations.size() || deviations.get(next).point != point) {
        return usual;
      }
      int actor = deviations.get(next++).actor;
      return (options & 1L << actor) != 0 ? actor : usual;
    }
  }

  /**
   * Probabilistic concurrency testing (Burckhardt et al., ASPLOS 2010): every actor has a random
   * priority, the highest that can run does, and at a few random points the running one's becomes
   * the lowest. Finds a bug that needs d ordered events in n actors and k points with a probability
   * of at least 1 / (n k^(d-1)) a run.
   */
  static final class Priorities extends Choices {

    private final double[] priority = new double[64];
    private final int[] changePoints;
    private double lowest;

    /** Makes the choices of {@code seed} for a scenario of about {@code expectedPoints} points. */
    Priorities(long seed, int expectedPoints) {
      SplittableRandom random = new SplittableRandom(seed);
      for (int actor = 0; actor < TIME; actor++) {
        priority[actor] = 1 + random.nextDouble();
      }
      changePoints = new int[1 + (int) (seed & 3)];
      for (int i = 0; i < changePoints.length; i++) {
        changePoints[i] = random.nextInt(Math.max(1, expectedPoints));
      }
    }

    @Override
    int choose(int point, long options, int usual) {
      for (int changePoint : changePoints) {
        if (changePoint == point) {
          if ((options & 1L << TIME) != 0 && (point & 1) != 0) {
            return TIME;
          }
          priority[usual] = --lowest;
        }
      }
      int best = usual;
      for (int actor = 0; actor < TIME; actor++) {
        if ((options & 1L << actor) != 0 && priority[actor] > priority[best]) {
          best = actor;
        }
      }
      return best;
    }

    @Override
    void yielded(int actor) {
      priority[actor] = --lowest;
    }
  }
}
