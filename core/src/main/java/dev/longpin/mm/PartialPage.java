package dev.longpin.mm;

import dev.longpin.api.StoreException;
import dev.longpin.base.Cells;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.BlockState;
import dev.longpin.page.BlockState.State;
import dev.longpin.page.PageWord;

/**
 * The memory of a page that is partly cut: zeros, as the store has them now, and blocks without
 * space. Nobody else can reach the page meanwhile.
 */
final class PartialPage {

  private final CoreMm mm;
  private final AddressSpace space;

  PartialPage(CoreMm mm, AddressSpace space) {
    this.mm = mm;
    this.space = space;
  }

  /**
   * Cuts bytes {@code [from, to)} of a page.
   *
   * @param known whether the store has zeros there; otherwise memory follows what it has
   */
  void cut(long page, int frame, int from, int to, boolean known) {
    long read = known ? 0 : reread(page, frame, from, to);
    Cells.zero(mm.frames().segment(frame), from + read, to - from - read);
    int firstBlock = Fault.blockUp(from);
    int endBlock = to / BlockState.BLOCK_SIZE;
    mm.blocks().clear(frame, State.RESERVED, firstBlock, endBlock);
    mm.blocks().clear(frame, State.DIRTY, firstBlock, endBlock);
    mm.words().clear(frame, PageWord.WRITABLE);
  }

  private long reread(long page, int frame, int from, int to) {
    long offset = (page << mm.frames().pageShift()) + from;
    try {
      return space.store().read(mm.frames().segment(frame).asSlice(from, to - from), offset);
    } catch (StoreException e) {
      return 0; // the caller is told that the outcome is not known
    }
  }
}
