package dev.longpin.fabric.lib;

import static dev.longpin.fabric.lib.LibFabric.ADDRESS;
import static dev.longpin.fabric.lib.LibFabric.INT;
import static dev.longpin.fabric.lib.LibFabric.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The ends of requests ({@code struct fid_cq}). To read it is also what lets the provider go on:
 * most do nothing between, for peers neither. Several threads may read it, each with a {@link
 * Reader} of its own.
 */
public final class CompletionQueue extends Fid {

  private static final MethodHandle READ = LibFabric.at(LONG, ADDRESS, ADDRESS, LONG);
  private static final MethodHandle READERR = LibFabric.at(LONG, ADDRESS, ADDRESS, LONG);
  private static final MethodHandle SREAD =
      LibFabric.at(LONG, ADDRESS, ADDRESS, ADDRESS, LONG, ADDRESS, INT);
  private static final MethodHandle SIGNAL = LibFabric.at(INT, ADDRESS);

  private static final long OPS = at(Abi.CQ, "ops");
  private static final long READ_AT = at(Abi.OPS_CQ, "read");
  private static final long READERR_AT = at(Abi.OPS_CQ, "readerr");
  private static final long SREAD_AT = at(Abi.OPS_CQ, "sread");
  private static final long SIGNAL_AT = at(Abi.OPS_CQ, "signal");
  private static final int BATCH = 32;

  CompletionQueue(long address) {
    super(address);
  }

  /** Gets the ends of requests. */
  @FunctionalInterface
  public interface Sink {
    /**
     * A request ended.
     *
     * @param number that it was given
     * @param lengthBytes of a message that was received
     * @param error 0, or the negated error number
     */
    void ended(long number, long lengthBytes, int error);
  }

  /** Wakes a thread that waits in a reader. */
  public void wake() {
    MemorySegment function = function(OPS, SIGNAL_AT);
    LibFabric.call(() -> (int) SIGNAL.invokeExact(function, self()));
  }

  /** The buffers of one thread that reads the queue. */
  public final class Reader implements AutoCloseable {

    private final Arena arena = Arena.ofShared();
    private final MemorySegment entries = arena.allocate(Abi.CQ_MSG_ENTRY, BATCH);
    private final MemorySegment error = arena.allocate(Abi.CQ_ERR_ENTRY);

    /** Passes on what has ended, and returns how many requests that were. */
    public int poll(Sink sink) throws FabricCallException {
      MemorySegment function = function(OPS, READ_AT);
      return passOn(
          LibFabric.call(() ->
              (long) READ.invokeExact(function, self(), entries, (long) BATCH)),
          sink);
    }

    /** Waits for so many milliseconds that something ends, and passes it on. */
    public int await(int millis, Sink sink) throws FabricCallException {
      MemorySegment function = function(OPS, SREAD_AT);
      return passOn(
          LibFabric.call(() ->
              (long)
                  SREAD.invokeExact(
                      function, self(), entries, (long) BATCH, MemorySegment.NULL, millis)),
          sink);
    }

    private int passOn(long result, Sink sink) throws FabricCallException {
      if (result == -Abi.FI_EAGAIN
          || result == -Abi.FI_EINTR
          || result == -Abi.FI_ETIMEDOUT
          || result == -Abi.FI_ECANCELED) { // woken
        return 0;
      }
      if (result == -Abi.FI_EAVAIL) {
        return passFailureOn(sink);
      }
      FabricCallException.check("fi_cq_read", result);
      for (int i = 0; i < result; i++) {
        long entry = i * Abi.CQ_MSG_ENTRY.byteSize();
        sink.ended(
            entries.get(LONG, entry + at(Abi.CQ_MSG_ENTRY, "op_context")),
            entries.get(LONG, entry + at(Abi.CQ_MSG_ENTRY, "len")),
            0);
      }
      return (int) result;
    }

    private int passFailureOn(Sink sink) throws FabricCallException {
      MemorySegment function = function(OPS, READERR_AT);
      error.fill((byte) 0);
      long result = LibFabric.call(() -> (long) READERR.invokeExact(function, self(), error, 0L));
      if (result == -Abi.FI_EAGAIN) {
        return 0; // another thread has it
      }
      FabricCallException.check("fi_cq_readerr", result);
      sink.ended(
          error.get(LONG, at(Abi.CQ_ERR_ENTRY, "op_context")),
          0,
          -error.get(INT, at(Abi.CQ_ERR_ENTRY, "err")));
      return 1;
    }

    @Override
    public void close() {
      arena.close();
    }
  }

  /** Makes the buffers of one more thread. */
  public Reader reader() {
    return new Reader();
  }
}
