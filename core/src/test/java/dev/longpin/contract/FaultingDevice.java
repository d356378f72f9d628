package dev.longpin.contract;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.Holder;
import dev.longpin.api.IntervalNotifier;
import dev.longpin.api.Invalidation;
import dev.longpin.api.InvalidationHandler;
import dev.longpin.api.LongpinException;
import dev.longpin.api.Translation;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.base.Seam;
import dev.longpin.base.Step;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A device that takes no pin: it has a page table of its own, and faults on demand. */
public class FaultingDevice implements InvalidationHandler {

  private final int pageSize;
  private final Mutex lock = new Mutex(LockRank.DEVICE);
  private final Map<Long, Translation> table = new HashMap<>();
  private final List<Invalidation> told = new ArrayList<>();
  private IntervalNotifier notifier;

  /** Makes one that is attached to nothing. */
  public FaultingDevice(int pageSize) {
    this.pageSize = pageSize;
  }

  /** Attaches it to a whole file. */
  public FaultingDevice attach(CachedFile file, String name) {
    notifier = file.attach(0, Long.MAX_VALUE, new Holder(name, "odp"), this);
    return this;
  }

  /** Returns its notifier. */
  public IntervalNotifier notifier() {
    return notifier;
  }

  /** Writes a byte wherever its table says, faulting if need be. */
  public void write(long offset, char letter) throws LongpinException {
    while (true) {
      lock.lock();
      try {
        Translation entry = table.get(page(offset));
        if (entry != null && entry.access().writes()) {
          Seam.step(Step.OUTSIDE, "DMA", offset);
          entry.unsafeSegment().set(ValueLayout.JAVA_BYTE, offset % pageSize, (byte) letter);
          return;
        }
      } finally {
        lock.unlock();
      }
      fault(offset, Access.WRITE);
    }
  }

  /** Reads a byte wherever its table says, faulting if need be. */
  public char read(long offset) throws LongpinException {
    while (true) {
      lock.lock();
      try {
        Translation entry = table.get(page(offset));
        if (entry != null) {
          Seam.step(Step.OUTSIDE, "DMA", offset);
          return (char) entry.unsafeSegment().get(ValueLayout.JAVA_BYTE, offset % pageSize);
        }
      } finally {
        lock.unlock();
      }
      fault(offset, Access.READ);
    }
  }

  /** Returns the memory that it has for a page; for devices that no longer ask. */
  public MemorySegment memory(long offset) {
    return table.get(page(offset)).unsafeSegment();
  }

  /** Returns whether it has a translation. */
  public boolean has(long offset) {
    lock.lock();
    try {
      return table.containsKey(page(offset));
    } finally {
      lock.unlock();
    }
  }

  private long page(long offset) {
    return offset / pageSize * pageSize;
  }

  /** The protocol of {@link IntervalNotifier}. */
  private void fault(long offset, Access access) throws LongpinException {
    long sequence = notifier.begin();
    Translation fresh = notifier.translate(offset, access);
    if (fresh == null) {
      return;
    }
    Translation unused = fresh;
    lock.lock();
    try {
      if (isCurrent(sequence)) {
        unused = table.put(page(offset), fresh);
      }
    } finally {
      lock.unlock();
    }
    if (unused != null) {
      unused.release();
    }
  }

  /** What a broken device would leave out. */
  protected boolean isCurrent(long sequence) {
    return notifier.isCurrent(sequence);
  }

  /** Returns what it was told. */
  public List<Invalidation> told() {
    lock.lock();
    try {
      return List.copyOf(told);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public SecondPass invalidate(Invalidation invalidation) throws Exception {
    List<Translation> dropped = new ArrayList<>();
    lock.lock();
    try {
      told.add(invalidation);
      table
          .values()
          .removeIf(entry -> {
            boolean gone = invalidation.covers(entry, pageSize);
            if (gone) {
              dropped.add(entry);
            }
            return gone;
          });
    } finally {
      lock.unlock();
    }
    return () -> dropped.forEach(Translation::release);
  }
}
