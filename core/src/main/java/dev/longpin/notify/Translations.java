package dev.longpin.notify;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The pages that a device has, in the order of the file: a device may have all of a large file, and
 * is asked for one of its pages at a time. Belongs to {@link Notifiers}, under that lock.
 */
final class Translations {

  private final NavigableMap<Long, List<TranslatedPage>> byPage = new TreeMap<>();
  private int size;

  void add(TranslatedPage page) {
    byPage.computeIfAbsent(page.pageIndex, _ -> new ArrayList<>(1)).add(page);
    size++;
  }

  void remove(TranslatedPage page) {
    List<TranslatedPage> same = byPage.get(page.pageIndex);
    if (same != null && same.remove(page)) {
      size--;
      if (same.isEmpty()) {
        byPage.remove(page.pageIndex);
      }
    }
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Returns those of pages {@code [first, end)} of the file. */
  Stream<TranslatedPage> within(long first, long end) {
    return byPage.subMap(first, end).values().stream().flatMap(List::stream);
  }
}
