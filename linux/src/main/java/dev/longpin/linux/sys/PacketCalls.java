package dev.longpin.linux.sys;

import static dev.longpin.linux.sys.Downcalls.ADDRESS;
import static dev.longpin.linux.sys.Downcalls.FIXED;
import static dev.longpin.linux.sys.Downcalls.INT;
import static dev.longpin.linux.sys.Downcalls.LONG;
import static dev.longpin.linux.sys.Downcalls.SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;

/**
 * The calls for Unix sockets on which packets keep their bounds (SOCK_SEQPACKET), and a descriptor
 * can go with one. The constants and layouts are those of x86-64 and aarch64.
 */
public final class PacketCalls {

  private static final int AF_UNIX = 1;
  private static final int SOCK_SEQPACKET = 5;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_PEERCRED = 17;
  private static final int SCM_RIGHTS = 1;
  private static final int SHUT_RDWR = 2;
  private static final int MSG_CTRUNC = 8;
  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;
  private static final short POLLIN = 1;

  /** How long the path of a socket may be, in bytes: {@code sun_path} less its zero. */
  public static final int MAX_PATH_BYTES = 107;

  /** {@code struct sockaddr_un}: the family, and the path. */
  private static final int SUN_PATH = 2;

  private static final int SOCKADDR_BYTES = SUN_PATH + MAX_PATH_BYTES + 1;

  private static final StructLayout IOVEC =
      MemoryLayout.structLayout(ADDRESS.withName("iov_base"), LONG.withName("iov_len"));
  private static final long IOV_LEN = Downcalls.offset(IOVEC, "iov_len");

  private static final StructLayout MSGHDR =
      MemoryLayout.structLayout(
          ADDRESS.withName("msg_name"),
          INT.withName("msg_namelen"),
          MemoryLayout.paddingLayout(4),
          ADDRESS.withName("msg_iov"),
          LONG.withName("msg_iovlen"),
          ADDRESS.withName("msg_control"),
          LONG.withName("msg_controllen"),
          INT.withName("msg_flags"),
          MemoryLayout.paddingLayout(4));
  private static final long MSG_IOV = Downcalls.offset(MSGHDR, "msg_iov");
  private static final long MSG_IOVLEN = Downcalls.offset(MSGHDR, "msg_iovlen");
  private static final long MSG_CONTROL = Downcalls.offset(MSGHDR, "msg_control");
  private static final long MSG_CONTROLLEN = Downcalls.offset(MSGHDR, "msg_controllen");
  private static final long MSG_FLAGS = Downcalls.offset(MSGHDR, "msg_flags");

  /** {@code struct cmsghdr} with one descriptor after it. */
  private static final StructLayout CMSG =
      MemoryLayout.structLayout(
          LONG.withName("cmsg_len"),
          INT.withName("cmsg_level"),
          INT.withName("cmsg_type"),
          INT.withName("descriptor"),
          MemoryLayout.paddingLayout(4));

  private static final long CMSG_LEN = Downcalls.offset(CMSG, "cmsg_len");
  private static final long CMSG_LEVEL = Downcalls.offset(CMSG, "cmsg_level");
  private static final long CMSG_TYPE = Downcalls.offset(CMSG, "cmsg_type");
  private static final long CMSG_DESCRIPTOR = Downcalls.offset(CMSG, "descriptor");
  private static final long CMSG_LEN_OF_ONE = CMSG_DESCRIPTOR + Integer.BYTES;

  private final MethodHandle socket;
  private final MethodHandle bind;
  private final MethodHandle listen;
  private final MethodHandle accept4;
  private final MethodHandle connect;
  private final MethodHandle shutdown;
  private final MethodHandle getsockopt;
  private final MethodHandle sendmsg;
  private final MethodHandle recvmsg;
  private final MethodHandle poll;
  private final MethodHandle fchmod;

  /** Finds the functions; throws as {@link Downcalls#find} does. */
  public PacketCalls(Downcalls calls) {
    socket = calls.find("socket", FIXED, INT, INT, INT, INT);
    bind = calls.find("bind", FIXED, INT, INT, ADDRESS, INT);
    listen = calls.find("listen", FIXED, INT, INT, INT);
    accept4 = calls.find("accept4", FIXED, INT, INT, ADDRESS, ADDRESS, INT);
    connect = calls.find("connect", FIXED, INT, INT, ADDRESS, INT);
    shutdown = calls.find("shutdown", FIXED, INT, INT, INT);
    getsockopt = calls.find("getsockopt", FIXED, INT, INT, INT, INT, ADDRESS, ADDRESS);
    sendmsg = calls.find("sendmsg", FIXED, LONG, INT, ADDRESS, INT);
    recvmsg = calls.find("recvmsg", FIXED, LONG, INT, ADDRESS, INT);
    poll = calls.find("poll", FIXED, INT, ADDRESS, LONG, INT);
    fchmod = calls.find("fchmod", FIXED, INT, INT, INT);
  }

  /** Makes a socket. */
  public int socket() {
    return (int)
        Downcalls.call(
            errno -> (int) socket.invokeExact(errno, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  }

  /**
   * Gives a socket a path, where nothing may be, and lets others connect.
   *
   * @param path of {@link #MAX_PATH_BYTES} bytes at most, in the file system's own
   * @param mode the permissions of the socket's file, less the process's umask: who may write may
   *     connect
   */
  public int listen(int descriptor, byte[] path, int mode, int backlog) {
    int result = mode(descriptor, mode); // before it has a path that anyone could connect to
    if (result >= 0) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment address = address(arena, path);
        result =
            (int)
                Downcalls.call(
                    arena,
                    errno -> (int) bind.invokeExact(errno, descriptor, address, SOCKADDR_BYTES));
      }
    }
    return result < 0
        ? result
        : (int) Downcalls.call(errno -> (int) listen.invokeExact(errno, descriptor, backlog));
  }

  /** Connects to who listens at a path. */
  public int connect(int descriptor, byte[] path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = address(arena, path);
      return (int)
          Downcalls.call(
              arena,
              errno -> (int) connect.invokeExact(errno, descriptor, address, SOCKADDR_BYTES));
    }
  }

  private static MemorySegment address(Arena arena, byte[] path) {
    if (path.length == 0 || path.length > MAX_PATH_BYTES) {
      throw new IllegalArgumentException(
          "the path of a socket has 1 to " + MAX_PATH_BYTES + " bytes, not " + path.length);
    }
    MemorySegment address = arena.allocate(SOCKADDR_BYTES, Long.BYTES);
    address.set(SHORT, 0, (short) AF_UNIX);
    MemorySegment.copy(path, 0, address, ValueLayout.JAVA_BYTE, SUN_PATH, path.length);
    return address;
  }

  /** Waits for one who connects; EINVAL once the socket was {@linkplain #shutdown shut down}. */
  public int accept(int descriptor) {
    return (int)
        Downcalls.call(errno ->
            (int)
                accept4.invokeExact(
                    errno, descriptor, MemorySegment.NULL, MemorySegment.NULL, SOCK_CLOEXEC));
  }

  /** Ends the conversation for both sides, and wakes who waits on the socket. */
  public int shutdown(int descriptor) {
    return (int) Downcalls.call(errno -> (int) shutdown.invokeExact(errno, descriptor, SHUT_RDWR));
  }

  /** Sets the permissions of the file behind a descriptor. */
  public int mode(int descriptor, int mode) {
    return (int) Downcalls.call(errno -> (int) fchmod.invokeExact(errno, descriptor, mode));
  }

  /** Who connected, as the kernel knows it: that of the moment of the connect. */
  public record Credentials(int processId, int userId, int groupId) {}

  /**
   * Returns who is at the other end.
   *
   * @throws IllegalStateException if the kernel doesn't say
   */
  public Credentials peer(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ucred = arena.allocate(INT, 3);
      MemorySegment length = arena.allocateFrom(INT, (int) ucred.byteSize());
      long result =
          Downcalls.call(
              arena,
              errno ->
                  (int)
                      getsockopt.invokeExact(
                          errno, descriptor, SOL_SOCKET, SO_PEERCRED, ucred, length));
      if (result < 0) {
        throw new IllegalStateException("getsockopt(SO_PEERCRED): " + Errno.describe(result));
      }
      return new Credentials(
          ucred.getAtIndex(INT, 0), ucred.getAtIndex(INT, 1), ucred.getAtIndex(INT, 2));
    }
  }

  /**
   * Sends a packet, or answers EAGAIN at once if the other side has too many that it did not
   * receive, and EPIPE if it is gone.
   *
   * @param passed a descriptor of which the other side gets one of its own; -1 for none
   */
  public long send(int descriptor, ByteBuffer packet, int passed) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(Math.max(1, packet.remaining()));
      bytes.copyFrom(MemorySegment.ofBuffer(packet));
      MemorySegment header = header(arena, bytes, packet.remaining());
      if (passed >= 0) {
        MemorySegment control = control(arena, header);
        control.set(LONG, CMSG_LEN, CMSG_LEN_OF_ONE);
        control.set(INT, CMSG_LEVEL, SOL_SOCKET);
        control.set(INT, CMSG_TYPE, SCM_RIGHTS);
        control.set(INT, CMSG_DESCRIPTOR, passed);
      }
      return Downcalls.call(
          arena,
          errno ->
              (long) sendmsg.invokeExact(errno, descriptor, header, MSG_DONTWAIT | MSG_NOSIGNAL));
    }
  }

  /**
   * What was received.
   *
   * @param bytes of the packet, which may be more than there was room for; 0 at the end
   * @param passed the descriptor that came with it, now the caller's, or -1
   * @param refused whether descriptors came that nobody had asked for, or too many; the kernel
   *     closed those
   */
  public record Received(long bytes, int passed, boolean refused) {}

  /**
   * Receives the next packet if there is one; {@link Received#bytes} is EAGAIN if not.
   *
   * @param takesDescriptor whether one may come with it; else it is closed, and {@code refused}
   */
  public Received receive(int descriptor, ByteBuffer target, boolean takesDescriptor) {
    try (Arena arena = Arena.ofConfined()) {
      int room = target.remaining();
      MemorySegment bytes = arena.allocate(room);
      MemorySegment header = header(arena, bytes, room);
      MemorySegment control = takesDescriptor ? control(arena, header) : MemorySegment.NULL;
      long result =
          Downcalls.call(
              arena,
              errno ->
                  (long)
                      recvmsg.invokeExact(
                          errno, descriptor, header, MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC));
      if (result > 0) {
        int taken = (int) Math.min(result, room);
        target.put(bytes.asSlice(0, taken).asByteBuffer());
      }
      boolean has =
          result >= 0
              && takesDescriptor
              && header.get(LONG, MSG_CONTROLLEN) >= CMSG_LEN_OF_ONE
              && control.get(INT, CMSG_LEVEL) == SOL_SOCKET
              && control.get(INT, CMSG_TYPE) == SCM_RIGHTS;
      return new Received(
          result,
          has ? control.get(INT, CMSG_DESCRIPTOR) : -1,
          result >= 0 && (header.get(INT, MSG_FLAGS) & MSG_CTRUNC) != 0);
    }
  }

  private static MemorySegment header(Arena arena, MemorySegment bytes, long length) {
    MemorySegment vector = arena.allocate(IOVEC);
    vector.set(ADDRESS, 0, bytes);
    vector.set(LONG, IOV_LEN, length);
    MemorySegment header = arena.allocate(MSGHDR);
    header.set(ADDRESS, MSG_IOV, vector);
    header.set(LONG, MSG_IOVLEN, 1);
    return header;
  }

  private static MemorySegment control(Arena arena, MemorySegment header) {
    MemorySegment control = arena.allocate(CMSG);
    header.set(ADDRESS, MSG_CONTROL, control);
    header.set(LONG, MSG_CONTROLLEN, control.byteSize());
    return control;
  }

  /**
   * Waits until there is something to receive, or the end.
   *
   * @param millis how long at most; negative for ever
   * @return 0 if nothing came
   */
  public int poll(int descriptor, int millis) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pollfd = arena.allocate(Long.BYTES, Integer.BYTES);
      pollfd.set(INT, 0, descriptor);
      pollfd.set(SHORT, Integer.BYTES, POLLIN);
      return (int)
          Downcalls.call(arena, errno -> (int) poll.invokeExact(errno, pollfd, 1L, millis));
    }
  }
}
