package dev.longpin.lab.hazard;

import static dev.longpin.lab.world.World.PAGE;

import dev.longpin.api.Access;
import dev.longpin.api.Holder;
import dev.longpin.api.LongtermPin;
import dev.longpin.lab.Column;
import dev.longpin.lab.Outcome;
import dev.longpin.lab.world.KeyedDevice;
import dev.longpin.lab.world.Races.Kind;
import dev.longpin.lab.world.Races.Side;

/** Keys by which peers reach memory, and that outlive the pin in their hands. */
final class KeyHazards {

  private static final int TRIES = 3;

  private KeyHazards() {}

  /** A peer goes on using a key, whoever has it by then. */
  static Plan reuse(Column column) {
    if (!column.grantsLongtermPins()) {
      return Plan.none("no long-term pin is granted, so there is no key");
    }
    return Plan.of(
        Scenario.of("a peer uses the key of a pin that has ended, and another pin begins")
            .setup(stage -> stage.setNic(new KeyedDevice(stage.world())))
            .actor(
                "holder",
                stage -> {
                  LongtermPin first = pin(stage, 1);
                  stage.nic().register(first, 1);
                  stage.count = first.key();
                  stage.raise();
                  stage.nic().deregister(first.key());
                  var _ = first.release();
                  LongtermPin second = pin(stage, 0);
                  stage.nic().register(second, 0);
                  stage.nic().deregister(second.key());
                  var _ = second.release();
                })
            .actor(
                "peer",
                stage -> {
                  stage.await(1);
                  for (int i = 0; i < TRIES; i++) {
                    int page = stage.nic().access(stage.count);
                    if (page == 0) {
                      stage
                          .world()
                          .broken(Outcome.STALE_ACCESS, "an old key reaches a page of another pin");
                    }
                  }
                })
            .race(Side.of("peer", Kind.DMA), Side.of("holder", Kind.WORD)));
  }

  private static LongtermPin pin(Stage stage, int page) throws Exception {
    LongtermPin pin =
        stage
            .world()
            .file()
            .pinLongterm((long) page * PAGE, PAGE, Access.READ, new Holder("holder", "nic"));
    stage.world().note("has page " + page + " by key " + pin.key());
    return pin;
  }
}
