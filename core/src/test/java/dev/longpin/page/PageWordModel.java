package dev.longpin.page;

import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;

/**
 * What a page word does, said without atomics: the sequential specification for {@link
 * PageWordsLincheckTest}. A thread removes only pins and references that it added itself.
 */
@Param(name = "thread", gen = ThreadIdGen.class)
public final class PageWordModel {

  private static final int THREADS = 8;

  private final int[] reads = new int[THREADS];
  private final int[] writes = new int[THREADS];
  private final int[] references = new int[THREADS];
  private boolean frozen;
  private int freezer;
  private boolean gateShut;
  private boolean dirty = true;
  private boolean writable = true;
  private boolean writing;
  private int writer;

  private static int sum(int[] counts) {
    int sum = 0;
    for (int count : counts) {
      sum += count;
    }
    return sum;
  }

  private static boolean take(int[] counts, int thread) {
    if (counts[thread] == 0) {
      return false;
    }
    counts[thread]--;
    return true;
  }

  @Operation
  public boolean pinRead(@Param(name = "thread") int thread) {
    if (frozen || gateShut) {
      return false;
    }
    reads[thread]++;
    return true;
  }

  @Operation
  public boolean unpinRead(@Param(name = "thread") int thread) {
    return take(reads, thread);
  }

  @Operation
  public boolean pinWrite(@Param(name = "thread") int thread) {
    if (frozen || gateShut || !writable || writing) {
      return false;
    }
    writes[thread]++;
    return true;
  }

  @Operation
  public boolean unpinWrite(@Param(name = "thread") int thread) {
    if (!take(writes, thread)) {
      return false;
    }
    dirty = true;
    return true;
  }

  @Operation
  public boolean reference(@Param(name = "thread") int thread) {
    if (frozen) {
      return false;
    }
    references[thread]++;
    return true;
  }

  @Operation
  public boolean dropReference(@Param(name = "thread") int thread) {
    return !(writing && writer == thread) && take(references, thread);
  }

  @Operation
  public void shutGate() {
    gateShut = true;
  }

  @Operation
  public void openGate() {
    gateShut = false;
  }

  @Operation
  public boolean freeze(@Param(name = "thread") int thread) {
    if (frozen || sum(reads) + sum(writes) + sum(references) > 0) {
      return false;
    }
    frozen = true;
    freezer = thread;
    return true;
  }

  @Operation
  public boolean unfreeze(@Param(name = "thread") int thread) {
    if (!frozen || freezer != thread) {
      return false;
    }
    frozen = false;
    return true;
  }

  @Operation(nonParallelGroup = "writeback")
  public boolean startWrite(@Param(name = "thread") int thread) {
    if (references[thread] == 0 || writing || sum(writes) > 0) {
      return false;
    }
    dirty = false;
    writable = false;
    writing = true;
    writer = thread;
    return true;
  }

  @Operation(nonParallelGroup = "writeback")
  public boolean endWrite(@Param(name = "thread") int thread) {
    if (!writing || writer != thread) {
      return false;
    }
    writing = false;
    return true;
  }

  @Operation(nonParallelGroup = "writeback")
  public boolean makeWritable(@Param(name = "thread") int thread) {
    if (references[thread] == 0 || writing) {
      return false;
    }
    writable = true;
    dirty = true;
    return true;
  }

  @Operation
  public boolean isDirty() {
    return dirty;
  }
}
