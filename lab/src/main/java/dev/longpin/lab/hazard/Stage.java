package dev.longpin.lab.hazard;

import dev.longpin.api.CachedFile;
import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.lab.world.Device;
import dev.longpin.lab.world.KeyedDevice;
import dev.longpin.lab.world.World;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the actors of a scenario have in common. */
public final class Stage {

  final World world;
  int count;
  private final EventCount raised = new EventCount();
  private @Nullable Device device;
  private @Nullable KeyedDevice nic;
  private @Nullable CachedFile other;
  private int flags;

  /** Makes one in a fresh world. */
  public Stage(World world) {
    this.world = world;
  }

  /** Returns the world. */
  public World world() {
    return world;
  }

  /** Returns the device that the setup made. */
  Device device() {
    return Objects.requireNonNull(device, "no device");
  }

  void setDevice(Device next) {
    device = next;
  }

  /** Returns the device with keys that the setup made. */
  KeyedDevice nic() {
    return Objects.requireNonNull(nic, "no device with keys");
  }

  void setNic(KeyedDevice next) {
    nic = next;
  }

  /** Returns the other file that the setup made. */
  CachedFile other() {
    return Objects.requireNonNull(other, "no other file");
  }

  /** Opens another file, of more pages than there are frames. */
  void openOther() throws Exception {
    other = world.openOther("other", World.FRAMES + 2, 'x');
  }

  /** Needs so many frames that whatever can be reclaimed is: each page gets a second chance. */
  void needFrames() throws Exception {
    long before = world.cache().stats().reclaimed();
    world.readAll(other());
    world.readAll(other());
    if (world.cache().stats().reclaimed() <= before) {
      throw new IllegalStateException("no frame was wanted: nothing is tried");
    }
  }

  /** Lets those go on who wait for so many. */
  void raise() {
    flags++;
    raised.signalAll();
  }

  /** Waits until {@link #raise} was called so often. */
  void await(int times) throws InterruptedException {
    while (true) {
      int ticket = raised.ticket();
      if (flags >= times) {
        return;
      }
      boolean _ = raised.await(ticket, Deadline.after(World.LONG));
    }
  }
}
