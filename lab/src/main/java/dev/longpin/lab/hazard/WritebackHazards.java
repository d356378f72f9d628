package dev.longpin.lab.hazard;

import static dev.longpin.lab.hazard.Actions.A_WHILE;
import static dev.longpin.lab.hazard.Actions.DEVICE;
import static dev.longpin.lab.hazard.Actions.TRUNCATER;
import static dev.longpin.lab.hazard.Actions.holdAndWrite;
import static dev.longpin.lab.hazard.Actions.truncate;
import static dev.longpin.lab.world.World.LONG;

import dev.longpin.api.Access;
import dev.longpin.api.Unmapping;
import dev.longpin.lab.world.Device;
import dev.longpin.lab.world.Races.Kind;
import dev.longpin.lab.world.Races.Side;

/** A page is cleaned, or its frame wanted, while a device or another writes. */
final class WritebackHazards {

  private static final Side CLEANER = Side.of("cleaner", Kind.WORD);

  private WritebackHazards() {}

  static Plan blockState() {
    return Plan.of(
        Scenario.of("clean, reclaim, write, unpin")
            .setup(stage -> stage.openOther())
            .actor("device", holdAndWrite(0, A_WHILE))
            .actor(
                "cleaner",
                stage -> {
                  stage.world().clean();
                  stage.needFrames();
                })
            .race(DEVICE, CLEANER));
  }

  static Plan dirtyCheck() {
    return Plan.of(
        Scenario.of("write and unpin against a force")
            .actor(
                "device",
                stage -> {
                  Device device = stage.world().device("device");
                  for (int i = 0; i < 2; i++) {
                    if (device.take(0, Access.WRITE)) {
                      device.write();
                      device.end();
                    }
                  }
                })
            .actor("cleaner", stage -> stage.world().force())
            .race(Side.of("device", Kind.DMA, Kind.WORD), CLEANER));
  }

  static Plan checksum() {
    return Plan.of(
        Scenario.of("write again and again against a force")
            .setup(stage -> {
              stage.world().write(0);
              stage.setDevice(stage.world().device("device"));
              boolean _ = stage.device().take(0, Access.WRITE);
            })
            .actor(
                "device",
                stage -> {
                  stage.device().write();
                  stage.device().write();
                  stage.device().end();
                })
            .actor("cleaner", stage -> stage.world().force())
            .race(DEVICE, CLEANER));
  }

  static Plan reclaim() {
    return Plan.of(
        Scenario.of("pin against reclaim, and then a write")
            .setup(stage -> stage.openOther())
            .actor(
                "device",
                stage -> {
                  Device device = stage.world().device("device");
                  if (device.take(0, Access.READ)) {
                    device.read();
                    device.idle(A_WHILE);
                    device.read();
                    device.end();
                  }
                })
            .actor(
                "reclaimer",
                stage -> {
                  stage.needFrames();
                  stage.raise();
                })
            .actor(
                "writer",
                stage -> {
                  stage.await(1);
                  stage.world().write(0); // which the device has to see
                })
            .race(
                Side.of("device", Kind.DMA, Kind.WORD),
                Side.of("reclaimer", Kind.WORD, Kind.LOOK)));
  }

  static Plan writeInFlight() {
    return Plan.of(
        Scenario.of("force against truncate")
            .setup(stage -> stage.world().write(1))
            .actor("cleaner", stage -> stage.world().force())
            .actor("truncater", truncate(Unmapping.within(LONG)))
            .race(Side.of("cleaner", Kind.STORE), TRUNCATER));
  }

  static Plan writesInOrder() {
    return Plan.of(
        Scenario.of("two forces and a writer")
            .setup(stage -> stage.world().write(0))
            .actor("cleaner", stage -> stage.world().force())
            .actor("forcer", stage -> stage.world().force())
            .actor(
                "writer",
                stage -> {
                  stage.world().write(0);
                  stage.world().write(0);
                })
            .race(Side.of("cleaner", Kind.STORE), Side.of("forcer", Kind.STORE, Kind.WORD)));
  }
}
