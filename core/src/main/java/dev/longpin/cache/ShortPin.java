package dev.longpin.cache;

import dev.longpin.api.Access;
import dev.longpin.api.Pin;
import dev.longpin.page.Frames;
import dev.longpin.page.PageWord;
import dev.longpin.page.PinnedRange;
import dev.longpin.revoke.ShortPinLedger;
import org.jspecify.annotations.Nullable;

/** A short pin. One allocation that the compiler can remove: nothing on the fast path keeps it. */
final class ShortPin extends PinnedRange implements Pin {

  private final @Nullable ShortPinLedger ledger;
  private boolean ended;

  ShortPin(
      Frames frames,
      long offset,
      long lengthBytes,
      Access access,
      int firstFrame,
      int @Nullable [] allFrames,
      @Nullable ShortPinLedger ledger) {
    super(frames, offset, lengthBytes, access, firstFrame, allFrames, ledger != null);
    this.ledger = ledger;
  }

  @Override
  protected boolean isHeld() {
    return !ended;
  }

  @Override
  public void close() {
    if (ended) {
      return;
    }
    ended = true;
    if (ledger != null) {
      closeNoted(ledger);
      return;
    }
    unpin();
  }

  private void closeNoted(ShortPinLedger notes) {
    try {
      endSegments();
    } finally {
      unpin();
      notes.ended(this);
    }
  }

  private void unpin() {
    frames().unpinShort(firstFrame(), PageWord.unit(access(), false));
    if (pageCount() > 1) {
      unpinRest();
    }
  }

  private void unpinRest() {
    for (int i = 1; i < pageCount(); i++) {
      boolean _ = frames().unpin(frame(i), PageWord.unit(access(), false));
    }
  }
}
