package dev.longpin.revoke;

import dev.longpin.api.Revocation;
import dev.longpin.api.RevocationHandler;
import dev.longpin.base.LockOrder;
import dev.longpin.base.Seam;
import dev.longpin.base.Stat;
import dev.longpin.base.Step;
import dev.longpin.notify.HandlerErrors;
import dev.longpin.page.AddressSpace;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tells holders to let go: all at once, each on a thread of its own, so that slow ones overlap and
 * one that never returns delays nobody (H13). A pin that was told and still holds is told again by
 * the next operation that needs its pages, if need be when its handler has returned (H14).
 */
public final class Revoker {

  private final Holders holders;
  private final Stat told = new Stat();
  private final HandlerErrors errors;

  /** Makes one for the pins of {@code holders}. */
  public Revoker(Holders holders, HandlerErrors errors) {
    this.holders = holders;
    this.errors = errors;
  }

  /**
   * Tells every revocable holder of {@code [start, end)} and returns without waiting for any.
   *
   * @return the pins whose holders are told
   */
  public List<HeldPin> tell(AddressSpace space, long start, long end, Revocation revocation) {
    LockOrder.checkNoneHeld("a holder");
    List<HeldPin> pins =
        holders.startTelling(pin -> pin.space() == space && pin.overlaps(start, end), revocation);
    for (HeldPin pin : pins) {
      told.increment();
      Seam.startTask("longpin-revoke " + pin.holder().name(), () -> notify(pin, revocation));
    }
    return pins;
  }

  private void notify(HeldPin pin, Revocation first) {
    RevocationHandler handler = Objects.requireNonNull(pin.handler());
    @Nullable Revocation revocation = first;
    while (revocation != null) {
      Seam.step(Step.OUTSIDE, pin, 0);
      try {
        handler.revoke(pin, revocation);
      } catch (Exception | LinkageError | AssertionError error) {
        errors.add(pin.holder(), error);
      } finally {
        revocation = holders.told(pin);
      }
    }
  }

  /** Returns how many notices went out so far. */
  public long count() {
    return told.get();
  }
}
