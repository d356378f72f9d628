package dev.longpin.guest.socket;

import dev.longpin.guest.wire.Codec;
import dev.longpin.guest.wire.Message;
import dev.longpin.guest.wire.Protocol;
import dev.longpin.linux.sys.Descriptor;
import dev.longpin.linux.sys.Downcalls;
import dev.longpin.linux.sys.Errno;
import dev.longpin.linux.sys.ErrnoException;
import dev.longpin.linux.sys.PacketCalls;
import dev.longpin.linux.sys.SystemCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A socket, closed only after its last use. Sending, hanging up and closing may be done by any
 * thread; receiving, and accepting, by one.
 */
public final class PacketSocket implements AutoCloseable {

  /** How many may wait to be accepted. */
  private static final int BACKLOG = 16;

  /** Says what no packet with a length does. */
  public static final int END = 0;

  private final SystemCalls calls;
  private final Descriptor socket;

  private PacketSocket(SystemCalls calls, int descriptor) {
    this.calls = calls;
    this.socket = new Descriptor(calls.files(), descriptor);
  }

  /** The calls of this machine, found when they are needed first. */
  private static final class Here {
    static final SystemCalls CALLS = SystemCalls.find(Downcalls.system());
  }

  /** Returns the calls of this machine. */
  public static SystemCalls calls() {
    return Here.CALLS;
  }

  /**
   * Listens at a path, where nothing may be.
   *
   * @param mode the permissions of the socket's file
   * @throws IOException if that can't be
   */
  public static PacketSocket listen(Path path, int mode) throws IOException {
    return open(
        "listen at " + path,
        (packets, descriptor) -> packets.listen(descriptor, bytes(path), mode, BACKLOG));
  }

  /**
   * Connects to who listens at a path.
   *
   * @throws IOException if nobody does, or it is not permitted
   */
  public static PacketSocket connect(Path path) throws IOException {
    return open(
        "connect to " + path, (packets, descriptor) -> packets.connect(descriptor, bytes(path)));
  }

  /** What makes a socket one that is of use. */
  @FunctionalInterface
  private interface Opening {
    long on(PacketCalls packets, int descriptor);
  }

  private static PacketSocket open(String what, Opening opening) throws IOException {
    SystemCalls calls = calls();
    int descriptor = calls.packets().socket();
    if (descriptor < 0) {
      throw new ErrnoException("socket", descriptor);
    }
    boolean done = false;
    try {
      long result = opening.on(calls.packets(), descriptor);
      if (result < 0) {
        throw new ErrnoException(what, result);
      }
      done = true;
      return new PacketSocket(calls, descriptor);
    } finally {
      if (!done) {
        calls.files().close(descriptor);
      }
    }
  }

  /** Returns a path as the kernel takes it. */
  private static byte[] bytes(Path path) {
    return path.toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Waits for one who connects.
   *
   * @return the socket to talk to it, or null after {@link #hangUp}
   * @throws IOException if none can be made; the next may
   */
  public @Nullable PacketSocket accept() throws IOException {
    long result = socket.use(calls.packets()::accept);
    if (Errno.EINVAL.is(result)) {
      return null;
    }
    if (result < 0) {
      throw new ErrnoException("accept", result);
    }
    return new PacketSocket(calls, (int) result);
  }

  /** Returns who is at the other end. */
  public PacketCalls.Credentials peer() {
    PacketCalls.Credentials[] found = new PacketCalls.Credentials[1];
    long _ =
        socket.use(descriptor -> {
          found[0] = calls.packets().peer(descriptor);
          return 0;
        });
    return found[0];
  }

  /**
   * Sends a message, and does not wait.
   *
   * @param passed a descriptor that goes with it, or -1
   * @return the bytes sent, or a negated error number: EAGAIN if the other side does not receive
   */
  public long send(Message message, int passed) {
    return sendPacket(Codec.encode(message), passed);
  }

  /** Sends any bytes, likewise. */
  public long sendPacket(ByteBuffer packet, int passed) {
    return socket.use(descriptor -> calls.packets().send(descriptor, packet, passed));
  }

  /**
   * Waits for the next packet.
   *
   * @param target with room for {@link Protocol#MAX_PACKET_BYTES}; flipped when there is one
   * @param takesDescriptor whether a descriptor may come with it
   * @return what came; its bytes are {@link #END} or less at the end
   */
  public PacketCalls.Received receive(ByteBuffer target, boolean takesDescriptor) {
    PacketCalls.Received[] received = new PacketCalls.Received[1];
    do {
      long _ =
          socket.use(descriptor -> {
            int ready = calls.packets().poll(descriptor, -1);
            received[0] =
                ready < 0
                    ? new PacketCalls.Received(ready, -1, false)
                    : calls.packets().receive(descriptor, target.clear(), takesDescriptor);
            return 0;
          });
    } while (Errno.EAGAIN.is(received[0].bytes()));
    target.flip();
    return received[0];
  }

  /** Ends the conversation, and wakes who receives or accepts. */
  public void hangUp() {
    try {
      long _ = socket.use(calls.packets()::shutdown);
    } catch (IllegalStateException e) {
      return; // closed, which is more
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
