package dev.longpin.linux.send;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.Holder;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.PinRefusedException;
import dev.longpin.base.Deadline;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * A device that sends ranges of cached files over one TCP connection, straight from their frames
 * ({@code IORING_OP_SEND_ZC}). How long the kernel has the pages is up to the receiver: it may need
 * them again until they are acknowledged, and on the same host until they are read. So each send
 * holds a <em>revocable long-term pin</em>:
 *
 * <ul>
 *   <li>The pin ends with the kernel's <em>notification</em> that it no longer has the pages, not
 *       with the result of the send.
 *   <li>When the pages are wanted back the connection is reset: what was not received is thrown
 *       away, the notification comes, and the pin ends.
 * </ul>
 *
 * <p>Where the kernel can't do that the bytes are copied to the socket, from the same pin. One
 * thread sends; any thread may {@link #reset}. Virtual threads are welcome.
 */
public final class ZeroCopySender implements AutoCloseable {

  private final Wire wire;

  private ZeroCopySender(Wire wire) {
    this.wire = wire;
  }

  /**
   * Connects, to send without a copy where this kernel can.
   *
   * @throws IOException if there is no connection within {@code timeout}; nothing stays open
   */
  public static ZeroCopySender connect(InetSocketAddress receiver, Duration timeout)
      throws IOException {
    Wire wire = UringWire.tryConnect(receiver, timeout);
    return wire == null ? connectPlain(receiver, timeout) : new ZeroCopySender(wire);
  }

  /** Connects, to copy to the socket on any kernel; fails as {@link #connect} does. */
  public static ZeroCopySender connectPlain(InetSocketAddress receiver, Duration timeout)
      throws IOException {
    return new ZeroCopySender(ChannelWire.connect(receiver, timeout));
  }

  /**
   * Sends a range of a file and waits until the kernel no longer has its pages.
   *
   * @param header sent before it, and copied; may be empty
   * @param wait how long the caller waits; the kernel may have the pages longer
   * @throws PinRefusedException with the reason; nothing was sent
   * @throws LongpinException if the pages can't be had; nothing was sent
   * @throws InterruptedException if interrupted: the connection is being reset, and the pin ends
   *     when the kernel says so
   */
  public SendResult send(
      MemorySegment header,
      CachedFile file,
      long offset,
      long lengthBytes,
      Holder holder,
      Duration wait)
      throws LongpinException, InterruptedException {
    Deadline deadline = Deadline.after(wait);
    LongtermPin pin =
        file.pinLongterm(
            offset, lengthBytes, Access.READ, holder, (revoked, revocation) -> wire.reset());
    return wire.send(
        header,
        pin,
        deadline,
        () -> {
          var _ = pin.release();
        });
  }

  /**
   * Cuts the connection off: what was not received is thrown away, a send under way ends with
   * {@link SendResult.End#RESET}, and so does each one after it.
   */
  public void reset() {
    wire.reset();
  }

  Wire wire() {
    return wire;
  }

  /** Returns how many sends asked the kernel not to copy: one for each page, or part of one. */
  public long sends() {
    return wire.sends();
  }

  /**
   * Returns of how many of them the kernel said that it copied after all, as it does where the
   * network card can't gather, and on the same host.
   */
  public long copied() {
    return wire.copied();
  }

  /** Returns whether it asks the kernel not to copy. */
  public boolean isZeroCopy() {
    return wire.isZeroCopy();
  }

  /** Resets the connection and gives it up as soon as the kernel is done with it. */
  @Override
  public void close() {
    wire.close();
  }
}
