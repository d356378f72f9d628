package dev.longpin.api;

import java.time.Duration;
import java.util.List;

/**
 * The short pins on one page. Age and place are known in debug mode only: they would cost more than
 * the pin.
 *
 * @param pageIndex the page
 * @param count how many short pins it has
 * @param places in debug mode, where and how long ago each was taken
 */
public record ShortPinInfo(long pageIndex, int count, List<Place> places) {

  /**
   * Where a short pin was taken.
   *
   * @param age how long it has been held
   * @param thread the thread that took it
   * @param takenAt the call stack, innermost call first
   */
  public record Place(Duration age, String thread, List<StackTraceElement> takenAt) {}

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("page " + pageIndex + " has " + count + " short pin(s)");
    for (Place place : places) {
      text.append(" [").append(place.thread).append(", ").append(place.age.toMillis());
      text.append(" ms, at ").append(place.takenAt.isEmpty() ? "?" : place.takenAt.getFirst());
      text.append(']');
    }
    return text.toString();
  }
}
