package dev.longpin.lab.world;

import dev.longpin.api.LongtermPin;
import dev.longpin.base.Seam;
import dev.longpin.base.Step;
import java.util.HashMap;
import java.util.Map;

/** A device whose peers name memory by keys, as a network card with RDMA. */
public final class KeyedDevice {

  private final World world;
  private final Map<Integer, Region> regions = new HashMap<>();

  private record Region(int page, int frame) {}

  /** Makes one without regions. */
  public KeyedDevice(World world) {
    this.world = world;
  }

  /** Lets peers reach a pin by its key. */
  public void register(LongtermPin pin, int page) {
    regions.put(pin.key(), new Region(page, world.frameAt(pin.unsafeSegment(0))));
  }

  /** Lets nobody reach anything by a key. */
  public void deregister(int key) {
    Seam.step(Step.OUTSIDE, this, 0); // peers may come until now
    regions.remove(key);
    world.note("key " + key + " is gone");
  }

  /** A peer reads by a key; returns which page, or -1. */
  public int access(int key) {
    Region region = regions.get(key);
    Seam.step(
        Step.OUTSIDE, "DMA", region == null ? world.frameAt((long) World.PAGE) : region.frame);
    region = regions.get(key);
    world.note(
        "a peer with key " + key + (region == null ? " is refused" : " reads page " + region.page));
    return region == null ? -1 : region.page;
  }
}
