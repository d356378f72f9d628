package dev.longpin.revoke;

import dev.longpin.api.Access;
import dev.longpin.api.DisconnectedException;
import dev.longpin.api.Holder;
import dev.longpin.api.HolderInfo;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.PinState;
import dev.longpin.api.Revocation;
import dev.longpin.api.RevocationHandler;
import dev.longpin.base.Seam;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.Frames;
import dev.longpin.page.PageWord;
import dev.longpin.page.PinnedRange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A long-term pin and where it stands.
 *
 * <pre>
 *   HELD ----told----> TOLD
 *     |                  |
 *     +---- quiesced ----+----> QUIESCED ---- unmapped ----> UNMAPPED
 * </pre>
 *
 * <p>The states are changed by {@link Holders}, under its lock. The counts in the page words drop
 * when the pin becomes QUIESCED, after which no access is in flight; the limit's charge ends with
 * UNMAPPED, when nothing of the pin is left.
 */
public final class HeldPin extends PinnedRange implements LongtermPin {

  private static final int PLACE_DEPTH = 16;

  private final Holders holders;
  private final AddressSpace space;
  private final Holder holder;
  private final @Nullable RevocationHandler handler;
  private final int key;
  private final long sinceNanos = Seam.nanoTime();
  private final List<StackTraceElement> takenAt;

  // Written under the lock of holders.
  private volatile PinState state = PinState.HELD;
  private volatile boolean disconnectionSaid;
  private volatile List<Range> disconnected = List.of();
  private boolean beingTold;

  /** The last notice that came while the handler was at another. */
  private @Nullable Revocation missed;

  private long reports;

  /** Bytes of the file. */
  private record Range(long start, long end) {}

  /** Makes a pin whose pages are pinned and whose charge is made. */
  public HeldPin(
      Frames frames,
      Holders holders,
      AddressSpace space,
      long offset,
      long lengthBytes,
      Access access,
      int[] pinned,
      Holder holder,
      @Nullable RevocationHandler handler,
      boolean debug) {
    super(frames, offset, lengthBytes, access, pinned[0], pinned, debug);
    this.holders = holders;
    this.space = space;
    this.holder = holder;
    this.handler = handler;
    this.key = holders.takeKey();
    this.takenAt = place();
  }

  /** Returns the call stack outside of Longpin's core. */
  static List<StackTraceElement> place() {
    return StackWalker.getInstance()
        .walk(frames ->
            frames
                .map(StackWalker.StackFrame::toStackTraceElement)
                .dropWhile(HeldPin::isOurs)
                .limit(PLACE_DEPTH)
                .toList());
  }

  private static boolean isOurs(StackTraceElement element) {
    String name = element.getClassName();
    return name.startsWith("dev.longpin.revoke.")
        || name.startsWith("dev.longpin.mm.")
        || name.startsWith("dev.longpin.cache.")
        || name.startsWith("dev.longpin.api.");
  }

  @Nullable RevocationHandler handler() {
    return handler;
  }

  /** Returns whether the pin covers any byte of {@code [start, end)}. */
  boolean overlaps(long start, long end) {
    return offset() < end && start < offset() + lengthBytes();
  }

  /** Returns whether a device may still access the pages. */
  boolean isActive() {
    return state == PinState.HELD || state == PinState.TOLD;
  }

  /**
   * Starts a notice: true if none is under way and the device may still access the pages. If one is
   * this notice follows it.
   */
  boolean startTelling(Revocation revocation) {
    if (!isActive()) {
      return false;
    }
    if (beingTold) {
      missed = revocation;
      return false;
    }
    beingTold = true;
    return true;
  }

  /** The handler returned; returns the notice that is to follow, if there is one. */
  @Nullable Revocation told() {
    if (state == PinState.HELD) {
      state = PinState.TOLD;
    }
    Revocation next = isActive() ? missed : null;
    missed = null;
    beingTold = next != null;
    return next;
  }

  void setState(PinState next) {
    state = next;
  }

  /** Notes that the pages of {@code [start, end)} of the file are the file's no more. */
  void disconnect(long start, long end) {
    List<Range> next = new ArrayList<>(disconnected);
    next.add(new Range(start, end));
    disconnected = List.copyOf(next);
  }

  /**
   * Counts a report on {@code [start, end)} of the file; returns whether all of it is the file's.
   */
  boolean report(long start, long end) {
    if (access().writes()) {
      reports++;
    }
    boolean connected =
        disconnected.stream().noneMatch(gone -> gone.start < end && start < gone.end);
    disconnectionSaid |= !connected;
    return connected;
  }

  /** Returns how often the holder has reported that something was written. */
  long reports() {
    return reports;
  }

  /** Forgets a pin that was made and not added; its pages are the caller's. */
  public void discard() {
    endSegments();
    holders.discard(this);
  }

  /** Returns the frame that page {@code index} of the range was in when it was pinned. */
  public int frameOf(int index) {
    return frame(index);
  }

  /** Returns the file. */
  public AddressSpace space() {
    return space;
  }

  /** Drops the counts of the pages; called once, after the state became QUIESCED. */
  void unpinPages() {
    long unit = PageWord.unit(access(), true);
    try {
      endSegments();
    } finally {
      for (int i = 0; i < pageCount(); i++) {
        boolean _ = frames().unpin(frame(i), unit);
      }
    }
  }

  /** Describes the pin as it is now. */
  public HolderInfo info() {
    return new HolderInfo(
        holder,
        space.store().path(),
        offset(),
        lengthBytes(),
        pageCount(),
        access(),
        Duration.ofNanos(Seam.nanoTime() - sinceNanos),
        handler != null,
        state,
        isDisconnected(),
        takenAt);
  }

  @Override
  protected boolean isHeld() {
    return isActive();
  }

  @Override
  public Holder holder() {
    return holder;
  }

  @Override
  public int key() {
    return key;
  }

  @Override
  public PinState state() {
    return state;
  }

  @Override
  public boolean isDisconnected() {
    return !disconnected.isEmpty();
  }

  @Override
  public boolean complete() {
    return holders.report(this, offset(), offset() + lengthBytes());
  }

  @Override
  public boolean complete(long position, long lengthBytes) {
    Objects.checkFromIndexSize(position, lengthBytes, lengthBytes());
    return holders.report(this, offset() + position, offset() + position + lengthBytes);
  }

  @Override
  public void quiesced() {
    holders.quiesce(this);
  }

  @Override
  public boolean release() {
    holders.unmap(this);
    return complete();
  }

  @Override
  public void close() throws DisconnectedException {
    boolean said = disconnectionSaid;
    if (!release() && !said) {
      throw new DisconnectedException(info());
    }
  }

  @Override
  public String toString() {
    return info().toString();
  }
}
