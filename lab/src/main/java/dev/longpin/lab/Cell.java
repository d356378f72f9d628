package dev.longpin.lab;

import java.util.List;
import java.util.Map;

/**
 * What came of one hazard in one column.
 *
 * @param outcome the worst
 * @param outcomes how many schedules ended with each
 * @param schedules how many were run
 * @param exhaustive whether those were all within the bound
 * @param bound which schedules were run, in words
 * @param hits in how many of them the two racing steps met
 * @param violations how many broke a guarantee: 1 at most, since the first ends the search
 * @param reason why it is not applicable, or what went wrong; may be empty
 * @param replay what runs the bad schedule again; empty if there is none
 * @param timeline what the actors did in the bad schedule
 * @param proof what the live kernel was asked and answered
 */
public record Cell(
    Hazard hazard,
    Column column,
    Outcome outcome,
    Map<Outcome, Long> outcomes,
    long schedules,
    boolean exhaustive,
    String bound,
    long hits,
    long violations,
    String reason,
    String replay,
    List<Moment> timeline,
    List<Call> proof) {

  /** Something that an actor did. */
  public record Moment(String actor, String what) {}

  /** A system call, or a comparison, and its raw result. */
  public record Call(String name, String arguments, String result) {}

  static Cell notApplicable(Hazard hazard, Column column, String reason) {
    return new Cell(
        hazard,
        column,
        Outcome.NOT_APPLICABLE,
        Map.of(Outcome.NOT_APPLICABLE, 1L),
        0,
        false,
        "",
        0,
        0,
        reason,
        "",
        List.of(),
        List.of());
  }

  /** Returns whether a policy that ships broke a guarantee here, or nothing was shown of it. */
  public boolean fails() {
    return column.ships() && outcome.isBad();
  }
}
