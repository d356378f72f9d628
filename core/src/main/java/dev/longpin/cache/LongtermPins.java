package dev.longpin.cache;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.Holder;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.PinRefusedException.Reason;
import dev.longpin.api.RevocationHandler;
import dev.longpin.mm.CoreMm;
import dev.longpin.mm.GetUserPages;
import dev.longpin.mm.Operation;
import dev.longpin.revoke.HeldPin;
import org.jspecify.annotations.Nullable;

/** Takes long-term pins: asks the policy, charges the holder, pins; all or nothing. */
final class LongtermPins {

  private final CoreMm mm;
  private final GetUserPages getUserPages;

  LongtermPins(CoreMm mm, GetUserPages getUserPages) {
    this.mm = mm;
    this.getUserPages = getUserPages;
  }

  LongtermPin pin(
      CachedFile file,
      Operation operation,
      Access access,
      Holder holder,
      @Nullable RevocationHandler handler)
      throws LongpinException {
    long offset = operation.start();
    long length = operation.end() - offset;
    String what = operation.describe() + " for " + holder;
    if (operation.space().refused().overlaps(offset, operation.end())) {
      throw new PinRefusedException(Reason.POLICY, what, null);
    }
    if (!mm.policy().mayPinLongterm(file, offset, length, access)) {
      throw new PinRefusedException(mm.isDax() ? Reason.DAX : Reason.POLICY, what, null);
    }
    long pageCount = mm.pagesUpTo(operation.end()) - mm.pageOf(offset);
    if (!mm.holders().tryCharge(holder, pageCount)) {
      boolean pastEnd = operation.end() > operation.space().size();
      throw pastEnd
          ? new PinRefusedException(Reason.PAST_END, what, null)
          : new PinRefusedException(
              Reason.LIMIT, what + ": " + mm.holders().use(holder, pageCount), null);
    }
    boolean pinned = false;
    try {
      HeldPin pin =
          getUserPages.pinLongterm(
              operation,
              access,
              holder,
              held ->
                  new HeldPin(
                      mm.frames(),
                      mm.holders(),
                      operation.space(),
                      offset,
                      length,
                      access,
                      held,
                      holder,
                      handler,
                      mm.config().debug()));
      pinned = true;
      return pin;
    } finally {
      if (!pinned) {
        mm.holders().refund(holder, pageCount);
      }
    }
  }
}
