package dev.longpin.lab.world;

import dev.longpin.api.Access;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.Holder;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.Pin;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.PinRefusedException.Reason;
import dev.longpin.api.PinnedMemory;
import dev.longpin.lab.Column;
import dev.longpin.lab.Outcome;
import dev.longpin.lab.world.Shadow.Change;
import org.jspecify.annotations.Nullable;

/** A device that pins: long-term if it may, else for one access at a time. */
final class PinDevice extends Device {

  private @Nullable Grip grip;

  PinDevice(World world, String name) {
    super(world, name);
  }

  @Override
  public boolean take(int page, Access access) throws LongpinException {
    try {
      long offset = (long) page * World.PAGE;
      long length = Math.min(World.PAGE, world().file().size() - offset);
      if (length <= 0) {
        world().note("finds no page " + page);
        return false;
      }
      grip = hold(page, offset, length, access);
    } catch (FileClosedException e) {
      world().note("finds the file closed");
      return false;
    } catch (PinRefusedException e) {
      if (e.reason() != Reason.TRUNCATING && e.reason() != Reason.PAST_END) {
        throw e;
      }
      world().note("is refused page " + page + ": " + e.reason());
      return false;
    }
    world().add(grip);
    return true;
  }

  private Grip hold(int page, long offset, long length, Access access) throws LongpinException {
    Column column = world().column();
    try {
      Holder holder = new Holder(name(), "nic");
      LongtermPin pin =
          column == Column.REVOKE
              ? world().file().pinLongterm(offset, length, access, holder, (_, _) -> told())
              : world().file().pinLongterm(offset, length, access, holder);
      world().note("has a long-term pin of page " + page);
      return grip(page, pin, pin, null);
    } catch (PinRefusedException e) {
      if (e.reason() != Reason.POLICY) {
        throw e;
      }
      world().saw(Outcome.REFUSED);
      Pin pin = world().file().pin(offset, length, access);
      world().note("has a short pin of page " + page);
      return grip(page, pin, null, pin);
    }
  }

  private Grip grip(
      int page, PinnedMemory pinned, @Nullable LongtermPin longterm, @Nullable Pin shortPin) {
    int frame = world().frameAt(pinned.unsafeSegment(0));
    return new Grip(page, world().frame(frame), frame, longterm, shortPin);
  }

  private void told() {
    world().note("tells " + name() + " to let go");
    if (!isDead()) {
      tell();
    }
  }

  @Override
  public void write() {
    Grip held = grip;
    if (held == null || held.ended) {
      return;
    }
    char letter = world().nextLetter();
    boolean inFile = world().isInFile(held.page) || (held.longterm != null && world().isClosing());
    Change change = world().shadow().begin(held.page, letter);
    dma(held, letter);
    world().note("writes '" + letter + "' to page " + held.page);
    if (held.goneBy != null) {
      world().broken(Outcome.STALE_ACCESS, "a device writes to a page after " + held.goneBy);
    }
    // Who has a long-term pin learns by its answer that the page is gone; of a short pin nobody.
    boolean wasGone = held.disconnected;
    boolean connected = held.longterm != null ? held.complete() : !held.disconnected;
    if (wasGone && connected) {
      world().broken(Outcome.LOST_WRITE, "a holder of a page that left the file is not told");
    }
    world().shadow().end(change, connected && inFile);
  }

  @Override
  public void read() {
    Grip held = grip;
    if (held != null && !held.ended) {
      char letter = dmaRead(held.memory, held.frame);
      world().checkRead(held.page, letter);
    }
  }

  @Override
  public void end() {
    Grip held = grip;
    if (held != null && !held.ended) {
      world().note("is quiet");
      held.end();
    }
  }
}
