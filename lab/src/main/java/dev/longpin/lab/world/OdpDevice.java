package dev.longpin.lab.world;

import dev.longpin.api.Access;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.Holder;
import dev.longpin.api.IntervalNotifier;
import dev.longpin.api.Invalidation;
import dev.longpin.api.InvalidationHandler.SecondPass;
import dev.longpin.api.LongpinException;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.PinRefusedException.Reason;
import dev.longpin.api.Translation;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.lab.Outcome;
import dev.longpin.lab.world.Shadow.Change;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A device that takes no pin: it has a page table, faults on demand, and is told to forget. */
final class OdpDevice extends Device {

  private final Mutex lock = new Mutex(LockRank.DEVICE);
  private final Map<Long, Entry> table = new HashMap<>();
  private final IntervalNotifier notifier;
  private int page;
  private Access access = Access.WRITE;
  private char lastWritten;
  private boolean inFile;

  /** A page in the table, and whether anybody may think that it is gone. */
  private record Entry(Translation translation, Grip grip) {}

  OdpDevice(World world, String name) {
    super(world, name);
    notifier = world.file().attach(0, Long.MAX_VALUE, new Holder(name, "odp"), this::invalidate);
  }

  /** The first pass takes entries out; the second waits for nothing, as no access is in flight. */
  private SecondPass invalidate(Invalidation invalidation) {
    world().note("tells " + name() + " to forget (" + invalidation.cause() + ")");
    if (isDead() || isDeafOnce()) {
      return () -> {};
    }
    List<Entry> dropped = new ArrayList<>();
    lock.lock();
    try {
      table
          .values()
          .removeIf(entry -> {
            boolean gone = invalidation.covers(entry.translation, World.PAGE);
            if (gone) {
              dropped.add(entry);
            }
            return gone;
          });
    } finally {
      lock.unlock();
    }
    return () -> dropped.forEach(OdpDevice::release);
  }

  private static void release(Entry entry) {
    entry.grip.ended = true;
    var _ = entry.translation.release();
  }

  @Override
  public boolean take(int wanted, Access wish) {
    page = wanted;
    access = wish;
    return true;
  }

  @Override
  public void write() throws LongpinException {
    char letter = world().nextLetter();
    Change change = world().shadow().begin(page, letter);
    boolean done = false;
    try {
      while (!done) {
        done = tryWrite(letter) || !fault();
      }
    } finally {
      if (lastWritten == letter) {
        world().shadow().end(change, inFile);
      } else {
        world().shadow().undo(change);
      }
    }
  }

  @Override
  public void read() throws LongpinException {
    boolean done = false;
    while (!done) {
      done = tryRead() || !fault();
    }
  }

  private boolean tryRead() {
    lock.lock();
    try {
      Entry entry = table.get((long) page);
      if (entry == null) {
        return false;
      }
      world().checkRead(page, dmaRead(entry.grip.memory, entry.grip.frame));
      return true;
    } finally {
      lock.unlock();
    }
  }

  private boolean tryWrite(char letter) {
    lock.lock();
    try {
      Entry entry = table.get((long) page);
      if (entry == null) {
        return false;
      }
      dma(entry.grip, letter);
      lastWritten = letter;
      inFile = !entry.grip.disconnected && world().isInFile(page);
      world().note("writes '" + letter + "' to page " + page);
      if (entry.grip.goneBy != null) {
        world()
            .broken(Outcome.STALE_ACCESS, "a device writes to a page after " + entry.grip.goneBy);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Brings the page in; false if the file has it no more. */
  private boolean fault() throws LongpinException {
    Translation fresh;
    long sequence;
    try {
      sequence = notifier.begin();
      fresh = notifier.translate((long) page * World.PAGE, access);
    } catch (FileClosedException e) {
      world().note("finds the file closed");
      return false;
    } catch (PinRefusedException e) {
      if (e.reason() == Reason.LIMIT) {
        world().saw(Outcome.REFUSED);
      } else if (e.reason() == Reason.PAST_END) {
        world().note("faults past the end");
      } else if (e.reason() == Reason.NO_SPACE) {
        world().note("faults in a hole, and another file has its space");
      } else {
        throw e;
      }
      return false;
    }
    if (fresh == null) {
      return true;
    }
    boolean current;
    lock.lock();
    try {
      current = notifier.isCurrent(sequence) && !table.containsKey((long) page);
      if (current) {
        int frame = world().frameAt(fresh.unsafeSegment());
        Grip grip = new Grip(page, world().frame(frame), frame, null, null);
        table.put((long) page, new Entry(fresh, grip));
        world().add(grip);
        world().note("has a translation of page " + page);
      }
    } finally {
      lock.unlock();
    }
    if (!current) {
      var _ = fresh.release();
    }
    return true;
  }

  @Override
  public void end() {
    List<Entry> dropped = new ArrayList<>();
    lock.lock();
    try {
      dropped.addAll(table.values());
      table.clear();
    } finally {
      lock.unlock();
    }
    dropped.forEach(OdpDevice::release);
  }
}
