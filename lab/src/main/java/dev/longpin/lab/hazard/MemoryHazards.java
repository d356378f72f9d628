package dev.longpin.lab.hazard;

import static dev.longpin.lab.hazard.Actions.DEVICE;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.Pin;
import dev.longpin.lab.world.Races.Kind;
import dev.longpin.lab.world.Races.Side;
import dev.longpin.lab.world.World;
import java.util.ArrayList;
import java.util.List;

/** Memory is given back under a device. */
final class MemoryHazards {

  private MemoryHazards() {}

  static Plan migration() {
    return Plan.of(
        Scenario.of("write while the memory is given back, and taken again")
            .resizable()
            .setup(MemoryHazards::takeInMemoryThatGoes)
            .actor(
                "device",
                stage -> {
                  stage.device().write();
                  stage.device().write();
                  stage.device().end();
                })
            .actor(
                "migrator",
                stage -> {
                  stage.world().resize(true);
                  stage.world().resize(false);
                })
            .race(DEVICE, Side.of("migrator", Kind.WORD, Kind.LOOK)));
  }

  /** There is no room elsewhere, else the page would move before it is pinned. */
  private static void takeInMemoryThatGoes(Stage stage) throws Exception {
    World world = stage.world();
    CachedFile full = world.openOther("full", 2 * World.FRAMES - 2, 'x');
    world.readAll(full);
    List<Pin> pins = new ArrayList<>();
    for (long offset = 0; offset < full.size(); offset += World.PAGE) {
      pins.add(full.pin(offset, 1, Access.READ));
    }
    stage.setDevice(world.device("device"));
    if (stage.device().take(0, Access.WRITE)) {
      stage.device().write();
    }
    pins.forEach(Pin::close);
    full.evict();
  }
}
