package dev.longpin.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A small run of each row under every policy that ships. A method a row, so that a mutation can
 * name the one that it has to turn red.
 */
@Timeout(300)
class MatrixTest {

  private static final int SCHEDULES = 600;

  private static final Set<Column> SHIPPED =
      Arrays.stream(Column.values())
          .filter(Column::ships)
          .collect(Collectors.toCollection(() -> EnumSet.noneOf(Column.class)));

  private static List<Cell> run(Set<Hazard> hazards, Set<Column> columns) throws Exception {
    LabOptions options = new LabOptions(hazards, columns, SCHEDULES, 1, Path.of("target"));
    return new Lab(options).run(cell -> {});
  }

  private static void assertHolds(Hazard hazard) throws Exception {
    List<Cell> cells = run(EnumSet.of(hazard), SHIPPED);
    assertThat(cells).hasSize(SHIPPED.size());
    for (Cell cell : cells) {
      assertThat(cell.outcome().isBad())
          .as("%s %s: %s", hazard, cell.column().label(), cell.reason())
          .isFalse();
      if (cell.outcome() != Outcome.NOT_APPLICABLE) {
        assertThat(cell.hits()).isPositive();
        assertThat(cell.schedules()).isPositive();
      } else {
        assertThat(cell.reason()).isNotEmpty();
      }
    }
  }

  @Test
  void h1() throws Exception {
    assertHolds(Hazard.H1);
  }

  @Test
  void h2() throws Exception {
    assertHolds(Hazard.H2);
  }

  @Test
  void h3() throws Exception {
    assertHolds(Hazard.H3);
  }

  @Test
  void h4() throws Exception {
    assertHolds(Hazard.H4);
  }

  @Test
  void h5() throws Exception {
    assertHolds(Hazard.H5);
  }

  @Test
  void h6() throws Exception {
    assertHolds(Hazard.H6);
  }

  @Test
  void h7() throws Exception {
    assertHolds(Hazard.H7);
  }

  @Test
  void h8() throws Exception {
    assertHolds(Hazard.H8);
  }

  @Test
  void h9() throws Exception {
    assertHolds(Hazard.H9);
  }

  @Test
  void h10() throws Exception {
    assertHolds(Hazard.H10);
  }

  @Test
  void h11() throws Exception {
    assertHolds(Hazard.H11);
  }

  @Test
  void h12() throws Exception {
    assertHolds(Hazard.H12);
  }

  @Test
  void h13() throws Exception {
    assertHolds(Hazard.H13);
  }

  @Test
  void h14() throws Exception {
    assertHolds(Hazard.H14);
  }

  @Test
  void h15() throws Exception {
    assertHolds(Hazard.H15);
  }

  @Test
  void h16() throws Exception {
    assertHolds(Hazard.H16);
  }

  @Test
  void h17() throws Exception {
    assertHolds(Hazard.H17);
  }

  @Test
  void h18() throws Exception {
    assertHolds(Hazard.H18);
  }

  @Test
  void h19() throws Exception {
    assertHolds(Hazard.H19);
  }

  @Test
  void h20() throws Exception {
    assertHolds(Hazard.H20);
  }

  /** The canaries: the same code with a policy that looks at no pin. */
  @Test
  void withoutProtectionItBreaksAsLinuxDid() throws Exception {
    Set<Hazard> rows =
        EnumSet.of(Hazard.H1, Hazard.H2, Hazard.H3, Hazard.H5, Hazard.H7, Hazard.H8, Hazard.H9);
    List<Cell> cells = run(rows, EnumSet.of(Column.UNPROTECTED));
    assertThat(cells)
        .extracting(Cell::outcome)
        .containsExactly(
            Outcome.LOST_WRITE,
            Outcome.LOST_WRITE,
            Outcome.BLOCKS_MISSING,
            Outcome.TORN_WRITEBACK,
            Outcome.REUSED_FRAME,
            Outcome.OK,
            Outcome.GAVE_UP);
    assertThat(new LabResult(1, 0, cells, List.of()).canariesThatLive()).isEmpty();
  }

  /** Each alternative does what its idea says, not only nothing bad. */
  @Test
  void theTableReadsAsTheDiscussionWouldPredict() throws Exception {
    assertThat(run(EnumSet.of(Hazard.H2), SHIPPED))
        .extracting(Cell::column, Cell::outcome)
        .containsExactly(
            tuple(Column.REFUSE, Outcome.REFUSED),
            tuple(Column.FLAG_ALL, Outcome.REFUSED),
            tuple(Column.GIVE_UP, Outcome.GAVE_UP),
            tuple(Column.WAIT, Outcome.WAITED),
            tuple(Column.REVOKE, Outcome.REVOKED),
            tuple(Column.NOTIFIER, Outcome.WAITED),
            tuple(Column.DAX, Outcome.REFUSED));
  }

  @Test
  void aBadScheduleCanBeRunAgain() throws Exception {
    LabOptions options =
        new LabOptions(
            EnumSet.of(Hazard.H5), EnumSet.of(Column.UNPROTECTED), SCHEDULES, 1, Path.of("target"));
    Lab lab = new Lab(options);
    Cell bad = lab.run(cell -> {}).getFirst();
    assertThat(bad.outcome()).isEqualTo(Outcome.TORN_WRITEBACK);
    Cell again = lab.replay(bad.replay());
    assertThat(again.outcome()).isEqualTo(Outcome.TORN_WRITEBACK);
    assertThat(again.timeline()).isEqualTo(bad.timeline()).isNotEmpty();
    Cell fine = lab.replay("H5/revoke/0/");
    assertThat(fine.violations()).isZero();
  }

  /** Two runs of a seed try the same schedules and see the same. */
  @Test
  void aRunIsDeterministic() throws Exception {
    Set<Hazard> rows = EnumSet.of(Hazard.H4);
    Set<Column> columns = EnumSet.of(Column.REVOKE, Column.NOTIFIER);
    assertThat(run(rows, columns)).isEqualTo(run(rows, columns));
  }

  @Test
  void theLiveKernelShowsItsCalls() throws Exception {
    Cell cell = run(EnumSet.of(Hazard.H1), EnumSet.of(Column.KERNEL)).getFirst();
    assertThat(cell.fails()).isFalse();
    assertThat(cell.proof()).isNotEmpty();
    assertThat(cell.reason()).isNotEmpty();
    Cell untried = run(EnumSet.of(Hazard.H14), EnumSet.of(Column.KERNEL)).getFirst();
    assertThat(untried.outcome()).isEqualTo(Outcome.NOT_APPLICABLE);
    assertThat(untried.reason()).contains("no revocation");
  }
}
