package dev.longpin.lab.hazard;

import dev.longpin.api.Access;
import dev.longpin.api.Unmapping;
import dev.longpin.lab.hazard.Scenario.Action;
import dev.longpin.lab.world.Device;
import dev.longpin.lab.world.Races.Kind;
import dev.longpin.lab.world.Races.Side;
import java.time.Duration;

/** What actors of more than one hazard do, and how long it takes them in simulated time. */
final class Actions {

  /** Less than any deadline of a hazard. */
  static final Duration A_WHILE = Duration.ofSeconds(1);

  /** A deadline that a deaf device outlasts. */
  static final Duration TEN = Duration.ofSeconds(10);

  /** A device that races with its accesses alone. */
  static final Side DEVICE = Side.of("device", Kind.DMA);

  static final Side TRUNCATER = Side.of("truncater", Kind.WORD);

  private Actions() {}

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

  /**
   * Holds the second page and hears nothing: writes to it now and a while later, whatever comes.
   */
  static void holdDeaf(Device device, Duration time) throws Exception {
    if (device.take(1, Access.WRITE)) {
      device.die();
      device.write();
      device.idle(time);
      device.write();
      device.end();
    }
  }

  /** Cuts off the second page, whether that comes to pass or not. */
  static Action truncate(Unmapping how) {
    return stage -> {
      boolean _ = stage.world().truncate(1, how);
    };
  }

  /** Cuts off the second page, and then adds another in its place. */
  static Action truncateAndExtend(Unmapping how) {
    return stage -> {
      if (stage.world().truncate(1, how)) {
        stage.world().extend(2);
      }
    };
  }
}
