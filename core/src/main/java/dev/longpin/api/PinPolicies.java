package dev.longpin.api;

/**
 * The policies that are built in: the alternatives of the 2018 discussion, each with what it gives
 * up. Under all of them the file that is closed tells its holders to let go ({@link
 * CachedFile#close()}), a page that a device may write to is cleaned through a copy, and reclaim
 * leaves pinned pages and their block state alone.
 *
 * <p>{@code docs/DISCUSSION.md} has where each comes from.
 */
public enum PinPolicies implements PinPolicy {

  /**
   * No long-term pin at all: an early return from {@code get_user_pages_longterm}. Unmapping waits
   * for short pins. Gives up zero-copy for whatever needs a long-term pin; right for devices with
   * {@linkplain CachedFile#attach notifiers}. {@link CachedFile#refuseLongterm} refuses them for
   * one file or range under the other policies.
   */
  REFUSE {
    @Override
    public boolean mayPinLongterm(CachedFile file, long offset, long lengthBytes, Access access) {
      return false;
    }

    @Override
    OnUnmap ofPinned(PagePins pins) {
      return OnUnmap.WAIT;
    }
  },

  /**
   * Every pin marks its pages, a short one too, and some operations are unsupported while they are
   * marked: truncate, punch, delete and evict fail at once and name the holders. Gives up those
   * operations on files that are in use: one short read by a device is enough.
   */
  FLAG_ALL {
    @Override
    OnUnmap ofPinned(PagePins pins) {
      return OnUnmap.REFUSE;
    }
  },

  /**
   * Only long-term pins are flagged, and core-mm gives up on them: it can't know when they end, so
   * truncate, punch, delete and evict fail at once and name the holders; short pins are awaited.
   * Gives up those operations for as long as a holder likes.
   */
  GIVE_UP {
    @Override
    OnUnmap ofPinned(PagePins pins) {
      return pins.longterm() > 0 ? OnUnmap.REFUSE : OnUnmap.WAIT;
    }
  },

  /**
   * Unmapping waits for the pins, to the deadline: the conclusion of 2018 (a narrow flag, and wait
   * instead of giving up). Gives up progress while a holder that nobody tells goes on.
   */
  WAIT {
    @Override
    OnUnmap ofPinned(PagePins pins) {
      return OnUnmap.WAIT;
    }
  },

  /**
   * Holders that opted in are told first, all at once; then as {@link #WAIT}. The default. Gives up
   * nothing but the comfort of a holder that never has to handle a notice.
   */
  REVOKE {
    @Override
    OnUnmap ofPinned(PagePins pins) {
      return OnUnmap.REVOKE;
    }
  };

  @Override
  public boolean mayPinLongterm(CachedFile file, long offset, long lengthBytes, Access access) {
    return true;
  }

  /** Returns what to do when an open file needs to unmap a pinned page. */
  abstract OnUnmap ofPinned(PagePins pins);

  @Override
  public OnUnmap onUnmap(PagePins pins, UnmapOperation operation) {
    return operation == UnmapOperation.CLOSE ? OnUnmap.REVOKE : ofPinned(pins);
  }

  @Override
  public OnClean onClean(PagePins pins, boolean forced) {
    if (pins.writes() == 0) {
      return OnClean.IN_PLACE;
    }
    return forced || pins.longWrites() == 0 ? OnClean.COPY : OnClean.SKIP;
  }

  @Override
  public boolean mayDropBlockState(PagePins pins) {
    return false;
  }

  @Override
  public boolean mayReclaim(PagePins pins) {
    return false;
  }
}
