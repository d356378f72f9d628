package dev.longpin.guest.host;

import dev.longpin.guest.socket.PacketSocket;
import dev.longpin.guest.wire.Codec;
import dev.longpin.guest.wire.CutOffReason;
import dev.longpin.guest.wire.MalformedMessageException;
import dev.longpin.guest.wire.Message;
import dev.longpin.guest.wire.Protocol;
import dev.longpin.linux.sys.Descriptor;
import dev.longpin.linux.sys.Errno;
import dev.longpin.linux.sys.Libc;
import dev.longpin.linux.sys.PacketCalls;
import dev.longpin.linux.sys.SystemCalls;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A line through a socket, and the thread that listens to the guest. */
final class Connection implements Line {

  private static final int OWNER_ONLY = 0600;

  private final PacketSocket socket;

  Connection(PacketSocket socket) {
    this.socket = socket;
  }

  @Override
  public boolean send(Message.OfHost message) {
    return send(message, -1);
  }

  private boolean send(Message.OfHost message, int descriptor) {
    try {
      long result = socket.send(message, descriptor);
      return !Errno.EAGAIN.is(result) && !Errno.ENOBUFS.is(result);
    } catch (IllegalStateException e) {
      return true; // closed: whoever did that knows
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>A guest that may only read gets a descriptor that can't be mapped for writing, and no right
   * to open the memory anew, if it is not of our user.
   */
  @Override
  public boolean welcome(Message.Welcome message, int descriptor, boolean writable) {
    SystemCalls calls = PacketSocket.calls();
    check("fchmod", calls.packets().mode(descriptor, OWNER_ONLY));
    if (writable) {
      return send(message, descriptor);
    }
    byte[] path = Descriptor.alias(descriptor).toString().getBytes(StandardCharsets.US_ASCII);
    int readOnly = calls.files().open(path, Libc.O_RDONLY | Libc.O_CLOEXEC);
    check("open of the memory for reading", readOnly);
    try {
      return send(message, readOnly);
    } finally {
      calls.files().close(readOnly);
    }
  }

  private static void check(String call, int result) {
    if (result < 0) {
      throw new IllegalStateException(call + ": " + Errno.describe(result));
    }
  }

  @Override
  public void hangUp() {
    socket.hangUp();
  }

  /** Listens until the guest is gone or need not be listened to, and closes the socket. */
  void listen(GuestSession session) {
    try (socket) {
      ByteBuffer packet = ByteBuffer.allocate(Protocol.MAX_PACKET_BYTES);
      while (hear(session, packet)) {
        // The next.
      }
    }
  }

  private boolean hear(GuestSession session, ByteBuffer packet) {
    PacketCalls.Received received = socket.receive(packet, false);
    if (received.bytes() <= PacketSocket.END) {
      session.end(CutOffReason.GONE, "");
      return false;
    }
    try {
      if (received.refused()) {
        session.end(CutOffReason.PROTOCOL, "a descriptor that nobody asked for");
        return false;
      }
      if (received.bytes() > Protocol.MAX_PACKET_BYTES) {
        session.end(CutOffReason.PROTOCOL, "a packet of " + received.bytes() + " bytes");
        return false;
      }
      return session.received(Codec.decodeOfGuest(packet));
    } catch (MalformedMessageException e) {
      session.end(
          e.isOtherVersion() ? CutOffReason.VERSION : CutOffReason.PROTOCOL,
          String.valueOf(e.getMessage()));
      return false;
    }
  }
}
