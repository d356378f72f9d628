package dev.longpin.lab.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.longpin.lab.Cell;
import dev.longpin.lab.LabResult;
import dev.longpin.lab.PolicyCost;

/** A run for programs. */
public final class LabJson {

  private static final int SCHEMA = 1;

  private LabJson() {}

  /** Returns the run as JSON. */
  public static String of(LabResult result) {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    root.put("schema", SCHEMA).put("seed", result.seed()).put("seconds", result.seconds());
    ArrayNode cells = root.putArray("cells");
    result.cells().forEach(cell -> cell(cells.addObject(), cell));
    ArrayNode costs = root.putArray("costs");
    result.costs().forEach(cost -> cost(costs.addObject(), cost));
    try {
      return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values", e);
    }
  }

  private static void cell(ObjectNode json, Cell cell) {
    json.put("hazard", cell.hazard().name())
        .put("policy", cell.column().label())
        .put("outcome", cell.outcome().label());
    ObjectNode outcomes = json.putObject("outcomes");
    cell.outcomes().forEach((outcome, count) -> outcomes.put(outcome.label(), count));
    json.put("schedules", cell.schedules())
        .put("exhaustive", cell.exhaustive())
        .put("bound", cell.bound())
        .put("hazard_hits", cell.hits())
        .put("violations", cell.violations())
        .put("guarantee", cell.hazard().guarantee())
        .put("reason", cell.reason())
        .put("replay", cell.replay());
    if (!cell.timeline().isEmpty()) {
      ArrayNode timeline = json.putArray("timeline");
      cell.timeline()
          .forEach(moment ->
              timeline.addObject().put("actor", moment.actor()).put("what", moment.what()));
    }
    if (!cell.proof().isEmpty()) {
      ArrayNode calls = json.putArray("calls");
      cell.proof()
          .forEach(call ->
              calls
                  .addObject()
                  .put("call", call.name())
                  .put("arguments", call.arguments())
                  .put("result", call.result()));
    }
  }

  private static void cost(ObjectNode json, PolicyCost cost) {
    json.put("policy", cost.column().label())
        .put("truncates", cost.truncates())
        .put("truncate_p50_us", cost.medianMicros())
        .put("truncate_p99_us", cost.p99Micros())
        .put("refused", cost.refused())
        .put("timed_out", cost.timedOut())
        .put("pins_refused", cost.pinsRefused())
        .put("revocations", cost.revocations());
  }
}
