package dev.longpin.fabric.lib;

import static dev.longpin.fabric.lib.LibFabric.ADDRESS;
import static dev.longpin.fabric.lib.LibFabric.INT;
import static dev.longpin.fabric.lib.LibFabric.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What happens to connections ({@code struct fid_eq}); one thread reads it. */
public final class EventQueue extends Fid {

  private static final MethodHandle SREAD =
      LibFabric.at(LONG, ADDRESS, ADDRESS, ADDRESS, LONG, INT, LONG);
  private static final MethodHandle READERR = LibFabric.at(LONG, ADDRESS, ADDRESS, LONG);

  private static final long OPS = at(Abi.EQ, "ops");
  private static final long SREAD_AT = at(Abi.OPS_EQ, "sread");
  private static final long READERR_AT = at(Abi.OPS_EQ, "readerr");

  /** What a peer may say as it connects, at most. */
  private static final int MAX_DATA = 256;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment kind = arena.allocate(INT);
  private final MemorySegment entry = arena.allocate(Abi.EQ_CM_ENTRY.byteSize() + MAX_DATA, 8);
  private final MemorySegment error = arena.allocate(Abi.EQ_ERR_ENTRY);

  EventQueue(long address) {
    super(address);
  }

  /** Something that happened. */
  public sealed interface Event {}

  /** A peer wants to connect. */
  public record Request(Info peer, byte[] data) implements Event {}

  /** An endpoint is connected. */
  public record Connected(long endpoint) implements Event {}

  /** The connection of an endpoint ended. */
  public record Ended(long endpoint) implements Event {}

  /** An endpoint could not be connected. */
  public record Failed(long endpoint, FabricCallException reason) implements Event {}

  /**
   * Waits for an event.
   *
   * @return null if there was none in time, or one that means nothing here
   * @throws FabricCallException if the queue is broken
   */
  public @Nullable Event read(Duration wait) throws FabricCallException {
    MemorySegment function = function(OPS, SREAD_AT);
    int millis = (int) wait.toMillis();
    long result =
        LibFabric.call(() ->
            (long)
                SREAD.invokeExact(
                    function, self(), kind, entry, entry.byteSize(), millis, 0L));
    if (result == -Abi.FI_EAGAIN || result == -Abi.FI_EINTR || result == -Abi.FI_ETIMEDOUT) {
      return null;
    }
    if (result == -Abi.FI_EAVAIL) {
      return failure();
    }
    FabricCallException.check("fi_eq_sread", result);
    long endpoint = entry.get(LONG, at(Abi.EQ_CM_ENTRY, "fid"));
    return switch (kind.get(INT, 0)) {
      case Abi.FI_CONNREQ -> {
        long data = Abi.EQ_CM_ENTRY.byteSize();
        yield new Request(
            new Info(entry.get(LONG, at(Abi.EQ_CM_ENTRY, "info"))),
            entry.asSlice(data, Math.max(0, result - data)).toArray(ValueLayout.JAVA_BYTE));
      }
      case Abi.FI_CONNECTED -> new Connected(endpoint);
      case Abi.FI_SHUTDOWN -> new Ended(endpoint);
      default -> null;
    };
  }

  private @Nullable Event failure() throws FabricCallException {
    MemorySegment function = function(OPS, READERR_AT);
    error.fill((byte) 0);
    long result = LibFabric.call(() -> (long) READERR.invokeExact(function, self(), error, 0L));
    if (result == -Abi.FI_EAGAIN) {
      return null;
    }
    FabricCallException.check("fi_eq_readerr", result);
    return new Failed(
        error.get(LONG, at(Abi.EQ_ERR_ENTRY, "fid")),
        new FabricCallException("connection", -error.get(INT, at(Abi.EQ_ERR_ENTRY, "err"))));
  }

  /** Gives the buffers back; call it after {@link #close}. */
  public void free() {
    arena.close();
  }
}
