package dev.longpin.cli.lab;

import dev.longpin.lab.Cell;
import dev.longpin.lab.Column;
import dev.longpin.lab.Hazard;
import dev.longpin.lab.LabResult;
import dev.longpin.lab.Outcome;
import java.io.PrintWriter;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A run for people: the matrix, and what broke. */
final class LabTable {

  private static final int TITLE = 43;
  private static final int WIDTH = 15;
  private static final int LANE = 22;

  private final PrintWriter out;

  LabTable(PrintWriter out) {
    this.out = out;
  }

  void print(LabResult result) {
    Set<Column> columns = new LinkedHashSet<>();
    Map<Hazard, Map<Column, Cell>> rows = new EnumMap<>(Hazard.class);
    for (Cell cell : result.cells()) {
      columns.add(cell.column());
      rows.computeIfAbsent(cell.hazard(), _ -> new EnumMap<>(Column.class))
          .put(cell.column(), cell);
    }
    out.printf("%-" + TITLE + "s", "");
    columns.forEach(column -> out.printf("%-" + WIDTH + "s", column.label()));
    out.println();
    rows.forEach((hazard, cells) -> {
      String title = hazard + " " + hazard.title();
      out.printf("%-" + TITLE + "s", title.substring(0, Math.min(TITLE - 1, title.length())));
      columns.forEach(column -> out.printf("%-" + WIDTH + "s", word(cells.get(column))));
      out.println();
    });
    result.cells().stream().filter(cell -> cell.outcome().isBad()).forEach(this::broken);
    long schedules = result.cells().stream().mapToLong(Cell::schedules).sum();
    out.printf(
        Locale.ROOT,
        "%n%,d schedules in %.0f s, seed %d.%n",
        schedules,
        result.seconds(),
        result.seed());
    verdict(result);
    out.flush();
  }

  private static String word(@Nullable Cell cell) {
    if (cell == null || cell.outcome() == Outcome.NOT_APPLICABLE) {
      return "-";
    }
    return cell.outcome().isBad()
        ? cell.outcome().label().toUpperCase(Locale.ROOT)
        : cell.outcome().label();
  }

  private void broken(Cell cell) {
    out.printf(
        "%n%s %s: %s, against %s%n  %s%n",
        cell.hazard(),
        cell.column().label(),
        cell.outcome().label(),
        cell.hazard().guarantee(),
        cell.reason());
    if (!cell.replay().isEmpty()) {
      out.printf("  ./longpin lab --replay %s%n", cell.replay());
    }
  }

  private void verdict(LabResult result) {
    if (!result.failures().isEmpty()) {
      out.printf("FAILED: %d cells of policies that ship.%n", result.failures().size());
    }
    result.canariesThatLive().forEach(canary -> out.println("FAILED: " + canary));
    boolean ours = result.cells().stream().anyMatch(cell -> cell.column().ships());
    boolean canaries =
        result.cells().stream().anyMatch(cell -> cell.column() == Column.UNPROTECTED);
    if (result.isGood()) {
      out.println(
          (ours ? "Every policy held" : "No policy was tried")
              + (canaries ? "; the unprotected column broke as it has to." : "."));
    }
  }

  /** Draws what the actors did, each in a lane of its own. */
  void timeline(Cell cell) {
    List<String> actors = cell.timeline().stream().map(Cell.Moment::actor).distinct().toList();
    out.printf(
        "%s %s: %s%n%s%n%n",
        cell.hazard(), cell.column().label(), cell.outcome().label(), cell.reason());
    actors.forEach(actor -> out.printf("%-" + LANE + "s", actor));
    out.println();
    cell.timeline()
        .forEach(moment ->
            out.println(" ".repeat(LANE * actors.indexOf(moment.actor())) + moment.what()));
    out.flush();
  }
}
