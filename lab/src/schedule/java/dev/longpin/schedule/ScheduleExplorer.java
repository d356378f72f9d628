package dev.longpin.schedule;

import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.schedule.Choices.Deviation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs a scenario under many schedules: fresh state, named actors that share it, and a check when
 * all of them have ended. Every step of the {@link dev.longpin.base.Seam} is a place where another
 * actor may go on. The first schedule that fails is made as short as possible and thrown as a
 * {@link ScheduleFailure}.
 *
 * <p>A scenario must be deterministic but for the choice of the schedule: no clock, no random
 * numbers and no threads but those of the seam.
 *
 * <p>The memory is sequentially consistent: what only a weaker one could show is not found here.
 *
 * @param <S> the state that the actors share
 */
public final class ScheduleExplorer<S> {

  private static final int SHORTENING_RUNS = 400;
  private static final int MAX_PENDING = 4_000_000;

  /** Makes the state of one schedule. */
  @FunctionalInterface
  public interface Setup<S> {
    S make() throws Exception;
  }

  /** What an actor or the check does. */
  @FunctionalInterface
  public interface Action<S> {
    void act(S state) throws Exception;
  }

  /** When the virtual clock may jump to the next deadline. */
  public enum Time {
    /** Never: a wait that only its deadline would end is a deadlock. For lost wake-ups. */
    STOPPED,
    /** When nobody can run otherwise. */
    WHEN_IDLE,
    /** At any point, as a preemption. */
    ANYTIME
  }

  /**
   * How far a search came without a failure.
   *
   * @param schedules how many schedules were run
   * @param exhausted whether those were all within the bound on preemptions
   * @param points the most points of choice in one schedule
   * @param elapsed in real time
   */
  public record Result(long schedules, boolean exhausted, int points, Duration elapsed) {

    @Override
    public String toString() {
      long perSecond = schedules * 1_000_000_000L / Math.max(1, elapsed.toNanos());
      return schedules
          + (exhausted ? " schedules (all), " : " schedules, ")
          + points
          + " points, "
          + perSecond
          + " a second";
    }
  }

  private record Named<S>(String name, Action<S> action) {}

  /** A schedule to be run: its parent's deviations and one more. */
  private record Node(@Nullable Node parent, int point, int actor) {

    static final Node ROOT = new Node(null, -1, 0);

    List<Deviation> deviations() {
      List<Deviation> deviations = new ArrayList<>();
      for (Node node = this; node.parent != null; node = node.parent) {
        deviations.add(new Deviation(node.point, node.actor));
      }
      return deviations.reversed();
    }
  }

  private final Setup<S> setup;
  private final List<Named<S>> actors = new ArrayList<>();
  private Action<S> check = state -> {};
  private int preemptions = 2;
  private int stepLimit = 20_000;
  private Time time = Time.WHEN_IDLE;
  private Watcher watcher = (actor, step, target, index) -> {};
  private long seed = 1;
  private long untilNanos = Long.MAX_VALUE;

  private ScheduleExplorer(Setup<S> setup) {
    this.setup = setup;
  }

  /** Starts a scenario; {@code setup} runs under the scheduler, before any actor. */
  public static <S> ScheduleExplorer<S> of(Setup<S> setup) {
    return new ScheduleExplorer<>(setup);
  }

  /** Adds an actor. */
  public ScheduleExplorer<S> actor(String name, Action<S> action) {
    actors.add(new Named<>(name, action));
    return this;
  }

  /** Sets the check, which runs under the scheduler when every actor has ended. */
  public ScheduleExplorer<S> check(Action<S> action) {
    check = action;
    return this;
  }

  /** Sets how often at most a schedule switches away from an actor that could go on. */
  public ScheduleExplorer<S> preemptions(int bound) {
    preemptions = bound;
    return this;
  }

  /** Sets how many steps a schedule may have before it counts as a livelock. */
  public ScheduleExplorer<S> stepLimit(int limit) {
    stepLimit = limit;
    return this;
  }

  /** Sets when the clock moves. */
  public ScheduleExplorer<S> time(Time when) {
    time = when;
    return this;
  }

  /** Sets what sees the steps of the schedules. */
  public ScheduleExplorer<S> watch(Watcher next) {
    watcher = next;
    return this;
  }

  /** Sets what samples and random schedules depend on. */
  public ScheduleExplorer<S> seed(long next) {
    seed = next;
    return this;
  }

  /** Sets for how long new schedules are begun. */
  public ScheduleExplorer<S> within(Duration length) {
    untilNanos = System.nanoTime() + length.toNanos();
    return this;
  }

  private boolean isInTime() {
    return untilNanos == Long.MAX_VALUE || System.nanoTime() - untilNanos < 0;
  }

  /** Blocks the calling actor for a time on the virtual clock. */
  public static void sleep(Duration length) throws InterruptedException {
    EventCount never = new EventCount();
    never.await(never.ticket(), Deadline.after(length));
  }

  /** Makes the present or next wait of an actor that has a deadline end as by an interrupt. */
  public static void interrupt(String actor) {
    ControlledScheduler.interrupt(actor);
  }

  /**
   * Runs every schedule within the bound on preemptions, those with fewer ones first; more than
   * {@code budget} schedules are sampled.
   *
   * @throws ScheduleFailure if one fails
   */
  public Result exhaustive(int budget) {
    long start = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    List<List<Node>> pending = new ArrayList<>();
    for (int i = 0; i <= preemptions; i++) {
      pending.add(new ArrayList<>());
    }
    pending.getFirst().add(Node.ROOT);
    boolean dropped = false;
    int most = 0;
    int runs = 0;
    for (int used = 0; used <= preemptions; used++) {
      List<Node> level = pending.get(used);
      while (!level.isEmpty() && runs < budget && isInTime()) {
        int at = random.nextInt(level.size());
        Node node = level.set(at, level.getLast());
        level.removeLast();
        Choices choices = new Choices.Fixed(node.deviations());
        run(choices, "");
        runs++;
        most = Math.max(most, choices.points());
        for (int point = node.point + 1; point < choices.points(); point++) {
          int cost = used + (choices.isFree(point) ? 0 : 1);
          for (long left = choices.others(point); left != 0; left &= left - 1) {
            if (cost <= preemptions && pending.get(cost).size() < MAX_PENDING) {
              pending.get(cost).add(new Node(node, point, Long.numberOfTrailingZeros(left)));
            } else {
              dropped |= cost <= preemptions;
            }
          }
        }
      }
    }
    boolean exhausted = !dropped && pending.stream().allMatch(List::isEmpty);
    return new Result(runs, exhausted, most, Duration.ofNanos(System.nanoTime() - start));
  }

  /**
   * Runs so many schedules of random priorities.
   *
   * @throws ScheduleFailure if one fails
   */
  public Result random(int count) {
    long start = System.nanoTime();
    int most = 0;
    int runs = 0;
    for (; runs < count && isInTime(); runs++) {
      Choices choices = new Choices.Priorities(seed + runs, most);
      run(choices, "seed " + (seed + runs) + ": ");
      most = Math.max(most, choices.points());
    }
    return new Result(runs, false, most, Duration.ofNanos(System.nanoTime() - start));
  }

  /**
   * Runs one schedule.
   *
   * @param id as a {@link ScheduleFailure} gives it
   * @return the trace
   * @throws ScheduleFailure if it fails
   */
  public List<String> replay(String id) {
    List<Deviation> deviations = new ArrayList<>();
    for (String part : id.isEmpty() ? new String[0] : id.split(",", -1)) {
      String[] numbers = part.split(":", -1);
      deviations.add(new Deviation(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1])));
    }
    Trace trace = new Trace();
    ControlledScheduler scheduler = runOnce(new Choices.Fixed(deviations), trace);
    if (scheduler.failure() != null) {
      throw failure(scheduler, deviations, "", trace);
    }
    return trace.lines();
  }

  private void run(Choices choices, String origin) {
    ControlledScheduler scheduler = runOnce(choices, null);
    if (scheduler.failure() == null) {
      return;
    }
    List<Deviation> shortest = shorten(choices.taken(), scheduler.failure());
    Trace trace = new Trace();
    ControlledScheduler again = runOnce(new Choices.Fixed(shortest), trace);
    if (again.failure() == null) {
      throw new IllegalStateException(
          "the scenario isn't deterministic: it failed once, not twice: " + scheduler.failureText(),
          scheduler.failureCause());
    }
    throw failure(again, shortest, origin, trace);
  }

  /** Leaves out deviations as long as the schedule fails in the same way. */
  private List<Deviation> shorten(List<Deviation> failing, ScheduleFailure.Kind kind) {
    List<Deviation> shortest = new ArrayList<>(failing);
    int runs = 0;
    for (int size = Math.max(1, shortest.size() / 2); size > 0; size /= 2) {
      for (int from = shortest.size() - size; from >= 0 && runs < SHORTENING_RUNS; from -= size) {
        if (from + size > shortest.size()) {
          continue;
        }
        List<Deviation> shorter = new ArrayList<>(shortest);
        shorter.subList(from, from + size).clear();
        Choices choices = new Choices.Fixed(shorter);
        runs++;
        if (runOnce(choices, null).failure() == kind) {
          shortest = new ArrayList<>(choices.taken());
        }
      }
    }
    return shortest;
  }

  private ControlledScheduler runOnce(Choices choices, @Nullable Trace trace) {
    ControlledScheduler scheduler = new ControlledScheduler(choices, time, stepLimit, watcher, trace);
    scheduler.run(() -> {
      S state = setup.make();
      for (Named<S> actor : actors) {
        scheduler.addNamed(actor.name, () -> actor.action.act(state));
      }
      scheduler.runNamed();
      check.act(state);
    });
    return scheduler;
  }

  private static ScheduleFailure failure(
      ControlledScheduler scheduler, List<Deviation> deviations, String origin, Trace trace) {
    String id =
        deviations.stream()
            .map(deviation -> deviation.point() + ":" + deviation.actor())
            .collect(Collectors.joining(","));
    return new ScheduleFailure(
        java.util.Objects.requireNonNull(scheduler.failure()),
        id,
        origin + scheduler.failureText(),
        trace.lines(),
        scheduler.failureCause());
  }
}
