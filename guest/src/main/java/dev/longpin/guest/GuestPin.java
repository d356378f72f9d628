package dev.longpin.guest;

import dev.longpin.api.Access;
import dev.longpin.guest.wire.Message;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Pages of a file in a guest's memory. The answers may come from any thread, once each, and wait
 * for the host to have taken them.
 */
public final class GuestPin implements AutoCloseable {

  private final Guest guest;
  private final int key;
  private final long offset;
  private final int lengthBytes;
  private final Access access;
  private final List<MemorySegment> segments;
  private volatile boolean isUnmapped;

  GuestPin(
      Guest guest,
      int key,
      long offset,
      int lengthBytes,
      Access access,
      List<MemorySegment> segments) {
    this.guest = guest;
    this.key = key;
    this.offset = offset;
    this.lengthBytes = lengthBytes;
    this.access = access;
    this.segments = List.copyOf(segments);
  }

  /** Returns the key by which the host knows it: any int. */
  public int key() {
    return key;
  }

  /** Returns the offset in the file of the first byte. */
  public long offset() {
    return offset;
  }

  /** Returns the length in bytes. */
  public int lengthBytes() {
    return lengthBytes;
  }

  /** Returns what the guest does with it. */
  public Access access() {
    return access;
  }

  /**
   * Returns the pieces of memory in the order of the file, one a page. What is done there after
   * {@link #quiesced} reaches no file.
   */
  public List<MemorySegment> segments() {
    return segments;
  }

  /**
   * Reports that an access to a part of the pin completed.
   *
   * @param position from the start of the pin, in bytes
   * @return whether that part is in the file: if so it is on disk after the host's next force
   * @throws GuestException if the pin was quiesced, or the guest cut off
   */
  public boolean complete(int position, int lengthBytes) throws GuestException {
    return guest.ask(tag -> new Message.Complete(tag, key, position, lengthBytes));
  }

  /** Reports that an access to all of it completed, likewise. */
  public boolean complete() throws GuestException {
    return complete(0, lengthBytes);
  }

  /**
   * Answers that no access is under way and none will start.
   *
   * @return whether the pages were the file's until now
   */
  public boolean quiesced() throws GuestException {
    return guest.ask(tag -> new Message.Quiesced(tag, key));
  }

  /**
   * Ends the pin: quiesced as well, if it was not.
   *
   * @return whether the pages were the file's until then
   * @throws GuestException if it has ended before, or the guest was cut off
   */
  public boolean unmapped() throws GuestException {
    isUnmapped = true;
    guest.forget(this);
    return guest.ask(tag -> new Message.Unmapped(tag, key));
  }

  /** Ends the pin if it has not ended. */
  @Override
  public void close() throws GuestException {
    if (!isUnmapped) {
      boolean _ = unmapped();
    }
  }
}
