package dev.longpin.lab.world;

import dev.longpin.spi.Memory;
import dev.longpin.spi.Reservation;
import java.lang.foreign.MemorySegment;

/** A part of a region that one schedule after the other has; what is given back gets spoiled. */
record RegionMemory(MemorySegment segment) implements Memory {

  private static final byte GIVEN_BACK = '#';

  static RegionMemory of(MemorySegment region, Reservation wanted) {
    return new RegionMemory(region.asSlice(0, wanted.bytes()));
  }

  @Override
  public boolean isResizable() {
    return true;
  }

  @Override
  public void giveBack(long offset, long lengthBytes) {
    segment.asSlice(offset, lengthBytes).fill(GIVEN_BACK);
  }

  @Override
  public void free() {
    // The next schedule has it.
  }
}
