package dev.longpin.bench;

import dev.longpin.page.PageWord;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Where the page word should live: by frame, as it does, or beside the frame in the slot of the
 * file's index. Both are prototypes of nothing but the fast path of a short pin that reads, with
 * the same tests of the same word.
 *
 * <ul>
 *   <li><b>By frame</b>: a slot of 8 bytes has the frame, a table has the word. Two cache lines,
 *       and a second look at the slot after the pin.
 *   <li><b>In the slot</b>: a slot of 16 bytes has word and frame. One line, and no second look.
 *       The word of a page that is disconnected, or moved, would have to go elsewhere while pins
 *       are counted in it: that is not in the prototype, and its price not in the figures.
 * </ul>
 *
 * <p>Run it as {@link PinBenchmark}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(PageWordPlacementBenchmark.PINS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class PageWordPlacementBenchmark {

  static final int PINS = 1 << 12;

  private static final int PAGE_SHIFT = 12;
  private static final int LEAF_BITS = 9;
  private static final int LEAF_SLOTS = 1 << LEAF_BITS;

  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle ARRAYS = MethodHandles.arrayElementVarHandle(long[][].class);

  private static final long READY = PageWord.MAPPED | PageWord.UPTODATE;
  private static final long PIN = PageWord.ONE_SHORT_READ;
  private static final long READS = 0xfffL * PIN;
  private static final long HALF_READS = 0x800L * PIN;

  /** The pages of a file, and both ways to find their words. */
  @State(Scope.Thread)
  public static class Pages {

    /** How much is resident. */
    @Param({"8", "512"})
    public int residentMiB;

    private final Arena arena = Arena.ofShared();
    private MemorySegment memory = MemorySegment.NULL;
    private long sizeBytes;
    private long random = RandomOffsets.SEED;

    /** By frame: {@code frame + 1}, as in the core. */
    private long[][] slots = {};

    private long[] words = {};

    /** In the slot: the word, and then the frame. */
    private long[][] pairs = {};

    /** Makes everything resident. */
    @Setup(Level.Trial)
    public void setUp() {
      sizeBytes = (long) residentMiB << 20;
      memory = arena.allocate(sizeBytes, 1 << PAGE_SHIFT);
      memory.fill((byte) 1);
      int pageCount = (int) (sizeBytes >>> PAGE_SHIFT);
      int leafCount = pageCount >>> LEAF_BITS;
      words = new long[pageCount];
      slots = new long[leafCount][LEAF_SLOTS];
      pairs = new long[leafCount][2 * LEAF_SLOTS];
      for (int page = 0; page < pageCount; page++) {
        int frame = pageCount - 1 - page;
        int leaf = page >>> LEAF_BITS;
        int element = page & LEAF_SLOTS - 1;
        words[frame] = READY;
        slots[leaf][element] = frame + 1L;
        pairs[leaf][2 * element] = READY;
        pairs[leaf][2 * element + 1] = frame;
      }
    }

    /** Gives the memory back. */
    @TearDown(Level.Trial)
    public void tearDown() {
      arena.close();
    }
  }

  private static boolean tryPin(long[] words, int index) {
    while (true) {
      long word = (long) LONGS.getAcquire(words, index);
      if ((word & (READY | PageWord.GATE | HALF_READS)) != READY) {
        return false;
      }
      if (LONGS.compareAndSet(words, index, word, (word + PIN) | PageWord.REFERENCED)) {
        return true;
      }
    }
  }

  private static void unpin(long[] words, int index) {
    long word = (long) LONGS.getAcquire(words, index);
    if ((word & (PageWord.MAPPED | PageWord.WAITERS)) != PageWord.MAPPED
        || (word & READS) == 0
        || !LONGS.compareAndSet(words, index, word, word - PIN)) {
      throw new AssertionError("nobody else is here");
    }
  }

  private static long[] leaf(long[][] leaves, long page) {
    long leafIndex = page >>> LEAF_BITS;
    if (leafIndex >= leaves.length) {
      throw new AssertionError("not in memory");
    }
    return (long[]) ARRAYS.getAcquire(leaves, (int) leafIndex);
  }

  /** The word by frame: pins the page and unpins it, and returns its frame. */
  private static long byFrame(Pages pages, long offset, boolean get) {
    long page = offset >>> PAGE_SHIFT;
    long[] leaf = leaf(pages.slots, page);
    int element = (int) page & LEAF_SLOTS - 1;
    long slot = (long) LONGS.getAcquire(leaf, element);
    int frame = (int) slot - 1;
    if (slot == 0 || !tryPin(pages.words, frame)) {
      throw new AssertionError("not ready");
    }
    if ((long) LONGS.getAcquire(leaf, element) != slot) {
      throw new AssertionError("moved");
    }
    long result = get ? data(pages, frame, offset) : frame;
    unpin(pages.words, frame);
    return result;
  }

  /** The word in the slot, likewise. */
  private static long inSlot(Pages pages, long offset, boolean get) {
    long page = offset >>> PAGE_SHIFT;
    long[] leaf = leaf(pages.pairs, page);
    int element = ((int) page & LEAF_SLOTS - 1) * 2;
    if (!tryPin(leaf, element)) {
      throw new AssertionError("not ready");
    }
    long frame = leaf[element + 1]; // can't change: the page is pinned
    long result = get ? data(pages, frame, offset) : frame;
    unpin(leaf, element);
    return result;
  }

  private static long data(Pages pages, long frame, long offset) {
    long inPage = offset & (1 << PAGE_SHIFT) - 1;
    return pages.memory.get(ValueLayout.JAVA_LONG, (frame << PAGE_SHIFT) + inPage);
  }

  /** By frame, and nothing read. */
  @Benchmark
  public long byFrame(Pages pages) {
    long random = pages.random;
    long sum = 0;
    for (int i = 0; i < PINS; i++) {
      random = RandomOffsets.next(random);
      sum += byFrame(pages, RandomOffsets.offset(random, pages.sizeBytes), false);
    }
    pages.random = random;
    return sum;
  }

  /** By frame, and a long read. */
  @Benchmark
  public long byFrameAndGet(Pages pages) {
    long random = pages.random;
    long sum = 0;
    for (int i = 0; i < PINS; i++) {
      random = RandomOffsets.next(random);
      sum += byFrame(pages, RandomOffsets.offset(random, pages.sizeBytes), true);
    }
    pages.random = random;
    return sum;
  }

  /** In the slot, and nothing read. */
  @Benchmark
  public long inSlot(Pages pages) {
    long random = pages.random;
    long sum = 0;
    for (int i = 0; i < PINS; i++) {
      random = RandomOffsets.next(random);
      sum += inSlot(pages, RandomOffsets.offset(random, pages.sizeBytes), false);
    }
    pages.random = random;
    return sum;
  }

  /** In the slot, and a long read. */
  @Benchmark
  public long inSlotAndGet(Pages pages) {
    long random = pages.random;
    long sum = 0;
    for (int i = 0; i < PINS; i++) {
      random = RandomOffsets.next(random);
      sum += inSlot(pages, RandomOffsets.offset(random, pages.sizeBytes), true);
    }
    pages.random = random;
    return sum;
  }
}
