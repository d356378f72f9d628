package dev.longpin.lab.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.longpin.lab.Cell;
import dev.longpin.lab.Cell.Call;
import dev.longpin.lab.Cell.Moment;
import dev.longpin.lab.Column;
import dev.longpin.lab.Hazard;
import dev.longpin.lab.LabResult;
import dev.longpin.lab.Outcome;
import dev.longpin.lab.PolicyCost;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What programs and people get. */
class ReportTest {

  private static Cell cell(Hazard hazard, Column column, Outcome outcome, long violations) {
    return new Cell(
        hazard,
        column,
        outcome,
        Map.of(outcome, 7L),
        7,
        true,
        "all 7",
        3,
        violations,
        "because </script>",
        violations == 0 ? "" : "H1/unprotected/0/1:2",
        List.of(new Moment("device", "writes")),
        List.of(new Call("ftruncate", "4096", "0")));
  }

  private static LabResult result(Cell... cells) {
    PolicyCost cost = new PolicyCost(Column.WAIT, 10, 1.5, 9.5, 1, 2, 3, 4);
    return new LabResult(5, 1.25, List.of(cells), List.of(cost));
  }

  @Test
  void jsonHasEveryField() throws Exception {
    LabResult result = result(cell(Hazard.H1, Column.UNPROTECTED, Outcome.LOST_WRITE, 1));
    JsonNode json = new ObjectMapper().readTree(LabJson.of(result));
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly("schema", "seed", "seconds", "cells", "costs");
    JsonNode cell = json.get("cells").get(0);
    assertThat(cell.fieldNames())
        .toIterable()
        .contains(
            "hazard",
            "policy",
            "outcome",
            "outcomes",
            "schedules",
            "exhaustive",
            "bound",
            "hazard_hits",
            "violations",
            "guarantee",
            "reason",
            "replay");
    assertThat(cell.get("policy").asText()).isEqualTo("unprotected");
    assertThat(cell.get("outcome").asText()).isEqualTo("lost write");
    assertThat(cell.get("outcomes").get("lost write").asLong()).isEqualTo(7);
    assertThat(cell.get("calls").get(0).get("result").asText()).isEqualTo("0");
    assertThat(json.get("costs").get(0).get("truncate_p99_us").asDouble()).isEqualTo(9.5);
  }

  /** One file, and whatever is in the data ends no script. */
  @Test
  void theReportNeedsNoNetwork() throws Exception {
    String html = HtmlReport.of(result(cell(Hazard.H1, Column.UNPROTECTED, Outcome.LOST_WRITE, 1)));
    assertThat(html).doesNotContain(" src=", "@import", "<link").contains("Chart", "lost write");
    assertThat(html.split("</script>", -1)).hasSize(3);
    assertThat(html).doesNotContain("/*DATA*/", "/*STYLE*/", "/*SCRIPT*/", "/*CHARTS*/");
  }

  @Test
  void everyRowIsExplainedInTwoParagraphs() throws Exception {
    String markdown;
    try (var in = HtmlReport.class.getResourceAsStream("/dev/longpin/lab/hazards.md")) {
      markdown = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    Map<Hazard, HazardText> texts = HazardText.read(markdown);
    assertThat(texts).containsOnlyKeys(Hazard.values());
    assertThat(texts.values())
        .allSatisfy(text -> {
          assertThat(text.paragraphs()).hasSize(2);
          assertThat(text.source()).isNotBlank();
        });
  }

  @Test
  void theVerdict() {
    Cell broken = cell(Hazard.H4, Column.REVOKE, Outcome.LOST_WRITE, 1);
    assertThat(result(broken).isGood()).isFalse();
    assertThat(result(broken).failures()).containsExactly(broken);
    Cell never = cell(Hazard.H4, Column.WAIT, Outcome.NOT_REACHED, 0);
    assertThat(result(never).isGood()).as("nothing was shown").isFalse();
    Cell kernel = cell(Hazard.H1, Column.KERNEL, Outcome.LOST_WRITE, 1);
    assertThat(result(kernel).isGood()).as("not ours").isTrue();
    Cell lives = cell(Hazard.H1, Column.UNPROTECTED, Outcome.OK, 0);
    assertThat(result(lives).canariesThatLive()).hasSize(1);
    assertThat(result(lives).isGood()).isFalse();
    Cell dies = cell(Hazard.H8, Column.UNPROTECTED, Outcome.REUSED_FRAME, 1);
    assertThat(result(dies).canariesThatLive()).hasSize(1);
  }
}
