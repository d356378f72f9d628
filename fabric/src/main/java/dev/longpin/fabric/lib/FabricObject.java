package dev.longpin.fabric.lib;

import static dev.longpin.fabric.lib.LibFabric.ADDRESS;
import static dev.longpin.fabric.lib.LibFabric.INT;
import static dev.longpin.fabric.lib.LibFabric.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** A network of a provider ({@code struct fid_fabric}), from which all else is opened. */
public final class FabricObject extends Fid {

  private static final MethodHandle OPEN = LibFabric.at(INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS);

  private static final long OPS = at(Abi.FABRIC, "ops");
  private static final long DOMAIN = at(Abi.OPS_FABRIC, "domain");
  private static final long PASSIVE_EP = at(Abi.OPS_FABRIC, "passive_ep");
  private static final long EQ_OPEN = at(Abi.OPS_FABRIC, "eq_open");
  private static final int EQ_SIZE = 1024;

  private FabricObject(long address) {
    super(address);
  }

  /** Opens it ({@code fi_fabric}). */
  public static FabricObject open(Info info) throws FabricCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(ADDRESS);
      FabricCallException.check("fi_fabric", LibFabric.get().fabric(info.fabric(), result));
      return new FabricObject(result.get(LONG, 0));
    }
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

  /** Opens what endpoints and regions belong to ({@code fi_domain}). */
  public Domain domain(Info info) throws FabricCallException {
    return new Domain(open("fi_domain", DOMAIN, info.self()));
  }

  /** Opens an endpoint that others connect to ({@code fi_passive_ep}). */
  public PassiveEndpoint passive(Info info) throws FabricCallException {
    return new PassiveEndpoint(open("fi_passive_ep", PASSIVE_EP, info.self()));
  }

  /** Opens a queue of the events of connections ({@code fi_eq_open}). */
  public EventQueue events() throws FabricCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(Abi.EQ_ATTR);
      attributes.set(LONG, at(Abi.EQ_ATTR, "size"), EQ_SIZE);
      attributes.set(INT, at(Abi.EQ_ATTR, "wait_obj"), Abi.FI_WAIT_FD);
      return new EventQueue(open("fi_eq_open", EQ_OPEN, attributes));
    }
  }
}
