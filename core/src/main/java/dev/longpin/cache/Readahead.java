package dev.longpin.cache;

import dev.longpin.api.FileClosedException;
import dev.longpin.base.LongCell;
import dev.longpin.base.Seam;
import dev.longpin.mm.CoreMm;
import dev.longpin.mm.Prefetch;
import dev.longpin.page.AddressSpace;

/**
 * Begins reads before they are asked for: of a range that the user names, and of the window behind
 * a read that began where the last one of this opener ended. What goes wrong is left for the read
 * itself to report. Where the store can't read without a thread, a task does it, one at a time.
 */
final class Readahead {

  private static final int PART_OF_FRAMES = 4;

  private final CoreMm mm;
  private final OpenFile file;
  private final AddressSpace space;
  private final Prefetch prefetch;
  private final long windowPages;
  private final LongCell lastEnd = new LongCell(0);
  private final LongCell aheadUpTo = new LongCell(0);
  private final LongCell running = new LongCell(0);

  Readahead(CoreMm mm, OpenFile file, Prefetch prefetch) {
    this.mm = mm;
    this.file = file;
    this.space = file.space();
    this.prefetch = prefetch;
    this.windowPages = mm.pagesUpTo(mm.config().readaheadBytes());
  }

  /** Notes a read of {@code [offset, end)} and reads on behind it if it is worth it. */
  void noteRead(long offset, long end) {
    long previous = lastEnd.get();
    lastEnd.set(end);
    if (windowPages == 0 || offset != previous || end == 0) {
      return;
    }
    long next = mm.pagesUpTo(end);
    long ahead = Math.max(next, aheadUpTo.get() > next + windowPages ? next : aheadUpTo.get());
    if (ahead - next <= windowPages / 2) {
      long to = next + windowPages;
      if (startPages(ahead, to)) {
        aheadUpTo.set(to);
      }
    }
  }

  /**
   * Begins to read the pages of a range that are in the file, not more of them than a part of the
   * frames: the first should still be there when the last have come.
   */
  void start(long offset, long end) {
    long first = mm.pageOf(offset);
    long limit = first + Math.max(1, mm.frames().count() / PART_OF_FRAMES);
    long pages = Math.min(limit, mm.pagesUpTo(Math.min(space.size(), end)));
    if (first < pages) {
      boolean _ = startPages(first, pages);
    }
  }

  /** Begins all of a read of several pages, if that needs no task. */
  void startRead(long offset, long end) {
    if (end - offset > mm.frames().pageSize() && file.store().isAsync()) {
      start(offset, end);
    }
  }

  /** Returns false if an earlier task is at it. */
  private boolean startPages(long from, long to) {
    if (file.store().isAsync()) {
      run(from, to);
      return true;
    }
    if (!running.compareAndSet(0, 1)) {
      return false;
    }
    Seam.startTask(
        "longpin-readahead",
        () -> {
          try {
            run(from, to);
          } finally {
            running.set(0);
          }
        });
    return true;
  }

  private void run(long from, long to) {
    file.operationBegins();
    try {
      boolean goOn = true;
      for (long page = from; page < to && goOn && !file.closing; page++) {
        goOn = prefetch.start(space, page);
      }
    } catch (FileClosedException e) {
      // Nobody will come to this page.
    } finally {
      file.operationEnds();
    }
  }
}
