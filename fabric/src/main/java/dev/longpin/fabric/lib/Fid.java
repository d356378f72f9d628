package dev.longpin.fabric.lib;

import static dev.longpin.fabric.lib.LibFabric.ADDRESS;
import static dev.longpin.fabric.lib.LibFabric.INT;
import static dev.longpin.fabric.lib.LibFabric.LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;

/**
 * An object of the library ({@code struct fid}): its address, and the calls that each has. Not safe
 * for use while another thread closes it.
 */
abstract class Fid {

  private static final MethodHandle CLOSE = LibFabric.at(INT, ADDRESS);
  private static final MethodHandle BIND = LibFabric.at(INT, ADDRESS, ADDRESS, LONG);
  private static final MethodHandle CONTROL = LibFabric.at(INT, ADDRESS, INT, ADDRESS);

  private static final long CLOSE_AT = Abi.offset(Abi.OPS, "close");
  private static final long BIND_AT = Abi.offset(Abi.OPS, "bind");
  private static final long CONTROL_AT = Abi.offset(Abi.OPS, "control");
  private static final long OPS_AT = Abi.offset(Abi.FID, "ops");

  private final MemorySegment self;

  Fid(long address) {
    self = MemorySegment.ofAddress(address);
  }

  /** Returns the address, as the calls want it. */
  final MemorySegment self() {
    return self;
  }

  /**
   * Finds a function of an object ({@code FI_CHECK_OP}).
   *
   * @param tableAt where the object has the address of the table
   * @param functionAt where the table has that of the function
   * @throws UnsupportedOperationException if the provider lacks it
   */
  final MemorySegment function(long tableAt, long functionAt) {
    long table = LibFabric.load(self.address() + tableAt);
    if (table != 0 && Long.compareUnsigned(LibFabric.load(table), functionAt) > 0) {
      long function = LibFabric.load(table + functionAt);
      if (function != 0) {
        return MemorySegment.ofAddress(function);
      }
    }
    throw new UnsupportedOperationException(
        "the provider lacks a call of " + getClass().getSimpleName());
  }

  static long at(StructLayout layout, String field) {
    return Abi.offset(layout, field);
  }

  /** Closes the object ({@code fi_close}); it may be busy, and is then open. */
  public final int close() {
    MemorySegment function = function(OPS_AT, CLOSE_AT);
    return (int) LibFabric.call(() -> (int) CLOSE.invokeExact(function, self));
  }

  /** Lets another object serve this one ({@code fi_ep_bind} and its kin). */
  final int bind(Fid other, long flags) {
    MemorySegment function = function(OPS_AT, BIND_AT);
    return (int) LibFabric.call(() -> (int) BIND.invokeExact(function, self, other.self, flags));
  }

  final int control(int command) {
    MemorySegment function = function(OPS_AT, CONTROL_AT);
    return (int)
        LibFabric.call(() -> (int) CONTROL.invokeExact(function, self, command, MemorySegment.NULL));
  }
}
