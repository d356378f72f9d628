package dev.longpin.lab.hazard;

import static dev.longpin.lab.world.World.LONG;
import static dev.longpin.lab.world.World.PAGE;

import dev.longpin.api.Access;
import dev.longpin.api.Unmapping;
import dev.longpin.lab.Column;
import dev.longpin.lab.hazard.Scenario.Action;
import dev.longpin.lab.world.Device;
import dev.longpin.lab.world.Races.Kind;
import dev.longpin.lab.world.Races.Side;
import java.time.Duration;

/** A file gets shorter, or gets a hole, or gets longer, while a device writes. */
final class CutHazards {

  private static final Duration A_WHILE = Duration.ofSeconds(1);
  private static final Duration TEN = Duration.ofSeconds(10);

  static final Side DEVICE = Side.of("device", Kind.DMA);

  private CutHazards() {}

  /** Holds a page, writes to it now and a while later, unless it was told to stop. */
  static Action holdAndWrite(int page, Duration time) {
    return stage -> holdAndWrite(stage.world().device("device"), page, time);
  }

  static void holdAndWrite(Device device, int page, Duration time) throws Exception {
    if (device.take(page, Access.WRITE)) {
      device.write();
      device.idle(time);
      if (!device.isTold()) {
        device.write();
      }
      device.end();
    }
  }

  static Plan truncate(Column column) {
    Scenario cut =
        Scenario.of("truncate, and extend")
            .actor("device", holdAndWrite(1, A_WHILE))
            .actor(
                "truncater",
                stage -> {
                  if (stage.world().truncate(1, Unmapping.within(LONG))) {
                    stage.world().extend(2);
                  }
                })
            .race(DEVICE, Side.of("truncater", Kind.WORD));
    return column == Column.WAIT || column == Column.REVOKE
        ? Plan.of(cut, disconnect())
        : Plan.of(cut);
  }

  /** The holder hears nothing for so long that the page leaves the file without it. */
  private static Scenario disconnect() {
    return Scenario.of("truncate, disconnect at the deadline, and extend")
        .actor(
            "device",
            stage -> {
              Device device = stage.world().device("device");
              if (device.take(1, Access.WRITE)) {
                device.die();
                device.write();
                device.idle(TEN.multipliedBy(2));
                device.write();
                device.end();
              }
            })
        .actor(
            "truncater",
            stage -> {
              if (stage.world().truncate(1, Unmapping.within(TEN).orDisconnect())) {
                stage.world().extend(2);
              }
            })
        .race(DEVICE, Side.of("truncater", Kind.WORD));
  }

  static Plan punch() {
    return Plan.of(
        Scenario.of("punch")
            .actor("device", holdAndWrite(1, A_WHILE))
            .actor("puncher", stage -> stage.world().punch(1, Unmapping.within(LONG)))
            .race(DEVICE, Side.of("puncher", Kind.WORD)));
  }

  /** The byte that is watched lies past the end at first. */
  static Plan tail() {
    return Plan.of(
        Scenario.of("extend")
            .sizeBytes(PAGE + 2)
            .actor("device", holdAndWrite(1, Duration.ZERO))
            .actor("extender", stage -> stage.world().extend(2))
            .race(DEVICE, Side.of("extender", Kind.WORD)));
  }
}
