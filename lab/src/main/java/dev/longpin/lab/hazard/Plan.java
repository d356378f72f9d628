package dev.longpin.lab.hazard;

import java.util.List;

/**
 * How a cell is tried.
 *
 * @param scenarios one after the other
 * @param reason why there are none
 */
public record Plan(List<Scenario> scenarios, String reason) {

  static Plan of(Scenario... scenarios) {
    return new Plan(List.of(scenarios), "");
  }

  static Plan none(String reason) {
    return new Plan(List.of(), reason);
  }
}
