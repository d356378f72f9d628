package dev.longpin.lab.hazard;

import static dev.longpin.lab.hazard.Actions.A_WHILE;
import static dev.longpin.lab.hazard.Actions.DEVICE;
import static dev.longpin.lab.hazard.Actions.TEN;
import static dev.longpin.lab.hazard.Actions.TRUNCATER;
import static dev.longpin.lab.hazard.Actions.holdAndWrite;
import static dev.longpin.lab.hazard.Actions.holdDeaf;
import static dev.longpin.lab.hazard.Actions.truncate;
import static dev.longpin.lab.hazard.Actions.truncateAndExtend;
import static dev.longpin.lab.world.World.LONG;
import static dev.longpin.lab.world.World.PAGE;

import dev.longpin.api.Access;
import dev.longpin.api.Holder;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.Pin;
import dev.longpin.api.Revocation;
import dev.longpin.api.RevocationHandler;
import dev.longpin.api.Unmapping;
import dev.longpin.lab.Column;
import dev.longpin.lab.hazard.Scenario.Action;
import dev.longpin.lab.world.Device;
import dev.longpin.lab.world.Races.Kind;
import dev.longpin.lab.world.Races.Side;
import dev.longpin.lab.world.World;
import dev.longpin.schedule.ScheduleExplorer;
import java.lang.foreign.MemorySegment;

/** Holders that are slow, deaf, dead, or need what the one who waits for them has. */
final class HolderHazards {

  private static final String NO_HOLDER = "no long-term pin is granted, so there is no holder";

  private HolderHazards() {}

  static Plan deviceFault(Column column) {
    if (column != Column.NOTIFIER) {
      return Plan.none("no device of this column has a page table of its own");
    }
    return Plan.of(
        Scenario.of("two faults against a truncate")
            .setup(stage -> stage.setDevice(stage.world().device("device")))
            .actor(
                "device",
                stage -> {
                  if (stage.device().take(1, Access.WRITE)) {
                    stage.device().write();
                    stage.device().write();
                  }
                })
            .actor(
                "truncater",
                stage -> {
                  truncateAndExtend(Unmapping.within(LONG)).act(stage);
                  stage.device().end();
                })
            .race(Side.of("device", Kind.DMA, Kind.WORD), TRUNCATER));
  }

  /** The holder waits for what its device still has in flight, and only then says quiesced. */
  static Plan deregistration() {
    return Plan.of(
        Scenario.of("deregister while an access is in flight, and the frame is wanted")
            .setup(stage -> {
              stage.openOther();
              stage.setDevice(stage.world().device("device"));
              boolean _ = stage.device().take(1, Access.WRITE);
            })
            .actor(
                "device",
                stage -> {
                  stage.device().write();
                  stage.device().write();
                  stage.raise();
                })
            .actor(
                "holder",
                stage -> {
                  stage.await(1);
                  stage.device().end();
                })
            .actor(
                "truncater",
                stage -> {
                  if (stage.world().truncate(1, Unmapping.within(LONG))) {
                    stage.world().readAll(stage.other());
                  }
                })
            .race(Side.of("device", Kind.DMA, Kind.WORD), TRUNCATER));
  }

  static Plan deadlock(Column column) {
    return switch (column) {
      case REFUSE -> Plan.none(NO_HOLDER);
      case NOTIFIER -> Plan.of(twoUnmappers());
      case REVOKE ->
          Plan.of(handlerThatNeedsTheFile(), neverAnswers(), answersTwice(), actsForItself());
      default -> Plan.of(holderThatNeedsTheFile(), neverAnswers(), actsForItself());
    };
  }

  private static Scenario twoUnmappers() {
    return Scenario.of("a device that faults against two who take its pages")
        .setup(stage -> stage.setDevice(stage.world().device("device")))
        .actor(
            "device",
            stage -> {
              if (stage.device().take(1, Access.WRITE)) {
                stage.device().write();
              }
            })
        .actor("truncater", stage -> stage.world().punch(1, Unmapping.within(LONG)))
        .actor("evicter", stage -> stage.world().evict(Unmapping.within(LONG)))
        .race(Side.of("device", Kind.DMA, Kind.WORD), TRUNCATER);
  }

  private static void useTheFile(World world) throws Exception {
    long _ = world.file().read(MemorySegment.ofArray(new byte[1]), PAGE);
    try (Pin pin = world.file().pin(0, 1, Access.READ)) {
      byte _ = pin.getByte(0);
    }
    LongtermPin more = world.file().pinLongterm(0, 1, Access.READ, new Holder("holder", "nic"));
    var _ = more.release();
    world.note("has used the file");
  }

  /** In the handler. */
  private static Scenario handlerThatNeedsTheFile() {
    return Scenario.of("a handler that reads and pins before it lets go")
        .setup(stage -> {
          World world = stage.world();
          RevocationHandler handler =
              (pin, _) -> {
                useTheFile(world);
                var _ = pin.release();
              };
          var _ =
              world
                  .file()
                  .pinLongterm(PAGE, PAGE, Access.READ, new Holder("holder", "nic"), handler);
        })
        .actor("truncater", truncate(Unmapping.within(LONG)))
        .actor("reader", stage -> useTheFile(stage.world()))
        .race(Side.of("longpin-revoke", Kind.WORD), TRUNCATER);
  }

  /** Where nobody is told. */
  private static Scenario holderThatNeedsTheFile() {
    return Scenario.of("a holder that reads and pins before it lets go")
        .actor(
            "device",
            stage -> {
              Device device = stage.world().device("device");
              if (device.take(1, Access.WRITE)) {
                device.write();
                device.idle(A_WHILE);
                useTheFile(stage.world());
                device.end();
              }
            })
        .actor("truncater", truncate(Unmapping.within(LONG)))
        .race(DEVICE, TRUNCATER);
  }

  private static Scenario neverAnswers() {
    return Scenario.of("one holder of two never answers in time")
        .actor(
            "device",
            stage -> {
              Device device = stage.world().device("device");
              if (device.take(1, Access.WRITE)) {
                device.die();
                device.write();
                device.idle(TEN.multipliedBy(3));
                device.end();
              }
            })
        .actor("second", holdAndWrite(1, A_WHILE))
        .actor(
            "truncater",
            stage -> {
              if (!stage.world().truncate(1, Unmapping.within(TEN))) {
                boolean _ = stage.world().truncate(1, Unmapping.within(LONG));
              }
            })
        .race(DEVICE, TRUNCATER);
  }

  /** Its handler is quiet, and a thread of its own lets go; another holder has the page as well. */
  private static Scenario answersTwice() {
    LongtermPin[] held = new LongtermPin[1];
    return Scenario.of("one holder of two answers twice")
        .setup(stage -> {
          Holder holder = new Holder("holder", "nic");
          RevocationHandler handler = (pin, _) -> pin.quiesced();
          held[0] = stage.world().file().pinLongterm(PAGE, PAGE, Access.WRITE, holder, handler);
        })
        .actor("device", holdAndWrite(1, A_WHILE))
        .actor("holder", _ -> held[0].release())
        .actor("truncater", truncate(Unmapping.within(LONG)))
        .race(DEVICE, TRUNCATER);
  }

  /** The truncater is a holder that can't be told. */
  private static Scenario actsForItself() {
    return Scenario.of("the holder is the truncater")
        .actor(
            "truncater",
            stage -> {
              Holder self = new Holder("truncater", "nic");
              LongtermPin pin = stage.world().file().pinLongterm(PAGE, PAGE, Access.READ, self);
              boolean _ = stage.world().truncate(1, Unmapping.within(LONG).onBehalfOf(self));
              var _ = pin.release();
            })
        .actor(
            "device",
            stage -> {
              Device device = stage.world().device("device");
              if (device.take(1, Access.WRITE)) {
                device.write();
                device.end();
              }
            })
        .race(Side.of("device", Kind.DMA, Kind.WORD), TRUNCATER);
  }

  static Plan again(Column column) {
    if (column == Column.REFUSE) {
      return Plan.none(NO_HOLDER);
    }
    return Plan.of(
        Scenario.of("a truncate that times out, and another")
            .setup(stage -> {
              if (column == Column.REVOKE) {
                holdUntilTheSecondNotice(stage);
              } else {
                stage.setDevice(stage.world().device("device"));
                stage.device().deafenOnce();
              }
            })
            .actor(
                "device",
                switch (column) {
                  case REVOKE -> stage -> {};
                  case NOTIFIER -> HolderHazards::holdUntilTold;
                  default -> stage -> holdAndWrite(stage.device(), 1, TEN);
                })
            .actor("truncater", truncateTwice())
            .race(
                column == Column.REVOKE ? Side.of("longpin-revoke", Kind.WORD) : DEVICE,
                TRUNCATER));
  }

  /** It ends nothing by itself. */
  private static void holdUntilTold(Stage stage) throws Exception {
    if (stage.device().take(1, Access.WRITE)) {
      stage.device().write();
      ScheduleExplorer.sleep(A_WHILE.dividedBy(2));
      stage.device().write();
    }
  }

  private static void holdUntilTheSecondNotice(Stage stage) throws Exception {
    RevocationHandler handler =
        (LongtermPin pin, Revocation _) -> {
          stage.world().note("notice " + ++stage.count);
          if (stage.count >= 2) {
            boolean _ = pin.complete();
            var _ = pin.release();
          }
        };
    var _ =
        stage
            .world()
            .file()
            .pinLongterm(PAGE, PAGE, Access.WRITE, new Holder("device", "nic"), handler);
  }

  private static Action truncateTwice() {
    return stage -> {
      if (!stage.world().truncate(1, Unmapping.within(A_WHILE))) {
        ScheduleExplorer.sleep(A_WHILE);
        boolean _ = stage.world().truncate(1, Unmapping.within(LONG));
      }
    };
  }

  private static void deviceAndOther(Stage stage) throws Exception {
    stage.openOther();
    stage.setDevice(stage.world().device("device"));
  }

  /** The device goes on long after the last wait of a close has ended. */
  static Plan close(Column column) {
    Action device = stage -> holdDeaf(stage.device(), LONG.dividedBy(2));
    Side closer = Side.of("closer", Kind.WORD);
    Scenario delete =
        Scenario.of("delete, disconnecting at the deadline; then the frames are wanted")
            .setup(HolderHazards::deviceAndOther)
            .actor("device", device)
            .actor(
                "closer",
                stage -> {
                  boolean _ = stage.world().delete(Unmapping.within(TEN).orDisconnect());
                  stage.needFrames();
                })
            .race(DEVICE, closer);
    if (column == Column.NOTIFIER) {
      return Plan.of(delete);
    }
    return Plan.of(
        Scenario.of("close for good; then the frames are wanted")
            .setup(HolderHazards::deviceAndOther)
            .actor("device", device)
            .actor(
                "closer",
                stage -> {
                  stage.world().close();
                  stage.needFrames();
                })
            .race(DEVICE, closer),
        delete);
  }

  static Plan death() {
    return Plan.of(
        Scenario.of("a device dies, and accesses its page late all the same")
            .setup(stage -> stage.openOther())
            .actor(
                "device",
                stage -> {
                  Device dying = stage.world().device("device");
                  if (dying.take(1, Access.WRITE)) {
                    dying.write();
                    dying.die();
                    dying.idle(TEN.multipliedBy(2));
                    dying.write();
                  }
                })
            .actor(
                "truncater",
                stage -> {
                  boolean _ = stage.world().truncate(1, Unmapping.within(TEN).orDisconnect());
                  stage.needFrames();
                })
            .race(DEVICE, TRUNCATER));
  }
}
