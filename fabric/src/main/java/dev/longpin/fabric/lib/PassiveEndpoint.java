package dev.longpin.fabric.lib;

import static dev.longpin.fabric.lib.LibFabric.ADDRESS;
import static dev.longpin.fabric.lib.LibFabric.INT;
import static dev.longpin.fabric.lib.LibFabric.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.lang.foreign.ValueLayout;

/** An endpoint that others connect to ({@code struct fid_pep}). */
public final class PassiveEndpoint extends Fid {

  private static final MethodHandle LISTEN = LibFabric.at(INT, ADDRESS);
  private static final MethodHandle GETNAME = LibFabric.at(INT, ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle REJECT = LibFabric.at(INT, ADDRESS, ADDRESS, ADDRESS, LONG);

  private static final long CM = at(Abi.EP, "cm");
  private static final long LISTEN_AT = at(Abi.OPS_CM, "listen");
  private static final long GETNAME_AT = at(Abi.OPS_CM, "getname");
  private static final long REJECT_AT = at(Abi.OPS_CM, "reject");
  private static final int MAX_ADDRESS = 128;

  PassiveEndpoint(long address) {
    super(address);
  }

  /** Lets a queue have its events, and listens. */
  public void listen(EventQueue events) throws FabricCallException {
    FabricCallException.check("fi_pep_bind", bind(events, 0));
    MemorySegment function = function(CM, LISTEN_AT);
    FabricCallException.check(
        "fi_listen", LibFabric.call(() -> (int) LISTEN.invokeExact(function, self())));
  }

  /** Returns the address it listens at, as the provider has it. */
  public byte[] name() throws FabricCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(MAX_ADDRESS);
      MemorySegment length = arena.allocateFrom(LONG, MAX_ADDRESS);
      MemorySegment function = function(CM, GETNAME_AT);
      FabricCallException.check(
          "fi_getname",
          LibFabric.call(() -> (int) GETNAME.invokeExact(function, self(), name, length)));
      return Arrays.copyOf(name.toArray(ValueLayout.JAVA_BYTE), (int) length.get(LONG, 0));
    }
  }

  /** Turns a peer away that wants to connect. */
  public void reject(Info peer) throws FabricCallException {
    MemorySegment handle =
        MemorySegment.ofAddress(
            LibFabric.load(peer.self().address() + at(Abi.INFO, "handle")));
    MemorySegment function = function(CM, REJECT_AT);
    FabricCallException.check(
        "fi_reject",
        LibFabric.call(() ->
            (int) REJECT.invokeExact(function, self(), handle, MemorySegment.NULL, 0L)));
  }
}
