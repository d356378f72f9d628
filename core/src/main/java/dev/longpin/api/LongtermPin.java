package dev.longpin.api;

/**
 * A long-term pin: a device may access the pages until its holder ends it, whenever that is. Safe
 * for use from several threads.
 *
 * <p>A holder that passed a {@link RevocationHandler} is told when the file needs its pages back,
 * and answers in order: {@link #quiesced} when no access is in flight and none will start, {@link
 * #release} or {@link #close} when no translation is left. {@link #release} alone says both.
 *
 * <p>When a deadline passed and the caller chose to {@linkplain Unmapping.OnDeadline#DISCONNECT
 * disconnect}, the pages are no longer those of the file; the memory stays the device's until it
 * answers. {@link #complete}, {@link #release} and {@link #close} say so.
 */
public interface LongtermPin extends PinnedMemory, AutoCloseable {

  /** Returns who has the pin. */
  Holder holder();

  /** Returns where the pin stands. */
  PinState state();

  /** Returns whether the pages are those of the file no more. */
  boolean isDisconnected();

  /**
   * Reports that an access of the device completed. What it wrote is on disk after the next {@link
   * CachedFile#force} (I3), if the answer is true.
   *
   * @return false if the pages were disconnected from the file before: what was written is not in
   *     it
   */
  boolean complete();

  /**
   * Answers that no access is in flight and none will start. The pages go back to the file; the
   * accessors refuse from now on. A second call does nothing.
   */
  void quiesced();

  /**
   * Ends the pin: {@linkplain #quiesced quiesced} and unmapped. A second call does nothing.
   *
   * @return false if the pages were disconnected from the file
   */
  boolean release();

  /**
   * Ends the pin as {@link #release} does.
   *
   * @throws DisconnectedException if the pages were disconnected and neither {@link #complete} nor
   *     {@link #release} has said so; the pin is over nevertheless
   */
  @Override
  void close() throws DisconnectedException;
}
