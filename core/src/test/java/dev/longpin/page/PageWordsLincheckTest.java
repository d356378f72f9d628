package dev.longpin.page;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.longpin.base.Cells;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.junit.jupiter.api.Test;

/**
 * Model checks the page word: every operation is one instruction, as {@link PageWordModel} says.
 */
final class PageWordsLincheckTest {

  private static final int THREADS = 8;

  private static ModelCheckingOptions options() {
    return new ModelCheckingOptions()
        .sequentialSpecification(PageWordModel.class)
        .threads(3)
        .actorsBefore(2)
        .actorsPerThread(3)
        .actorsAfter(2)
        .iterations(25)
        .invocationsPerIteration(500);
  }

  @Test
  void everyOperationIsOneInstruction() {
    options().check(Shipped.class);
  }

  @Test
  void aFreezeThatChecksAndThenSetsIsFound() {
    assertThrows(
        LincheckAssertionError.class,
        () -> options().actorsBefore(0).check(FreezeInTwoSteps.class));
  }

  @Test
  void anUnpinThatLoadsAndThenStoresIsFound() {
    assertThrows(
        LincheckAssertionError.class, () -> options().actorsBefore(0).check(UnpinInTwoSteps.class));
  }

  /** The shipped words, of which one is used. */
  @Param(name = "thread", gen = ThreadIdGen.class)
  public static final class Shipped {

    private static final int FRAME = 0;

    private final PageWords words = new PageWords(1);
    private final int[] reads = new int[THREADS];
    private final int[] writes = new int[THREADS];
    private final int[] references = new int[THREADS];
    private final boolean[] frozen = new boolean[THREADS];
    private final boolean[] writing = new boolean[THREADS];

    public Shipped() {
      words.prepare(FRAME);
      words.publish(FRAME);
      words.set(FRAME, PageWord.UPTODATE | PageWord.WRITABLE | PageWord.DIRTY);
      words.unlock(FRAME);
      words.dropReference(FRAME);
    }

    @Operation
    public boolean pinRead(@Param(name = "thread") int thread) {
      return added(reads, thread, words.tryPinShort(FRAME, PageWord.ONE_SHORT_READ));
    }

    @Operation
    public boolean unpinRead(@Param(name = "thread") int thread) {
      if (reads[thread] == 0) {
        return false;
      }
      reads[thread]--;
      if (!words.tryUnpinShort(FRAME, PageWord.ONE_SHORT_READ)) {
        words.unpin(FRAME, PageWord.ONE_SHORT_READ);
      }
      return true;
    }

    @Operation
    public boolean pinWrite(@Param(name = "thread") int thread) {
      return added(writes, thread, words.tryPin(FRAME, PageWord.ONE_LONG_WRITE));
    }

    @Operation
    public boolean unpinWrite(@Param(name = "thread") int thread) {
      if (writes[thread] == 0) {
        return false;
      }
      writes[thread]--;
      words.unpin(FRAME, PageWord.ONE_LONG_WRITE);
      return true;
    }

    @Operation
    public boolean reference(@Param(name = "thread") int thread) {
      return added(references, thread, words.tryReference(FRAME));
    }

    @Operation
    public boolean dropReference(@Param(name = "thread") int thread) {
      if (references[thread] == 0 || writing[thread]) {
        return false;
      }
      references[thread]--;
      words.dropReference(FRAME);
      return true;
    }

    private static boolean added(int[] counts, int thread, boolean added) {
      counts[thread] += added ? 1 : 0;
      return added;
    }

    @Operation
    public void shutGate() {
      words.shutGate(FRAME);
    }

    @Operation
    public void openGate() {
      words.openGate(FRAME);
    }

    /** A try may fail because of any change; it is repeated while the page is idle. */
    @Operation
    public boolean freeze(@Param(name = "thread") int thread) {
      while (isIdle()) {
        if (words.tryFreeze(FRAME, 0)) {
          frozen[thread] = true;
          return true;
        }
      }
      return false;
    }

    private boolean isIdle() {
      long word = words.load(FRAME);
      return PageWord.has(word, PageWord.MAPPED) && !PageWord.has(word, PageWord.COUNTS);
    }

    @Operation
    public boolean unfreeze(@Param(name = "thread") int thread) {
      if (!frozen[thread]) {
        return false;
      }
      frozen[thread] = false;
      words.unfreeze(FRAME, 0);
      return true;
    }

    @Operation(nonParallelGroup = "writeback")
    public boolean startWrite(@Param(name = "thread") int thread) {
      if (references[thread] == 0 || isWriting() || words.tryStartInPlace(FRAME) == 0) {
        return false;
      }
      writing[thread] = true;
      return true;
    }

    private boolean isWriting() {
      return PageWord.has(words.load(FRAME), PageWord.WRITEBACK);
    }

    @Operation(nonParallelGroup = "writeback")
    public boolean endWrite(@Param(name = "thread") int thread) {
      if (!writing[thread]) {
        return false;
      }
      writing[thread] = false;
      words.endWriteback(FRAME, 0);
      return true;
    }

    @Operation(nonParallelGroup = "writeback")
    public boolean makeWritable(@Param(name = "thread") int thread) {
      if (references[thread] == 0 || isWriting()) {
        return false;
      }
      words.set(FRAME, PageWord.WRITABLE | PageWord.DIRTY);
      return true;
    }

    @Operation
    public boolean isDirty() {
      return PageWord.has(words.load(FRAME), PageWord.DIRTY);
    }
  }

  /** A word on which the canaries make their mistakes. */
  abstract static class Canary {

    final long[] word = {PageWord.MAPPED};
    final int[] reads = new int[THREADS];

    final boolean pin(int thread) {
      while (true) {
        long now = Cells.loadAcquire(word, 0);
        if (!PageWord.has(now, PageWord.MAPPED)) {
          return false;
        }
        if (Cells.compareAndSet(word, 0, now, now + PageWord.ONE_SHORT_READ)) {
          reads[thread]++;
          return true;
        }
      }
    }
  }

  /** A canary: the page is found idle, and frozen in a second instruction. */
  @Param(name = "thread", gen = ThreadIdGen.class)
  public static final class FreezeInTwoSteps extends Canary {

    @Operation
    public boolean pinRead(@Param(name = "thread") int thread) {
      return pin(thread);
    }

    @Operation
    public boolean freeze(@Param(name = "thread") int thread) {
      if (Cells.loadAcquire(word, 0) != PageWord.MAPPED) {
        return false;
      }
      Cells.storeRelease(word, 0, 0);
      return true;
    }
  }

  /** A canary: the count is loaded, and the lower one stored in a second instruction. */
  @Param(name = "thread", gen = ThreadIdGen.class)
  public static final class UnpinInTwoSteps extends Canary {

    @Operation
    public boolean pinRead(@Param(name = "thread") int thread) {
      return pin(thread);
    }

    @Operation
    public boolean unpinRead(@Param(name = "thread") int thread) {
      if (reads[thread] == 0) {
        return false;
      }
      reads[thread]--;
      Cells.storeRelease(word, 0, Cells.loadAcquire(word, 0) - PageWord.ONE_SHORT_READ);
      return true;
    }

    @Operation
    public boolean freeze(@Param(name = "thread") int thread) {
      return Cells.compareAndSet(word, 0, PageWord.MAPPED, 0);
    }
  }
}
