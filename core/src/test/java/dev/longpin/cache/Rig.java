package dev.longpin.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.Holder;
import dev.longpin.api.LongpinException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.PinnedMemory;
import dev.longpin.api.StoreException;
import dev.longpin.api.Unmapping;
import dev.longpin.spi.AsyncStores;
import dev.longpin.spi.StoreProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/**
 * What most tests need: a cache of 16 pages of 4 KiB without background writeback and readahead,
 * and a file in it whose page {@code i} is full of the letter {@code 'A' + i}, none of it in memory
 * yet, on {@linkplain FaultyStores stores that do as they are told}.
 */
final class Rig implements AutoCloseable {

  static final int PAGE = 4096;
  static final int FRAMES = 16;
  static final Holder HOLDER = new Holder("client", "nic");
  static final Holder OTHER = new Holder("other", "nic");

  /** A deadline that is to pass. */
  static final Duration SHORT = Duration.ofMillis(100);

  /** A deadline that is not to pass. */
  static final Duration LONG = Duration.ofSeconds(20);

  final FaultyStores stores = new FaultyStores();
  final Path path;
  final PageCache cache;
  final CachedFile file;

  private Rig(Path dir, CacheConfig config, int sizeBytes, UnaryOperator<StoreProvider> wrap)
      throws IOException {
    path = dir.resolve("file");
    Files.write(path, letters(sizeBytes, config.pageSize()));
    cache = PageCaches.create(config, wrap.apply(stores));
    file = cache.open(path, OpenMode.WRITE);
    stores.watchSize(path, file::size);
  }

  static Rig ofPages(Path dir, int pages) throws IOException {
    return ofBytes(dir, pages * PAGE);
  }

  static Rig ofBytes(Path dir, int sizeBytes) throws IOException {
    return of(dir, sizeBytes, config -> config);
  }

  /** Makes one whose configuration differs. */
  static Rig of(Path dir, int sizeBytes, UnaryOperator<CacheConfig> change) throws IOException {
    return new Rig(dir, change.apply(config(PAGE)), sizeBytes, UnaryOperator.identity());
  }

  /** Makes one on a store whose reads go on by themselves. */
  static Rig async(Path dir, int sizeBytes, UnaryOperator<CacheConfig> change) throws IOException {
    return new Rig(dir, change.apply(config(PAGE)), sizeBytes, AsyncStores::new);
  }

  /** Makes one with pages of another size. */
  static Rig ofPageSize(Path dir, int pageSize, int sizeBytes) throws IOException {
    return new Rig(dir, config(pageSize), sizeBytes, UnaryOperator.identity());
  }

  static CacheConfig config(int pageSize) {
    return CacheConfig.ofSize((long) FRAMES * pageSize, pageSize)
        .withBackgroundWriteback(false, Duration.ofSeconds(1))
        .withReadahead(0)
        .withDeadline(LONG)
        .withLongtermLimits(FRAMES, FRAMES)
        .withDirtyLimits(FRAMES, FRAMES);
  }

  static byte[] letters(int sizeBytes, int pageSize) {
    byte[] content = new byte[sizeBytes];
    for (int i = 0; i < sizeBytes; i++) {
      content[i] = (byte) ('A' + i / pageSize);
    }
    return content;
  }

  /** Opens another file beside the first, whose pages are all of one letter. */
  CachedFile open(String name, int pages, char letter) throws IOException {
    byte[] content = new byte[pages * PAGE];
    Arrays.fill(content, (byte) letter);
    return cache.open(Files.write(path.resolveSibling(name), content), OpenMode.WRITE);
  }

  static byte[] read(CachedFile file, long offset, int length) throws LongpinException {
    byte[] bytes = new byte[length];
    long read = file.read(MemorySegment.ofArray(bytes), offset);
    return Arrays.copyOf(bytes, (int) Math.max(0, read));
  }

  /** Reads one byte. */
  char letter(long offset) throws LongpinException {
    byte[] bytes = read(file, offset, 1);
    assertThat(bytes).as("byte %s of the file", offset).hasSize(1);
    return (char) bytes[0];
  }

  static void write(CachedFile file, long offset, int length, char letter) throws LongpinException {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) letter);
    file.write(MemorySegment.ofArray(bytes), offset);
  }

  void write(long offset, int length, char letter) throws LongpinException {
    write(file, offset, length, letter);
  }

  /** Brings pages into memory. */
  void load(long firstPage, int pages) throws LongpinException {
    assertThat(read(file, firstPage * PAGE, pages * PAGE)).isNotEmpty();
  }

  /** Returns the file as it is outside the cache. */
  byte[] disk() throws IOException {
    return Files.readAllBytes(path);
  }

  char diskLetter(long offset) throws IOException {
    return (char) disk()[(int) offset];
  }

  /** Waits until background writeback has written a byte. */
  void awaitDisk(long offset, char letter) {
    Later.await(() -> {
      try {
        return diskLetter(offset) == letter;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    });
  }

  /** A device writes, without a look at anything, to memory that it was given. */
  static void dma(MemorySegment memory, long position, char letter) {
    memory.set(ValueLayout.JAVA_BYTE, position, (byte) letter);
  }

  static char dmaRead(MemorySegment memory, long position) {
    return (char) memory.get(ValueLayout.JAVA_BYTE, position);
  }

  /** Returns the memory of the whole page in which pinned memory begins. */
  @SuppressWarnings("restricted") // a device knows addresses
  static MemorySegment wholePage(PinnedMemory pin) {
    MemorySegment pinned = pin.unsafeSegment(0);
    return MemorySegment.ofAddress(pinned.address() / PAGE * PAGE).reinterpret(PAGE);
  }

  /** Waits until an operation has shut the gate of the page at {@code offset}, or the file. */
  void awaitGoing(long offset) {
    Later.await(() -> {
      try {
        file.pin(offset, 1, Access.READ).close();
        return false;
      } catch (PinRefusedException e) {
        assertThat(e.reason()).isEqualTo(PinRefusedException.Reason.TRUNCATING);
        return true;
      } catch (FileClosedException e) {
        return true;
      } catch (LongpinException e) {
        throw new AssertionError(e);
      }
    });
  }

  static void assertRefused(PinRefusedException.Reason reason, ThrowingCallable pin) {
    assertThatThrownBy(pin)
        .isInstanceOfSatisfying(
            PinRefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  static void assertFails(StoreException.Kind kind, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.kind()).isEqualTo(kind));
  }

  /** Checks that nothing is pinned, held, or going: the whole file leaves the memory. */
  void assertFree() throws LongpinException {
    // A holder that answers both at once is off the list only after its pages are back.
    Later.await(() -> cache.holders().isEmpty());
    assertThat(cache.stats().longtermPinnedPages()).isZero();
    file.evict(0, Long.MAX_VALUE, Unmapping.within(Duration.ofSeconds(5)));
    assertThat(cache.stats().freeFrames()).isEqualTo(cache.stats().frames());
  }

  /** The same, when another file has pages in memory. */
  void assertFreeBut(CachedFile other) throws LongpinException {
    other.evict(0, Long.MAX_VALUE, Unmapping.within(Duration.ofSeconds(5)));
    assertFree();
  }

  @Override
  public void close() throws LongpinException {
    stores.heal();
    cache.close();
    assertThat(stores.violations()).isEmpty();
  }
}
