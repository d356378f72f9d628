package dev.longpin.lab.world;

import dev.longpin.api.Access;
import dev.longpin.api.LongpinException;
import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.Seam;
import dev.longpin.base.Step;
import dev.longpin.lab.Outcome;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;

/**
 * A device of a schedule. It accesses memory by its address, as late as it likes until it has said
 * that it is quiet, and looks at no table of the cache.
 */
public abstract class Device {

  private final World world;
  private final String name;
  private final EventCount changed = new EventCount();
  private boolean told;
  private boolean dead;
  private boolean deaf;

  Device(World world, String name) {
    this.world = world;
    this.name = name;
  }

  World world() {
    return world;
  }

  /** Returns its name. */
  public String name() {
    return name;
  }

  /** Gets hold of a page, as its column allows; false if it is refused. */
  public abstract boolean take(int page, Access access) throws LongpinException;

  /** Writes a letter that nobody else writes to the page, and reports it complete. */
  public abstract void write() throws LongpinException;

  /** Reads the page, and looks whether it may hold what it does. */
  public abstract void read() throws LongpinException;

  /** Is quiet, and has no page any more. */
  public abstract void end();

  /** Never answers any more; it may still access what it has. */
  public void die() {
    world.note("dies");
    dead = true;
  }

  boolean isDead() {
    return dead;
  }

  /** Returns whether it was told to stop. */
  public boolean isTold() {
    return told;
  }

  /** It is told to stop. */
  void tell() {
    told = true;
    changed.signalAll();
  }

  /** Does nothing for a time, or until it is told to stop. */
  public void idle(Duration time) throws InterruptedException {
    Deadline deadline = Deadline.after(time);
    while (true) {
      int ticket = changed.ticket();
      if (told || !changed.await(ticket, deadline)) {
        return;
      }
    }
  }

  /** Does not answer the next notice. */
  public void deafenOnce() {
    deaf = true;
  }

  boolean isDeafOnce() {
    boolean was = deaf;
    deaf = false;
    return was;
  }

  /**
   * One access: the one step in which memory changes. A frame of a page that has left the file is
   * the device's alone: there is what it wrote last.
   */
  void dma(Grip grip, char letter) {
    Seam.step(Step.OUTSIDE, "DMA", grip.frame);
    checkAlone(world, grip);
    grip.memory.set(ValueLayout.JAVA_BYTE, World.PLACE, (byte) letter);
    grip.last = letter;
  }

  /** Looks whether anybody has used the frame of a disconnected page. */
  static void checkAlone(World world, Grip grip) {
    char found = (char) grip.memory.get(ValueLayout.JAVA_BYTE, World.PLACE);
    if (grip.disconnected && grip.last != 0 && found != grip.last) {
      world.broken(
          Outcome.REUSED_FRAME,
          "the frame of a device that is not quiet has "
              + Shadow.name(found)
              + ", which is another page's");
    }
  }

  /** The same, reading. */
  static char dmaRead(MemorySegment memory, int frame) {
    Seam.step(Step.OUTSIDE, "DMA", frame);
    return (char) memory.get(ValueLayout.JAVA_BYTE, World.PLACE);
  }
}
