package dev.longpin.lab.hazard;

import dev.longpin.api.Access;
import dev.longpin.api.Holder;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.Pin;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.PinRefusedException.Reason;
import dev.longpin.lab.Column;
import dev.longpin.lab.Outcome;
import dev.longpin.lab.world.Device;
import dev.longpin.lab.world.Races.Kind;
import dev.longpin.lab.world.Races.Side;
import dev.longpin.lab.world.World;
import java.util.ArrayList;
import java.util.List;

/** Counts at their limits. */
final class CountHazards {

  /** Short pins that write: as many as a page counts, less one. */
  private static final int ALL_BUT_ONE = (1 << 10) - 2;

  private static final int WEIGHT = 5;

  private CountHazards() {}

  private static Side pinner(String name) {
    return Side.of(name, Kind.WORD);
  }

  static Plan overflow(Column column) {
    boolean faults = column == Column.NOTIFIER;
    List<Pin> held = new ArrayList<>();
    return Plan.of(
        Scenario.of(
                faults
                    ? "the last pin that a page counts, and a fault"
                    : "the last pin that a page counts, twice")
            .weight(WEIGHT)
            .setup(stage -> {
              held.clear();
              for (int i = 0; i < ALL_BUT_ONE; i++) {
                held.add(stage.world().file().pin(0, World.PAGE, Access.WRITE));
              }
            })
            .actor("pinner", faults ? CountHazards::fault : CountHazards::pinShort)
            .actor("other", CountHazards::pinShort)
            .end(stage -> held.forEach(Pin::close))
            .race(pinner("pinner"), Side.of("other", Kind.WORD, Kind.LOOK)));
  }

  /** A translation counts as a short pin. */
  private static void fault(Stage stage) throws Exception {
    Device device = stage.world().device("device");
    if (device.take(0, Access.WRITE)) {
      device.write();
      device.end();
    }
  }

  private static void pinShort(Stage stage) throws Exception {
    World world = stage.world();
    try (Pin _ = world.file().pin(0, World.PAGE, Access.WRITE)) {
      world.note("has a pin");
    } catch (PinRefusedException e) {
      if (e.reason() != Reason.LIMIT) {
        throw e;
      }
      world.saw(Outcome.REFUSED);
    }
  }

  static Plan limit(Column column) {
    if (!column.grantsLongtermPins()) {
      return Plan.none("no long-term pin is granted, so none is counted");
    }
    return Plan.of(
        Scenario.of("two holders and a limit of one page")
            .limitPages(1)
            .actor("pinner", stage -> pinLongterm(stage, "pinner"))
            .actor("other", stage -> pinLongterm(stage, "other"))
            .race(pinner("pinner"), pinner("other")));
  }

  private static void pinLongterm(Stage stage, String name) throws Exception {
    World world = stage.world();
    for (int i = 0; i < 2; i++) {
      try {
        LongtermPin pin =
            world.file().pinLongterm(0, World.PAGE, Access.READ, new Holder(name, "nic"));
        world.note("has a long-term pin");
        if (++stage.count > 1) {
          world.broken(Outcome.OVERFLOW, "two pages are pinned long-term, and one may be");
        }
        stage.count--;
        var _ = pin.release();
      } catch (PinRefusedException e) {
        if (e.reason() != Reason.LIMIT) {
          throw e;
        }
        world.saw(Outcome.REFUSED);
      }
    }
  }
}
