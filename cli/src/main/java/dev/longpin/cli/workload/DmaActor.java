package dev.longpin.cli.workload;

import dev.longpin.api.Holder;
import dev.longpin.sim.DmaEngine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** A client of a DMA engine that holds many regions long-term, for reading or for writing. */
final class DmaActor extends Actor {

  private static final int CLIENTS = 4;

  private final String name;
  private final DmaEngine engine;
  private final boolean writes;
  private final int most;
  private final List<DmaHold> holds = new ArrayList<>();

  /** Makes one that keeps up to {@code most} pins. */
  DmaActor(
      Stage stage,
      SplittableRandom random,
      String name,
      DmaEngine engine,
      boolean writes,
      int most) {
    super(stage, random);
    this.name = name;
    this.engine = engine;
    this.writes = writes;
    this.most = most;
  }

  @Override
  String name() {
    return name;
  }

  @Override
  void step() throws IOException {
    long now = System.nanoTime();
    holds.removeIf(DmaHold::isOver);
    for (DmaHold hold : holds) {
      if (hold.isExpired(now)) {
        hold.stop();
      }
    }
    if (holds.size() >= most) {
      pauseUpTo(5);
      return;
    }
    Temper temper = Temper.some(random);
    int region = random.nextInt(4) == 0 ? someHotRegion() : someRegion();
    Holder holder = new Holder(name + " client " + random.nextInt(CLIENTS), "simulated DMA");
    DmaHold hold =
        DmaHold.take(stage, engine, holder, region, writes, temper, temper.someLifeNanos(random));
    if (hold == null) {
      pauseUpTo(1);
      return;
    }
    holds.add(hold);
    if (writes) {
      stage.heat(stage.geometry().start(region), random);
    }
  }

  @Override
  void leave() {
    holds.forEach(DmaHold::reset);
  }
}
