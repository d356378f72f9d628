package dev.longpin.lab.hazard;

import dev.longpin.lab.Column;
import dev.longpin.lab.Hazard;
import java.util.Map;

/** Which scenarios try a hazard in a column. */
public final class Hazards {

  /** What there is not where the pages are the storage, so that the hazard is not either. */
  private static final Map<Hazard, String> DAX_LACKS = daxLacks();

  private Hazards() {}

  private static Map<Hazard, String> daxLacks() {
    String clean = "what was written is in the file at once: no page gets dirty";
    String writeback = "nothing is written back: no copy, and no checksum of one (I4 exempts DAX)";
    String place = "a page stays where its file has it: nothing is reclaimed or moved";
    return Map.of(
        Hazard.H3, clean,
        Hazard.H4, clean,
        Hazard.H5, writeback,
        Hazard.H8, place,
        Hazard.H9, place,
        Hazard.H19, writeback,
        Hazard.H20, writeback);
  }

  /** Returns how a cell is tried. */
  public static Plan plan(Hazard hazard, Column column) {
    if (column.policy() == null) {
      return Plan.none("there is no cache of ours in this column");
    }
    if (column == Column.DAX && !DAX_LACKS.getOrDefault(hazard, "").isEmpty()) {
      return Plan.none(DAX_LACKS.getOrDefault(hazard, ""));
    }
    return switch (hazard) {
      case H1 -> CutHazards.truncate(column);
      case H2 -> CutHazards.punch();
      case H3 -> WritebackHazards.blockState();
      case H4 -> WritebackHazards.dirtyCheck();
      case H5 -> WritebackHazards.checksum();
      case H6 -> CutHazards.tail();
      case H7 -> CutHazards.extent(column);
      case H8 -> WritebackHazards.reclaim();
      case H9 -> MemoryHazards.migration();
      case H10 -> HolderHazards.deviceFault(column);
      case H11 -> HolderHazards.deregistration();
      case H12 -> KeyHazards.reuse(column);
      case H13 -> HolderHazards.deadlock(column);
      case H14 -> HolderHazards.again(column);
      case H15 -> CountHazards.overflow(column);
      case H16 -> CountHazards.limit(column);
      case H17 -> HolderHazards.close(column);
      case H18 -> HolderHazards.death(column);
      case H19 -> WritebackHazards.writeInFlight();
      case H20 -> WritebackHazards.writesInOrder();
    };
  }
}
