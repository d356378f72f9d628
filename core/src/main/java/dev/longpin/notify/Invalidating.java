package dev.longpin.notify;

import dev.longpin.page.AddressSpace;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of a file that are being invalidated: as long as this lasts no device begins a fault there.
 * May overlap others and lie inside them. (The kernel's {@code mmu_notifier_range}.)
 */
public final class Invalidating {

  final AddressSpace space;
  final long start;
  final long end;

  /** The how manieth it is; under the lock of {@link Notifiers}. */
  long number;

  /** The only interval that it is for; null for all. */
  final @Nullable Interval only;

  Invalidating(AddressSpace space, long start, long end, @Nullable Interval only) {
    this.space = space;
    this.start = start;
    this.end = end;
    this.only = only;
  }

  boolean concerns(Interval interval) {
    return (only == null || only == interval) && interval.overlaps(space, start, end);
  }
}
