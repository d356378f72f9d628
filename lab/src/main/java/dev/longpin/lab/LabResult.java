package dev.longpin.lab;

import java.util.List;

/**
 * What came of a run.
 *
 * @param seed what samples depended on
 * @param seconds how long it took
 * @param cells by rows
 * @param costs what each policy costs, measured without the scheduler; may be empty
 */
public record LabResult(long seed, double seconds, List<Cell> cells, List<PolicyCost> costs) {

  /**
   * Returns what the canaries did not do: unprotected, H1 to H3, H5 and H7 break, H8 and H9 hold.
   */
  public List<String> canariesThatLive() {
    return cells.stream()
        .filter(cell -> cell.column() == Column.UNPROTECTED)
        .filter(cell ->
            switch (cell.hazard()) {
              case H1, H2, H3, H5, H7 -> !cell.outcome().isBad() || cell.violations() == 0;
              case H8, H9 -> cell.outcome().isBad();
              default -> false;
            })
        .map(cell ->
            cell.hazard()
                + (cell.hazard() == Hazard.H8 || cell.hazard() == Hazard.H9
                    ? " has to hold without protection, as Linux did"
                    : " has to break without protection"))
        .toList();
  }

  /** Returns the cells in which a policy that ships broke a guarantee. */
  public List<Cell> failures() {
    return cells.stream().filter(Cell::fails).toList();
  }

  /** Returns whether every policy that ships held, and every canary sang. */
  public boolean isGood() {
    return failures().isEmpty() && canariesThatLive().isEmpty();
  }
}
