package dev.longpin.spi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The portable region: one allocation of an arena of its own. */
public final class ArenaMemory implements Memory {

  private final Arena arena = Arena.ofShared();
  private final MemorySegment segment;

  /** Allocates and zeroes the region. */
  public ArenaMemory(long bytes, int alignment) {
    segment = arena.allocate(bytes, alignment);
  }

  @Override
  public MemorySegment segment() {
    return segment;
  }

  @Override
  public void free() {
    arena.close();
  }
}
