package dev.longpin.api;

/**
 * A long-term pin: a device may access the pages until its holder ends it, whenever that is.
 *
 * <p>The device's answers ({@link #complete}, {@link #quiesced}, {@link #release}) may come from
 * any thread. The accessors of {@link PinnedMemory} must not be in use while another thread ends
 * the pin, as a handler may.
 *
 * <p>A holder that passed a {@link RevocationHandler} is told when the file needs its pages back,
 * and answers in order: {@link #quiesced} when no access is in flight and none will start, {@link
 * #release} or {@link #close} when no translation is left. {@link #release} alone says both.
 *
 * <p>When a deadline passed and the caller chose to {@linkplain Unmapping.OnDeadline#DISCONNECT
 * disconnect}, the pages that were cut are no longer those of the file; their memory stays the
 * device's until it answers. {@link #complete}, {@link #release} and {@link #close} say so. Pages
 * of the pin that were not cut stay the file's, and what the device writes there is in the file:
 * ask {@link #complete(long, long)} which they are.
 */
public interface LongtermPin extends PinnedMemory, AutoCloseable {

  /** Returns who has the pin. */
  Holder holder();

  /**
   * Returns the key by which peers of the device name the pages: any int, that can't be guessed. No
   * other pin of the cache gets it before {@link CacheConfig#keyQuarantine} has passed since this
   * one was unmapped (I9).
   */
  int key();

  /** Returns where the pin stands. */
  PinState state();

  /** Returns whether any of the pages is the file's no more. */
  boolean isDisconnected();

  /**
   * Reports that an access of the device completed. What it wrote is on disk after the next {@link
   * CachedFile#force} (I3), if the answer is true.
   *
   * @return false if any of the pages was disconnected from the file before: what was written there
   *     is not in it
   */
  boolean complete();

  /**
   * Reports that an access of the device to a part of the range completed, likewise.
   *
   * @param position the first byte of the part, from the start of the pin
   * @return false if any page of that part was disconnected from the file before
   * @throws IndexOutOfBoundsException if the part is not within the range
   */
  boolean complete(long position, long lengthBytes);

  /**
   * Answers that no access is in flight and none will start. The pages go back to the file; the
   * accessors refuse from now on. A second call does nothing.
   */
  void quiesced();

  /**
   * Ends the pin: {@linkplain #quiesced quiesced} and unmapped. A second call does nothing.
   *
   * @return false if any of the pages was disconnected from the file
   */
  boolean release();

  /**
   * Ends the pin as {@link #release} does.
   *
   * @throws DisconnectedException if any of the pages was disconnected and neither {@link
   *     #complete} nor {@link #release} has said so; the pin is over nevertheless
   */
  @Override
  void close() throws DisconnectedException;
}
