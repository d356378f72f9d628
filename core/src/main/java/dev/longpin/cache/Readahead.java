package dev.longpin.cache;

import dev.longpin.api.FileClosedException;
import dev.longpin.api.LongpinException;
import dev.longpin.base.Deadline;
import dev.longpin.base.LongCell;
import dev.longpin.base.Seam;
import dev.longpin.base.Stat;
import dev.longpin.mm.CoreMm;
import dev.longpin.mm.Operation;
import dev.longpin.page.AddressSpace;

/**
 * Reads ahead of a sequential reader: when a read begins where the last one of this opener ended,
 * the window behind it is brought in by a task, one at a time. It never waits for a frame, and what
 * goes wrong is left for the read itself to report.
 */
final class Readahead {

  private final CoreMm mm;
  private final OpenFile file;
  private final AddressSpace space;
  private final FileReads reads;
  private final long windowPages;
  private final LongCell lastEnd = new LongCell(0);
  private final LongCell aheadUpTo = new LongCell(0);
  private final LongCell running = new LongCell(0);
  private final Stat failures = new Stat();

  Readahead(CoreMm mm, OpenFile file, FileReads reads) {
    this.mm = mm;
    this.file = file;
    this.space = file.space();
    this.reads = reads;
    this.windowPages = mm.pagesUpTo(mm.config().readaheadBytes());
  }

  /** Notes a read of {@code [offset, end)} and starts the task if it is worth it. */
  void noteRead(long offset, long end) {
    long previous = lastEnd.get();
    lastEnd.set(end);
    if (windowPages == 0 || offset != previous || end == 0) {
      return;
    }
    long next = mm.pagesUpTo(end);
    long ahead = Math.max(next, aheadUpTo.get() > next + windowPages ? next : aheadUpTo.get());
    if (ahead - next <= windowPages / 2 && running.compareAndSet(0, 1)) {
      long to = next + windowPages;
      aheadUpTo.set(to);
      Seam.startTask("longpin-readahead", () -> run(ahead, to));
    }
  }

  private void run(long from, long to) {
    Operation operation =
        new Operation(
            mm,
            space,
            "readahead",
            from << mm.frames().pageShift(),
            to << mm.frames().pageShift(),
            Deadline.after(mm.config().deadline()));
    file.operationBegins();
    try {
      for (long page = from; page < to && !file.closing; page++) {
        reads.readAhead(operation, page);
      }
    } catch (LongpinException | FileClosedException e) {
      failures.increment(); // the read that comes to this page reports it
    } finally {
      file.operationEnds();
      running.set(0);
    }
  }
}
