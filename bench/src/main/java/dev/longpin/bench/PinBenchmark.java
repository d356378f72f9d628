package dev.longpin.bench;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.LongpinException;
import dev.longpin.api.Pin;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
 * What a short pin of one resident page costs through the public interface: pin and unpin, with and
 * without one access to the data, at random places of a file.
 *
 * <p>The floor is what no locked pin can do without: two compare-and-sets on the page's word, at
 * the same random places, in the same loop.
 *
 * <p>JMH runs one benchmark after the other, so a neighbour's noise hits one and not the next.
 * Where there are neighbours, run it several times with {@code -f 1 -w 400ms -wi 8 -r 2ms -i 400}:
 * most iterations so short are left alone. Compare the medians over the runs of the medians in
 * each. {@code -prof gc} shows whether the compiler removed the pin's object: then nothing is
 * allocated.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(PinBenchmark.PINS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class PinBenchmark {

  static final int PINS = 1 << 12;

  private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

  /** A word for each page, and memory of the same size. */
  @State(Scope.Thread)
  public static class Floor {

    /** How much is resident. */
    @Param({"8", "512"})
    public int residentMiB;

    private final Arena arena = Arena.ofShared();
    private MemorySegment memory = MemorySegment.NULL;
    private long[] words = {};
    private long sizeBytes;
    private long random = RandomOffsets.SEED;

    /** Makes both, and touches all of them. */
    @Setup(Level.Trial)
    public void setUp() {
      sizeBytes = (long) residentMiB << 20;
      words = new long[(int) (sizeBytes / ResidentFile.PAGE_SIZE)];
      memory = arena.allocate(sizeBytes, ResidentFile.PAGE_SIZE);
      memory.fill((byte) 1);
    }

    /** Gives the memory back. */
    @TearDown(Level.Trial)
    public void tearDown() {
      arena.close();
    }
  }

  /** A file of which every page is in memory. */
  @State(Scope.Thread)
  public static class Resident {

    /** How much is resident. */
    @Param({"8", "512"})
    public int residentMiB;

    private @Nullable ResidentFile resident;
    long sizeBytes;
    long random = RandomOffsets.SEED;

    /** Makes the file. */
    @Setup(Level.Trial)
    public void setUp() throws IOException, LongpinException {
      sizeBytes = (long) residentMiB << 20;
      resident = new ResidentFile(sizeBytes, access());
    }

    Access access() {
      return Access.READ;
    }

    CachedFile file() {
      return Objects.requireNonNull(resident).file();
    }

    /** Deletes the file. */
    @TearDown(Level.Trial)
    public void tearDown() throws LongpinException {
      Objects.requireNonNull(resident).close();
    }
  }

  /** The same, and every page has its space on disk. */
  @State(Scope.Thread)
  public static class ResidentForWriting extends Resident {
    @Override
    Access access() {
      return Access.WRITE;
    }
  }

  /** The floor: the word up and down again. */
  @Benchmark
  public void compareAndSets(Floor floor) {
    long[] words = floor.words;
    long sizeBytes = floor.sizeBytes;
    long random = floor.random;
    for (int i = 0; i < PINS; i++) {
      random = RandomOffsets.next(random);
      int index = (int) (RandomOffsets.offset(random, sizeBytes) / ResidentFile.PAGE_SIZE);
      long word = (long) WORDS.getAcquire(words, index);
      WORDS.compareAndSet(words, index, word, word + 1);
      WORDS.compareAndSet(words, index, word + 1, word);
    }
    floor.random = random;
  }

  /** The floor with data: a long of memory is read between the two. */
  @Benchmark
  public long compareAndSetsAndGet(Floor floor) {
    long[] words = floor.words;
    MemorySegment memory = floor.memory;
    long sizeBytes = floor.sizeBytes;
    long random = floor.random;
    long sum = 0;
    for (int i = 0; i < PINS; i++) {
      random = RandomOffsets.next(random);
      long offset = RandomOffsets.offset(random, sizeBytes);
      int index = (int) (offset / ResidentFile.PAGE_SIZE);
      long word = (long) WORDS.getAcquire(words, index);
      WORDS.compareAndSet(words, index, word, word + 1);
      sum += memory.get(ValueLayout.JAVA_LONG, offset);
      WORDS.compareAndSet(words, index, word + 1, word);
    }
    floor.random = random;
    return sum;
  }

  /** A pin that reads, and nothing read. */
  @Benchmark
  public long pinRead(Resident resident) throws LongpinException {
    CachedFile file = resident.file();
    long sizeBytes = resident.sizeBytes;
    long random = resident.random;
    long sum = 0;
    for (int i = 0; i < PINS; i++) {
      random = RandomOffsets.next(random);
      long offset = RandomOffsets.offset(random, sizeBytes);
      try (Pin pin = file.pin(offset, Long.BYTES, Access.READ)) {
        sum += pin.lengthBytes();
      }
    }
    resident.random = random;
    return sum;
  }

  /** A pin that reads, and a long read. */
  @Benchmark
  public long pinReadAndGet(Resident resident) throws LongpinException {
    CachedFile file = resident.file();
    long sizeBytes = resident.sizeBytes;
    long random = resident.random;
    long sum = 0;
    for (int i = 0; i < PINS; i++) {
      random = RandomOffsets.next(random);
      long offset = RandomOffsets.offset(random, sizeBytes);
      try (Pin pin = file.pin(offset, Long.BYTES, Access.READ)) {
        sum += pin.getLong(0);
      }
    }
    resident.random = random;
    return sum;
  }

  /** A pin that writes, and nothing written. */
  @Benchmark
  public long pinWrite(ResidentForWriting resident) throws LongpinException {
    CachedFile file = resident.file();
    long sizeBytes = resident.sizeBytes;
    long random = resident.random;
    long sum = 0;
    for (int i = 0; i < PINS; i++) {
      random = RandomOffsets.next(random);
      long offset = RandomOffsets.offset(random, sizeBytes);
      try (Pin pin = file.pin(offset, Long.BYTES, Access.WRITE)) {
        sum += pin.lengthBytes();
      }
    }
    resident.random = random;
    return sum;
  }
}
