package dev.longpin.lab.world;

import java.util.ArrayList;
import java.util.List;

/**
 * What one byte of each page must be. It knows only when writes and cuts began and ended, and what
 * was said of them: so it allows what some order of those that overlapped would leave, and no more.
 */
final class Shadow {

  /** A write of a letter, or a cut, which leaves a zero. */
  static final class Change {
    private final long page;
    private final char letter;
    private final int began;
    private int ended = Integer.MAX_VALUE;
    private boolean sure;

    private Change(long page, char letter, int began) {
      this.page = page;
      this.letter = letter;
      this.began = began;
    }

    /** Returns whether it must have come after another. */
    private boolean isAfter(Change other) {
      return began > other.ended;
    }
  }

  private final List<Change> changes = new ArrayList<>();
  private int now;

  /** Begins a file whose page is full of a letter. */
  void initially(long page, char letter) {
    end(begin(page, letter), true);
  }

  /** Begins to write a letter; a cut writes a zero. */
  Change begin(long page, char letter) {
    Change change = new Change(page, letter, ++now);
    changes.add(change);
    return change;
  }

  /** Ends it; {@code sure} if it was reported complete, so that it must be there. */
  void end(Change change, boolean sure) {
    change.ended = ++now;
    change.sure = sure;
  }

  /** It can't have happened. */
  void undo(Change change) {
    changes.remove(change);
  }

  /** Returns whether a page may have this letter once all has come to rest. */
  boolean allows(long page, char letter) {
    return allowsAfter(page, letter, Integer.MAX_VALUE);
  }

  /** Returns the time of now. */
  int now() {
    return now;
  }

  /** Returns whether the disk may have this letter after a force that began at {@code time}. */
  boolean allowsAfter(long page, char letter, int time) {
    return changes.stream()
        .anyMatch(change ->
            change.page == page && change.letter == letter && !isOverwritten(change, time));
  }

  /** By what had ended by a time. */
  private boolean isOverwritten(Change candidate, int time) {
    for (Change later : changes) {
      if (later.page == candidate.page
          && later.sure
          && later.ended <= time
          && later.isAfter(candidate)) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether any change of any page ever wrote the letter, other than of this page. */
  boolean isForeign(long page, char letter) {
    return letter != 0
        && changes.stream().noneMatch(change -> change.page == page && change.letter == letter);
  }

  /** Returns what is allowed, in words. */
  String expected(long page) {
    StringBuilder text = new StringBuilder();
    for (Change change : changes) {
      if (change.page == page && !isOverwritten(change, Integer.MAX_VALUE)) {
        text.append(text.isEmpty() ? "" : " or ").append(name(change.letter));
      }
    }
    return text.toString();
  }

  static String name(char letter) {
    return letter == 0 ? "zeros" : "'" + letter + "'";
  }
}
