package dev.longpin.page;

/** The words of pages that are the storage itself: none is ever newer than that. */
public final class DaxWords extends PageWords {

  private static final long IMPOSSIBLE = PageWord.DIRTY | PageWord.DIRTY_ALL | PageWord.UNSYNCED;

  /** Makes the words of {@code frameCount} free frames. */
  public DaxWords(int frameCount) {
    super(frameCount);
  }

  @Override
  boolean change(int frame, long word, long next) {
    return super.change(frame, word, next & ~IMPOSSIBLE);
  }
}
