package dev.longpin.notify;

import dev.longpin.api.Access;
import dev.longpin.api.Holder;
import dev.longpin.api.IntervalNotifier;
import dev.longpin.api.InvalidationHandler;
import dev.longpin.api.LongpinException;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.Translation;
import dev.longpin.page.AddressSpace;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The range of one device. Its fields belong to {@link Notifiers}, under that lock. */
final class Interval implements IntervalNotifier {

  final AddressSpace space;
  final InvalidationHandler handler;
  final Translations pages = new Translations();

  /** The pages that faults are under way for. */
  final List<Long> faults = new ArrayList<>();

  long sequence;
  int handlersRunning;
  boolean closed;

  private final Notifiers notifiers;
  private final DeviceFile file;
  private final Holder device;
  private final long offset;
  private final long lengthBytes;

  Interval(
      Notifiers notifiers,
      AddressSpace space,
      DeviceFile file,
      Holder device,
      long offset,
      long lengthBytes,
      InvalidationHandler handler) {
    this.notifiers = notifiers;
    this.space = space;
    this.file = file;
    this.device = device;
    this.offset = offset;
    this.lengthBytes = lengthBytes;
    this.handler = handler;
  }

  boolean overlaps(AddressSpace other, long start, long end) {
    return other == space && offset < end && start < offset + lengthBytes;
  }

  @Override
  public long offset() {
    return offset;
  }

  @Override
  public long lengthBytes() {
    return lengthBytes;
  }

  @Override
  public Holder device() {
    return device;
  }

  @Override
  public long begin() throws LongpinException {
    long[] begun = new long[1];
    file.await(
        "device fault",
        deadline -> {
          begun[0] = notifiers.begin(this, deadline);
          return begun[0] >= 0;
        });
    return begun[0];
  }

  @Override
  public @Nullable Translation translate(long fileOffset, Access access) throws LongpinException {
    if (access == Access.OVERWRITE) {
      throw new IllegalArgumentException("a device that faults sees the page: READ or WRITE");
    }
    if (fileOffset < offset || fileOffset - offset >= lengthBytes) {
      throw new IndexOutOfBoundsException(
          "offset " + fileOffset + " of [" + offset + ", " + (offset + lengthBytes) + ")");
    }
    notifiers.beginFault(this, fileOffset);
    Translation made = null;
    try {
      int frame = file.pinPage(fileOffset, fileOffset + 1, access);
      made = notifiers.add(this, fileOffset, frame, access);
    } catch (PinRefusedException e) {
      if (e.reason() != PinRefusedException.Reason.TRUNCATING) {
        throw e;
      }
    } finally {
      if (made == null) {
        notifiers.endFault(this, fileOffset);
      }
    }
    return made;
  }

  @Override
  public boolean isCurrent(long begun) {
    return notifiers.isCurrent(this, begun);
  }

  @Override
  public void close() throws LongpinException {
    notifiers.remove(this);
    file.awaitAnyway("end of a notifier", deadline -> notifiers.awaitHandlers(this, deadline));
  }

  @Override
  public String toString() {
    return device + " on [" + offset + ", " + (offset + lengthBytes) + ")";
  }
}
