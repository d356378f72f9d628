package dev.longpin.fabric.lib;

import java.lang.foreign.MemorySegment;

/** Memory that is registered ({@code struct fid_mr}). */
public final class Registration extends Fid {

  private final MemorySegment descriptor;
  private final long key;

  Registration(long address) {
    super(address);
    descriptor = MemorySegment.ofAddress(LibFabric.load(address + at(Abi.MR, "mem_desc")));
    key = LibFabric.load(address + at(Abi.MR, "key"));
  }

  /** Returns what local transfers name it by. */
  MemorySegment descriptor() {
    return descriptor;
  }

  /** Returns what peers name it by. */
  public long key() {
    return key;
  }
}
