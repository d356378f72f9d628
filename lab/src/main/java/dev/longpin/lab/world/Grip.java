package dev.longpin.lab.world;

import dev.longpin.api.LongtermPin;
import dev.longpin.api.Pin;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * What a device has of a page: an address. It may access that late, and asks nobody, until it has
 * said that it is quiet.
 */
final class Grip {

  final long page;
  final MemorySegment memory;
  final int frame;
  final @Nullable LongtermPin longterm;
  private final @Nullable Pin shortPin;

  /** Whether the page left the file, and the caller who took it knows that. */
  boolean disconnected;

  /** What the device wrote last; 0 if it has written nothing. */
  char last;

  /** The number of the step at which the device got it. */
  long takenAt;

  /** Whether the device has said that it is quiet. */
  boolean ended;

  /** The operation that returned although the device was not quiet; null if none did. */
  @Nullable String goneBy;

  Grip(
      long page,
      MemorySegment memory,
      int frame,
      @Nullable LongtermPin longterm,
      @Nullable Pin shortPin) {
    this.page = page;
    this.memory = memory;
    this.frame = frame;
    this.longterm = longterm;
    this.shortPin = shortPin;
  }

  /** An access was complete; returns whether the page is the file's, as far as the device knows. */
  boolean complete() {
    return longterm == null || longterm.complete();
  }

  /** The device is quiet. */
  void end() {
    ended = true;
    if (longterm != null) {
      var _ = longterm.release();
    }
    if (shortPin != null) {
      shortPin.close();
    }
  }
}
