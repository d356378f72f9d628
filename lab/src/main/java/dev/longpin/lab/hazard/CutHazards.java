package dev.longpin.lab.hazard;

import static dev.longpin.lab.hazard.Actions.A_WHILE;
import static dev.longpin.lab.hazard.Actions.DEVICE;
import static dev.longpin.lab.hazard.Actions.TEN;
import static dev.longpin.lab.hazard.Actions.TRUNCATER;
import static dev.longpin.lab.hazard.Actions.holdAndWrite;
import static dev.longpin.lab.hazard.Actions.holdDeaf;
import static dev.longpin.lab.hazard.Actions.truncateAndExtend;
import static dev.longpin.lab.world.World.LONG;
import static dev.longpin.lab.world.World.PAGE;

import dev.longpin.api.Unmapping;
import dev.longpin.lab.Column;
import dev.longpin.lab.hazard.Scenario.Action;
import dev.longpin.lab.world.Races.Kind;
import dev.longpin.lab.world.Races.Side;
import java.time.Duration;

/** A file gets shorter, or gets a hole, or gets longer, while a device writes. */
final class CutHazards {

  private CutHazards() {}

  static Plan truncate(Column column) {
    Scenario cut =
        Scenario.of("truncate, and extend")
            .actor("device", holdAndWrite(1, A_WHILE))
            .actor("truncater", truncateAndExtend(Unmapping.within(LONG)))
            .race(DEVICE, TRUNCATER);
    return column == Column.WAIT || column == Column.REVOKE
        ? Plan.of(cut, disconnect())
        : Plan.of(cut);
  }

  /** The holder hears nothing for so long that the page leaves the file without it. */
  private static Scenario disconnect() {
    return Scenario.of("truncate, disconnect at the deadline, and extend")
        .actor("device", stage -> holdDeaf(stage.world().device("device"), TEN.multipliedBy(2)))
        .actor("truncater", truncateAndExtend(Unmapping.within(TEN).orDisconnect()))
        .race(DEVICE, TRUNCATER);
  }

  static Plan punch() {
    return Plan.of(
        Scenario.of("punch")
            .actor("device", holdAndWrite(1, A_WHILE))
            .actor("puncher", stage -> stage.world().punch(1, Unmapping.within(LONG)))
            .race(DEVICE, Side.of("puncher", Kind.WORD)));
  }

  /**
   * What the file gives up another takes, as soon as the storage gives it away. The other is full
   * of a letter, and of nothing else.
   */
  static Plan extent(Column column) {
    Action truncate = stage -> stage.world().truncate(1, Unmapping.within(LONG));
    Action punch = stage -> stage.world().punch(1, Unmapping.within(LONG));
    // A device that is told is quiet before the cut goes on: with fewer actors it is met more
    // often.
    return column == Column.NOTIFIER
        ? Plan.of(cutThenTake("truncate", truncate), cutThenTake("punch", punch))
        : Plan.of(cutAndTake("truncate", truncate), cutAndTake("punch", punch));
  }

  private static Scenario onFullStorage(String name) {
    return Scenario.of(name + "; another file takes what the storage has to give")
        .onStorage()
        .setup(stage -> {
          stage.openOther();
          stage.needFrames(); // so that what is given up is all that there is to take
        })
        .actor("device", holdAndWrite(1, A_WHILE))
        .race(DEVICE, TRUNCATER);
  }

  private static Scenario cutThenTake(String name, Action cut) {
    return onFullStorage(name)
        .actor(
            "truncater",
            stage -> {
              cut.act(stage);
              stage.needFrames();
            });
  }

  /** The other tries at any time, and once more when the cut is over. */
  private static Scenario cutAndTake(String name, Action cut) {
    return onFullStorage(name)
        .actor(
            "truncater",
            stage -> {
              cut.act(stage);
              stage.raise();
            })
        .actor(
            "other",
            stage -> {
              stage.needFrames();
              stage.await(1);
              stage.needFrames();
            });
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
