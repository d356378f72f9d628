package dev.longpin.mm;

import dev.longpin.base.LockOrder;
import dev.longpin.base.LockRank;
import dev.longpin.page.AddressSpace;

/**
 * The pages of an overwrite pin that are not whole: they stay locked until all of the range is
 * pinned. So nobody reads the store into them once the device may write, the file does not grow
 * where its tail is one of them, and if the pin is refused their content is what it was (I6).
 *
 * <p>They are locked in the order of the file, and who waits for the next one does so with the
 * deadline of the operation.
 */
final class KeptPages {

  private final Fault fault;
  private final AddressSpace space;
  private final int pageSize;
  private final PageList pages = new PageList();

  KeptPages(Fault fault, AddressSpace space, int pageSize) {
    this.fault = fault;
    this.space = space;
    this.pageSize = pageSize;
  }

  /** Takes over a locked page and its reference. */
  void keep(long page, int frame) {
    pages.add(page, frame, 0);
    LockOrder.released(LockRank.PAGE);
    LockOrder.acquired(LockRank.KEPT_PAGES);
  }

  /**
   * Makes the pages whole: what is not there by now is covered. Waits for nothing, and can't fail:
   * if the file was closed meanwhile the pages are the device's alone.
   */
  void giveOver() {
    pages.forEach((page, frame, word) -> {
      fault.zeroFill(frame, 0, pageSize);
      boolean _ = fault.tryMarkWritable(space, page, frame);
    });
  }

  /** Unlocks the pages and drops the references. */
  void done() {
    pages.forEach((page, frame, word) -> fault.done(frame));
    LockOrder.released(LockRank.KEPT_PAGES);
  }
}
