package dev.longpin.fabric.lib;

import static dev.longpin.fabric.lib.LibFabric.ADDRESS;
import static dev.longpin.fabric.lib.LibFabric.INT;
import static dev.longpin.fabric.lib.LibFabric.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * A connected endpoint, one for each peer ({@code struct fid_ep} of type FI_EP_MSG). Requests give
 * their completion the number that comes with them; a full queue is {@link #isBusy EAGAIN}.
 */
public final class ActiveEndpoint extends Fid {

  private static final MethodHandle CONNECT = LibFabric.at(INT, ADDRESS, ADDRESS, ADDRESS, LONG);
  private static final MethodHandle ACCEPT = LibFabric.at(INT, ADDRESS, ADDRESS, LONG);
  private static final MethodHandle SHUTDOWN = LibFabric.at(INT, ADDRESS, LONG);
  private static final MethodHandle MESSAGE =
      LibFabric.at(LONG, ADDRESS, ADDRESS, LONG, ADDRESS, LONG, LONG);
  private static final MethodHandle RMA =
      LibFabric.at(LONG, ADDRESS, ADDRESS, LONG, ADDRESS, LONG, LONG, LONG, LONG);

  private static final long CM = at(Abi.EP, "cm");
  private static final long CONNECT_AT = at(Abi.OPS_CM, "connect");
  private static final long ACCEPT_AT = at(Abi.OPS_CM, "accept");
  private static final long SHUTDOWN_AT = at(Abi.OPS_CM, "shutdown");
  private static final long MSG = at(Abi.EP, "msg");
  private static final long RECV_AT = at(Abi.OPS_MSG, "recv");
  private static final long SEND_AT = at(Abi.OPS_MSG, "send");
  private static final long RMA_TABLE = at(Abi.EP, "rma");
  private static final long READ_AT = at(Abi.OPS_RMA, "read");
  private static final long WRITE_AT = at(Abi.OPS_RMA, "write");

  ActiveEndpoint(long address) {
    super(address);
  }

  /** Lets queues have its events and completions, and makes it ready for requests. */
  public void enable(EventQueue events, CompletionQueue completions) throws FabricCallException {
    FabricCallException.check("fi_ep_bind", bind(events, 0));
    FabricCallException.check("fi_ep_bind", bind(completions, Abi.FI_TRANSMIT | Abi.FI_RECV));
    FabricCallException.check("fi_enable", control(Abi.FI_ENABLE));
  }

  /** Begins to connect; an event says how it went. */
  public void connect(Info to, byte[] data) throws FabricCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocateFrom(ValueLayout.JAVA_BYTE, data);
      MemorySegment function = function(CM, CONNECT_AT);
      FabricCallException.check(
          "fi_connect",
          LibFabric.call(() ->
              (int)
                  CONNECT.invokeExact(
                      function, self(), to.destination(), copy, (long) data.length)));
    }
  }

  /** Lets the peer in from whose {@link Info} it was made; an event says when it is connected. */
  public void accept() throws FabricCallException {
    MemorySegment function = function(CM, ACCEPT_AT);
    FabricCallException.check(
        "fi_accept",
        LibFabric.call(() -> (int) ACCEPT.invokeExact(function, self(), MemorySegment.NULL, 0L)));
  }

  /** Ends the connection; what is under way may not have ended when this returns. */
  public int shutdown() {
    MemorySegment function = function(CM, SHUTDOWN_AT);
    return (int) LibFabric.call(() -> (int) SHUTDOWN.invokeExact(function, self(), 0L));
  }

  /** Returns whether a request was refused for now, since the queue is full. */
  public static boolean isBusy(long result) {
    return result == -Abi.FI_EAGAIN;
  }

  /** Reads from a peer's memory. */
  public long read(
      MemorySegment to, @Nullable Registration local, long address, long key, long number) {
    return rma(READ_AT, to, local, address, key, number);
  }

  /** Writes to a peer's memory. */
  public long write(
      MemorySegment from, @Nullable Registration local, long address, long key, long number) {
    return rma(WRITE_AT, from, local, address, key, number);
  }

  private long rma(
      long functionAt,
      MemorySegment buffer,
      @Nullable Registration local,
      long address,
      long key,
      long number) {
    MemorySegment function = function(RMA_TABLE, functionAt);
    MemorySegment descriptor = local == null ? MemorySegment.NULL : local.descriptor();
    return LibFabric.call(() ->
        (long)
            RMA.invokeExact(
                function,
                self(),
                buffer,
                buffer.byteSize(),
                descriptor,
                0L,
                address,
                key,
                number));
  }

  /** Offers a buffer for the next message of the peer. */
  public long receive(MemorySegment to, @Nullable Registration local, long number) {
    return message(RECV_AT, to, local, number);
  }

  /** Sends a message. */
  public long send(MemorySegment from, @Nullable Registration local, long number) {
    return message(SEND_AT, from, local, number);
  }

  private long message(
      long functionAt, MemorySegment buffer, @Nullable Registration local, long number) {
    MemorySegment function = function(MSG, functionAt);
    MemorySegment descriptor = local == null ? MemorySegment.NULL : local.descriptor();
    return LibFabric.call(() ->
        (long)
            MESSAGE.invokeExact(
                function, self(), buffer, buffer.byteSize(), descriptor, 0L, number));
  }
}
