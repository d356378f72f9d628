package dev.longpin.cache;

import dev.longpin.api.Access;
import dev.longpin.api.Holder;
import dev.longpin.api.IntervalNotifier;
import dev.longpin.api.InvalidationHandler;
import dev.longpin.api.LongpinException;
import dev.longpin.base.Checks;
import dev.longpin.base.Deadline;
import dev.longpin.mm.CoreMm;
import dev.longpin.mm.GetUserPages;
import dev.longpin.mm.Operation;
import dev.longpin.notify.DeviceFile;
import dev.longpin.page.AddressSpace;
import java.util.Objects;

/** The faults of devices that keep page tables of their own, on one open file. */
final class DeviceFaults implements DeviceFile {

  private final DefaultCachedFile file;
  private final CoreMm mm;
  private final AddressSpace space;
  private final GetUserPages getUserPages;

  DeviceFaults(DefaultCachedFile file, CoreMm mm, AddressSpace space, GetUserPages getUserPages) {
    this.file = file;
    this.mm = mm;
    this.space = space;
    this.getUserPages = getUserPages;
  }

  IntervalNotifier attach(
      long offset, long lengthBytes, Holder device, InvalidationHandler handler) {
    Checks.range(offset, lengthBytes);
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(handler, "handler");
    file.begin(); // so that no last close comes in between
    try {
      return mm.notifiers().attach(space, this, device, offset, lengthBytes, handler);
    } finally {
      file.end();
    }
  }

  @Override
  public int pinPage(long start, long end, Access access) throws LongpinException {
    Operation operation = file.beginPin(start, end - start, access, "device fault");
    try {
      return getUserPages.pin(operation, access, false)[0];
    } finally {
      file.end();
    }
  }

  @Override
  public void await(String name, Wait wait) throws LongpinException {
    file.await(name, wait::await);
  }

  @Override
  public void awaitAnyway(String name, Wait wait) throws LongpinException {
    Deadline deadline = Deadline.after(mm.config().deadline());
    new Operation(mm, space, name, 0, Long.MAX_VALUE, deadline).await(wait::await);
  }
}
