package dev.longpin.page;

import dev.longpin.base.LongCell;
import org.jspecify.annotations.Nullable;

/**
 * The errors of writing a file back, so that every opener sees one once (the kernel's {@code
 * errseq_t}): an opener remembers the count that it has seen.
 */
public final class WritebackErrors {

  private final LongCell count = new LongCell(0);
  private volatile @Nullable Throwable last;

  /** Records an error. */
  public void record(Throwable error) {
    last = error;
    count.add(1);
  }

  /** Returns how many there have been. */
  public long count() {
    return count.get();
  }

  /** Returns the last one, if there was any. */
  public @Nullable Throwable last() {
    return last;
  }
}
