package dev.longpin.lab.hazard;

import dev.longpin.lab.Column;
import dev.longpin.lab.Hazard;

/** Which scenarios try a hazard in a column. */
public final class Hazards {

  private Hazards() {}

  /** Returns how a cell is tried. */
  public static Plan plan(Hazard hazard, Column column) {
    if (column == Column.DAX) {
      return Plan.none("there is no DAX store yet");
    }
    if (column.policy() == null) {
      return Plan.none("there is no cache of ours in this column");
    }
    return switch (hazard) {
      case H1 -> CutHazards.truncate(column);
      case H2 -> CutHazards.punch();
      case H3 -> WritebackHazards.blockState();
      case H4 -> WritebackHazards.dirtyCheck();
      case H5 -> WritebackHazards.checksum();
      case H6 -> CutHazards.tail();
      case H7 ->
          Plan.none("an extent can only be given away under a page that is the storage: DAX");
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
      case H18 -> HolderHazards.death();
      case H19 -> WritebackHazards.writeInFlight();
      case H20 -> WritebackHazards.writesInOrder();
    };
  }
}
