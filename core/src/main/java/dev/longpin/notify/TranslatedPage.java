package dev.longpin.notify;

import dev.longpin.api.Access;
import dev.longpin.api.Translation;
import dev.longpin.page.Frames;
import dev.longpin.page.PageWord;
import java.lang.foreign.MemorySegment;

/**
 * A page in the table of a device. It counts in the page word as a short pin: so the frame can't be
 * used again, what the device wrote is not missed, and whoever waits for the page's pins waits for
 * the device as well; but unlike a pin it is one that the cache can ask back at any time.
 */
final class TranslatedPage implements Translation {

  final Interval interval;
  final long pageIndex;
  final int frame;

  /** Under the lock of {@link Notifiers}: whether a handler was asked for it and has not ended. */
  boolean invalidating;

  /** Under the lock of {@link Notifiers}. */
  boolean released;

  /** Under the lock of {@link Notifiers}: whether the page was the file's when it was released. */
  boolean wasOfFile;

  private final Notifiers notifiers;
  private final Frames frames;
  private final Access access;

  TranslatedPage(
      Notifiers notifiers,
      Frames frames,
      Interval interval,
      long pageIndex,
      int frame,
      Access access) {
    this.notifiers = notifiers;
    this.frames = frames;
    this.interval = interval;
    this.pageIndex = pageIndex;
    this.frame = frame;
    this.access = access;
  }

  long unit() {
    return PageWord.unit(access, false);
  }

  @Override
  public long offset() {
    return pageIndex << frames.pageShift();
  }

  @Override
  public Access access() {
    return access;
  }

  @Override
  public MemorySegment unsafeSegment() {
    MemorySegment memory = frames.segment(frame);
    return access.writes() ? memory : memory.asReadOnly();
  }

  @Override
  public boolean release() {
    return notifiers.release(this);
  }
}
