package dev.longpin.fabric.lib;

import static dev.longpin.fabric.lib.LibFabric.ADDRESS;
import static dev.longpin.fabric.lib.LibFabric.INT;
import static dev.longpin.fabric.lib.LibFabric.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** What endpoints, regions and completions belong to ({@code struct fid_domain}). */
public final class Domain extends Fid {

  private static final MethodHandle OPEN = LibFabric.at(INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle REGISTER =
      LibFabric.at(INT, ADDRESS, ADDRESS, LONG, LONG, LONG, LONG, LONG, ADDRESS, ADDRESS);

  private static final long OPS = at(Abi.DOMAIN, "ops");
  private static final long CQ_OPEN = at(Abi.OPS_DOMAIN, "cq_open");
  private static final long ENDPOINT = at(Abi.OPS_DOMAIN, "endpoint");
  private static final long MR = at(Abi.DOMAIN, "mr");
  private static final long REG = at(Abi.OPS_MR, "reg");

  Domain(long address) {
    super(address);
  }

  private long open(String call, long functionAt, MemorySegment argument)
      throws FabricCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(ADDRESS);
      MemorySegment function = function(OPS, functionAt);
      FabricCallException.check(
          call,
          LibFabric.call(() ->
              (int) OPEN.invokeExact(function, self(), argument, result, MemorySegment.NULL)));
      return result.get(LONG, 0);
    }
  }

  /** Opens an endpoint, to connect or to accept what {@code info} says ({@code fi_endpoint}). */
  public ActiveEndpoint endpoint(Info info) throws FabricCallException {
    return new ActiveEndpoint(open("fi_endpoint", ENDPOINT, info.self()));
  }

  /** Opens a queue for the completions of so many requests ({@code fi_cq_open}). */
  public CompletionQueue completions(int size) throws FabricCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(Abi.CQ_ATTR);
      attributes.set(LONG, at(Abi.CQ_ATTR, "size"), size);
      attributes.set(INT, at(Abi.CQ_ATTR, "format"), Abi.FI_CQ_FORMAT_MSG);
      attributes.set(INT, at(Abi.CQ_ATTR, "wait_obj"), Abi.FI_WAIT_FD);
      return new CompletionQueue(open("fi_cq_open", CQ_OPEN, attributes));
    }
  }

  /** What may be done with registered memory. */
  public enum Use {
    /** Peers read it. */
    REMOTE_READ(Abi.FI_REMOTE_READ),
    /** Peers read and write it. */
    REMOTE_WRITE(Abi.FI_REMOTE_READ | Abi.FI_REMOTE_WRITE),
    /** It is the local end of transfers. */
    LOCAL(Abi.FI_READ | Abi.FI_WRITE | Abi.FI_RECV | Abi.FI_TRANSMIT);

    private final long flags;

    Use(long flags) {
      this.flags = flags;
    }
  }

  /**
   * Registers native memory ({@code fi_mr_reg}).
   *
   * @param key that peers name it by, unless the provider chooses
   */
  public Registration register(MemorySegment memory, Use use, long key)
      throws FabricCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(ADDRESS);
      MemorySegment function = function(MR, REG);
      FabricCallException.check(
          "fi_mr_reg of " + memory.byteSize() + " bytes",
          LibFabric.call(() ->
              (int)
                  REGISTER.invokeExact(
                      function,
                      self(),
                      memory,
                      memory.byteSize(),
                      use.flags,
                      0L,
                      key,
                      0L,
                      result,
                      MemorySegment.NULL)));
      return new Registration(result.get(LONG, 0));
    }
  }
}
