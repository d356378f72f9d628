package dev.longpin.lab;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.PagePins;
import dev.longpin.api.PinPolicy;
import dev.longpin.api.UnmapOperation;

/**
 * What Linux did in 2018: a truncate or a punch looks at no pin, a pinned page is cleaned as any
 * other, its block state may go, and only a reference keeps it from being reclaimed or moved.
 */
public final class Unprotected implements PinPolicy {

  /** Makes one. */
  public Unprotected() {}

  @Override
  public String name() {
    return "UNPROTECTED";
  }

  @Override
  public boolean mayPinLongterm(CachedFile file, long offset, long lengthBytes, Access access) {
    return true;
  }

  @Override
  public OnUnmap onUnmap(PagePins pins, UnmapOperation operation) {
    return switch (operation) {
      case TRUNCATE, PUNCH_HOLE, DELETE -> OnUnmap.PROCEED;
      case EVICT, CLOSE -> OnUnmap.WAIT;
    };
  }

  @Override
  public OnClean onClean(PagePins pins, boolean forced) {
    return OnClean.IN_PLACE;
  }

  @Override
  public boolean mayDropBlockState(PagePins pins) {
    return true;
  }

  @Override
  public boolean mayReclaim(PagePins pins) {
    return false;
  }
}
