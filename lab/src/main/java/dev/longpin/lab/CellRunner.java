package dev.longpin.lab;

import dev.longpin.lab.Cell.Moment;
import dev.longpin.lab.hazard.Hazards;
import dev.longpin.lab.hazard.Plan;
import dev.longpin.lab.hazard.Scenario;
import dev.longpin.lab.hazard.Stage;
import dev.longpin.lab.world.Races;
import dev.longpin.lab.world.Violation;
import dev.longpin.lab.world.World;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Result;
import dev.longpin.schedule.ScheduleFailure;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tries one cell: each scenario under all schedules with at most one preemption, as far as the
 * bound goes, then under a sample of those with two, then under random priorities.
 */
final class CellRunner {

  private static final int STEP_LIMIT = 200_000;

  private final Hazard hazard;
  private final Column column;
  private final LabOptions options;
  private final MemorySegment region =
      Arena.ofAuto().allocate(World.memoryBytes(), 4L * World.PAGE);
  private final Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
  private final List<String> bounds = new ArrayList<>();
  private long schedules;
  private long hits;
  private boolean exhaustive = true;

  // Of the schedule that runs:
  private volatile @Nullable Races races;

  CellRunner(Hazard hazard, Column column, LabOptions options) {
    this.hazard = hazard;
    this.column = column;
    this.options = options;
  }

  Cell run() {
    Plan plan = Hazards.plan(hazard, column);
    if (plan.scenarios().isEmpty()) {
      return Cell.notApplicable(hazard, column, plan.reason());
    }
    for (int i = 0; i < plan.scenarios().size(); i++) {
      Scenario scenario = plan.scenarios().get(i);
      long hitsBefore = hits;
      try {
        explore(scenario, plan.scenarios().size());
      } catch (ScheduleFailure failure) {
        return failed(i, scenario, failure);
      }
      if (hits == hitsBefore) {
        outcomes.merge(Outcome.NOT_REACHED, 1L, Long::sum);
        return cell(Outcome.NOT_REACHED, scenario.name() + ": the racing steps never met");
      }
    }
    return cell(worst(), "");
  }

  /** Runs one schedule of a cell again, by what {@link Cell#replay} says after the cell's name. */
  Cell replay(String id) {
    int colon = id.indexOf('/');
    int number = Integer.parseInt(id.substring(0, colon));
    Scenario scenario = Hazards.plan(hazard, column).scenarios().get(number);
    try {
      List<String> _ = explorer(scenario).replay(id.substring(colon + 1));
    } catch (ScheduleFailure failure) {
      return failed(number, scenario, failure);
    }
    return cell(worst(), "this schedule breaks nothing");
  }

  private Outcome worst() {
    return outcomes.keySet().stream().max(Outcome::compareTo).orElse(Outcome.OK);
  }

  private ScheduleExplorer<Stage> explorer(Scenario scenario) {
    ScheduleExplorer<Stage> explorer =
        ScheduleExplorer.of(() -> begin(scenario))
            .stepLimit(STEP_LIMIT)
            .seed(options.seed())
            .watch((actor, step, target, index) -> {
              Races watching = races;
              if (watching != null) {
                watching.step(actor, step, target, index);
                watching.world().step(step, target);
              }
            })
            .check(stage -> end(scenario, stage));
    scenario
        .actors()
        .forEach(actor -> explorer.actor(actor.name(), stage -> actor.action().act(stage)));
    return explorer;
  }

  private Stage begin(Scenario scenario) throws Exception {
    World world = World.of(column, region, scenario.shape());
    Stage stage = new Stage(world);
    scenario.setup().act(stage);
    races = new Races(world, scenario.pair());
    return stage;
  }

  private void end(Scenario scenario, Stage stage) throws Exception {
    schedules++;
    if (Objects.requireNonNull(races).met()) {
      hits++;
    }
    scenario.end().act(stage);
    stage.world().check();
    outcomes.merge(stage.world().worst(), 1L, Long::sum);
  }

  private void explore(Scenario scenario, int scenarios) {
    int budget = Math.max(20, options.schedules() / scenario.weight() / scenarios);
    ScheduleExplorer<Stage> explorer = explorer(scenario);
    Result one = explorer.preemptions(1).exhaustive(budget / 2);
    int left = (int) Math.max(budget / 4, budget - one.schedules());
    Result two = explorer.preemptions(2).exhaustive(left / 2);
    Result random = explorer.random(left / 2);
    exhaustive &= one.exhausted();
    bounds.add(
        "%s: %s%d with at most 1 preemption, %s%d with at most 2, %d by random priorities"
            .formatted(
                scenario.name(),
                one.exhausted() ? "all " : "",
                one.schedules(),
                two.exhausted() ? "all " : "",
                two.schedules(),
                random.schedules()));
  }

  private Cell failed(int number, Scenario scenario, ScheduleFailure failure) {
    Violation violation = failure.getCause() instanceof Violation seen ? seen : null;
    Outcome outcome =
        switch (failure.kind()) {
          case DEADLOCK -> Outcome.DEADLOCK;
          case LIVELOCK -> Outcome.HANG;
          case THROWN -> violation == null ? Outcome.THREW : violation.outcome();
        };
    outcomes.merge(outcome, 1L, Long::sum);
    exhaustive = false;
    String what =
        violation == null
            ? String.valueOf(failure.getMessage()).lines().findFirst().orElse("")
            : violation.getMessage();
    return cell(
        outcome,
        1,
        scenario.name() + ": " + what,
        hazard + "/" + column.label() + "/" + number + "/" + failure.id(),
        violation == null
            ? failure.trace().stream().map(CellRunner::moment).toList()
            : violation.log());
  }

  /** A line of a trace: number, actor, step. */
  private static Moment moment(String line) {
    String[] parts = line.strip().split("\\s+", 3);
    return parts.length < 3 ? new Moment("", line) : new Moment(parts[1], parts[2]);
  }

  private Cell cell(Outcome outcome, String reason) {
    return cell(outcome, 0, reason, "", List.of());
  }

  private Cell cell(
      Outcome outcome, long violations, String reason, String replay, List<Moment> timeline) {
    return new Cell(
        hazard,
        column,
        outcome,
        Map.copyOf(outcomes),
        schedules,
        exhaustive,
        String.join("; ", bounds),
        hits,
        violations,
        reason,
        replay,
        timeline,
        List.of());
  }
}
