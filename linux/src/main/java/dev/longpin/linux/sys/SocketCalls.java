package dev.longpin.linux.sys;

import static dev.longpin.linux.sys.Downcalls.ADDRESS;
import static dev.longpin.linux.sys.Downcalls.FIXED;
import static dev.longpin.linux.sys.Downcalls.INT;
import static dev.longpin.linux.sys.Downcalls.LONG;
import static dev.longpin.linux.sys.Downcalls.SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.time.Duration;

/** The calls for TCP connections. The constants are those of x86-64 and aarch64. */
public final class SocketCalls {

  private static final short AF_UNSPEC = 0;
  private static final short AF_INET = 2;
  private static final short AF_INET6 = 10;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_SNDBUF = 7;
  private static final int SO_LINGER = 13;
  private static final int SO_SNDTIMEO = 21;
  private static final int SHUT_RDWR = 2;
  private static final int SOCKADDR_BYTES = 28;

  private static final ValueLayout.OfShort NETWORK_SHORT =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

  private final MethodHandle socket;
  private final MethodHandle connect;
  private final MethodHandle setsockopt;
  private final MethodHandle shutdown;

  /** Finds the functions; throws as {@link Downcalls#find} does. */
  public SocketCalls(Downcalls calls) {
    socket = calls.find("socket", FIXED, INT, INT, INT, INT);
    connect = calls.find("connect", FIXED, INT, INT, ADDRESS, INT);
    setsockopt = calls.find("setsockopt", FIXED, INT, INT, INT, INT, ADDRESS, INT);
    shutdown = calls.find("shutdown", FIXED, INT, INT, INT);
  }

  /** Makes a TCP socket for addresses of the kind of {@code address}. */
  public int socket(InetAddress address) {
    int family = address instanceof Inet6Address ? AF_INET6 : AF_INET;
    return (int)
        Downcalls.call(
            errno -> (int) socket.invokeExact(errno, family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  }

  /** Connects, or gives up after a while with EINPROGRESS. */
  public int connect(int descriptor, InetSocketAddress to, Duration timeout) {
    // Less than a microsecond would be none.
    Duration least = Duration.ofNanos(1000);
    int result = sendTimeout(descriptor, timeout.compareTo(least) < 0 ? least : timeout);
    if (result < 0) {
      return result;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(SOCKADDR_BYTES, Long.BYTES);
      byte[] bytes = to.getAddress().getAddress();
      boolean six = to.getAddress() instanceof Inet6Address;
      address.set(SHORT, 0, six ? AF_INET6 : AF_INET);
      address.set(NETWORK_SHORT, 2, (short) to.getPort());
      MemorySegment.copy(bytes, 0, address, ValueLayout.JAVA_BYTE, six ? 8 : 4, bytes.length);
      if (to.getAddress() instanceof Inet6Address scoped) {
        address.set(INT, 24, scoped.getScopeId());
      }
      int length = six ? SOCKADDR_BYTES : 16;
      // A signal leaves it going on; asked again the kernel waits on, or says that it is done.
      result =
          (int)
              Downcalls.call(
                  arena, errno -> (int) connect.invokeExact(errno, descriptor, address, length));
    }
    if (Errno.EISCONN.is(result)) {
      result = 0;
    }
    return result < 0 ? result : sendTimeout(descriptor, Duration.ZERO);
  }

  private int sendTimeout(int descriptor, Duration timeout) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment timeval = arena.allocate(LONG, 2);
      timeval.set(LONG, 0, timeout.toSeconds());
      timeval.set(LONG, Long.BYTES, timeout.toNanosPart() / 1000);
      return set(descriptor, SO_SNDTIMEO, timeval);
    }
  }

  /** Sets how much is sent before anyone receives it. */
  public int sendBuffer(int descriptor, int bytes) {
    try (Arena arena = Arena.ofConfined()) {
      return set(descriptor, SO_SNDBUF, arena.allocateFrom(INT, bytes));
    }
  }

  private int set(int descriptor, int option, MemorySegment value) {
    int size = (int) value.byteSize();
    return (int)
        Downcalls.call(errno ->
            (int) setsockopt.invokeExact(errno, descriptor, SOL_SOCKET, option, value, size));
  }

  /**
   * Resets a connection, though requests of an io_uring have it open: what was not received is
   * thrown away, and the kernel lets go of it. ({@code tcp_disconnect}, by a connect to nowhere.)
   */
  public void reset(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment linger = arena.allocateFrom(INT, 1, 0);
      int _ = set(descriptor, SO_LINGER, linger);
      MemorySegment nowhere = arena.allocate(16, Long.BYTES);
      nowhere.set(SHORT, 0, AF_UNSPEC);
      int length = (int) nowhere.byteSize();
      long _ =
          Downcalls.call(
              arena, errno -> (int) connect.invokeExact(errno, descriptor, nowhere, length));
      long _ =
          Downcalls.call(arena, errno -> (int) shutdown.invokeExact(errno, descriptor, SHUT_RDWR));
    }
  }
}
