package dev.longpin.mm;

import dev.longpin.api.WaitEndedException;
import dev.longpin.page.PageIndex;
import dev.longpin.page.PageWord;
import dev.longpin.page.PageWords;
import dev.longpin.page.Slot;

/**
 * Finds pages in the index of their file and takes a reference, so that they stay (the kernel's
 * {@code filemap_get_entry}).
 *
 * <ol>
 *   <li>With the index locked: look the page up, and take a reference.
 *   <li>If it has as many as it can count, or a cut has frozen it: wait until that has changed,
 *       with the index unlocked, and look again.
 * </ol>
 */
public final class PageLookup {

  /** The page is not in memory. */
  public static final int ABSENT = -1;

  private final PageWords words;

  /** Makes the lookup for a cache. */
  public PageLookup(CoreMm mm) {
    this.words = mm.words();
  }

  /** Takes a reference to a page and returns its frame, or returns {@link #ABSENT}. */
  public int reference(Operation operation, long pageIndex) throws WaitEndedException {
    PageIndex index = operation.space().index();
    while (true) {
      int frame;
      // (1)
      index.lock();
      try {
        long slot = index.slotLocked(pageIndex);
        if (slot == Slot.ABSENT) {
          return ABSENT;
        }
        frame = Slot.frame(slot);
        if (words.tryReference(frame)) {
          return frame;
        }
      } finally {
        index.unlock();
      }
      // (2)
      operation.await(deadline -> words.await(frame, PageLookup::isToBeLookedAt, deadline));
    }
  }

  /** Nobody locks a frozen page, so a lock without a file means that the frame was given away. */
  private static boolean isToBeLookedAt(long word) {
    return PageWord.has(word, PageWord.MAPPED)
        ? PageWord.canReference(word)
        : word == 0 || PageWord.has(word, PageWord.ORPHAN | PageWord.LOCKED);
  }
}
