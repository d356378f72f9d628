package dev.longpin.mm;

import java.util.Arrays;

/** A list of pages, the frames that hold them, and the word that each had. */
final class PageList {

  /** What is done with each. */
  @FunctionalInterface
  interface Action {
    void accept(long page, int frame, long word);
  }

  private long[] pages = new long[16];
  private long[] words = new long[16];
  private int[] frames = new int[16];
  private int count;

  void add(long page, int frame, long word) {
    if (count == pages.length) {
      pages = Arrays.copyOf(pages, 2 * count);
      words = Arrays.copyOf(words, 2 * count);
      frames = Arrays.copyOf(frames, 2 * count);
    }
    pages[count] = page;
    words[count] = word;
    frames[count++] = frame;
  }

  void forEach(Action action) {
    for (int i = 0; i < count; i++) {
      action.accept(pages[i], frames[i], words[i]);
    }
  }
}
