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
import dev.longpin.mm.Withdraw;
import dev.longpin.page.LentBlocks;
import dev.longpin.revoke.HeldPin;
import org.jspecify.annotations.Nullable;

/** Takes long-term pins: asks the policy, charges the holder, pins; all or nothing. */
final class LongtermPins {

  private final CoreMm mm;
  private final GetUserPages getUserPages;
  private final Withdraw withdraw;

  LongtermPins(CoreMm mm, GetUserPages getUserPages, Withdraw withdraw) {
    this.mm = mm;
    this.getUserPages = getUserPages;
    this.withdraw = withdraw;
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
    } catch (LongpinException e) {
      withdrawUnpinned(operation, holder, e);
      throw e;
    } finally {
      if (!pinned) {
        mm.holders().refund(holder, pageCount);
      }
    }
  }

  /** What was moved into memory of the holder's for a pin that it did not get is moved out. */
  private void withdrawUnpinned(Operation operation, Holder holder, LongpinException refusal) {
    LentBlocks lent = mm.lending().of(holder);
    if (lent != null) {
      try {
        withdraw.unpinned(operation, lent);
      } catch (LongpinException e) {
        refusal.addSuppressed(e);
      }
    }
  }
}
