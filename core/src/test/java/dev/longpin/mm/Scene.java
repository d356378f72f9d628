package dev.longpin.mm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.longpin.api.Access;
import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.Holder;
import dev.longpin.api.HolderMemory;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.Pin;
import dev.longpin.api.PinPolicy;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.PinnedMemory;
import dev.longpin.api.ResizeResult;
import dev.longpin.api.WritebackException;
import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.Seam;
import dev.longpin.base.Step;
import dev.longpin.cache.PageCaches;
import dev.longpin.schedule.MemoryFile;
import dev.longpin.schedule.MemoryStores;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Action;
import dev.longpin.spi.AsyncStores;
import dev.longpin.spi.Reservation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The state of a scenario: a cache of 16 frames of 4 KiB on a store in memory, with a file whose
 * page {@code i} is full of {@code 'A' + i}, and devices that access frames whatever the software
 * says.
 */
final class Scene {

  static final int PAGE = 4096;
  static final int FRAMES = 16;
  static final Duration LONG = Duration.ofHours(1);
  static final Holder HOLDER = new Holder("client", "nic");

  /** How many schedules a scenario is run under: more for a long run. */
  private static final int SCALE = Integer.getInteger("longpin.schedules.scale", 1);

  /** One region for all schedules: they run one after the other. */
  private static final MemorySegment REGION = Arena.ofAuto().allocate(4L * FRAMES * PAGE, 4 * PAGE);

  final MemoryStores stores = new MemoryStores();
  final MemoryFile disk;
  final PageCache cache;
  final CachedFile file;
  private final EventCount flagged = new EventCount();
  private final List<CachedFile> others = new ArrayList<>();

  private BlockMemory memory;

  /** What actors tell each other; only one runs at a time. */
  int pinned;

  int completed;
  long place;
  boolean flag;
  LongtermPin held;
  CachedFile another;
  Pin pin;
  final List<LongtermPin> pins = new ArrayList<>();
  private @Nullable HolderMemory lent;

  private Scene(int pageSize, byte[] content, boolean background, boolean async)
      throws LongpinException {
    this(
        CacheConfig.ofSize((long) FRAMES * pageSize, pageSize)
            .withBackgroundWriteback(background, Duration.ofSeconds(1)),
        content,
        async);
  }

  private Scene(CacheConfig config, byte[] content, boolean async) throws LongpinException {
    Path path = Path.of("file");
    disk = stores.create(path, content);
    CacheConfig limited =
        config
            .withReadahead(0)
            .withDeadline(LONG)
            .withLongtermLimits(FRAMES, FRAMES)
            .withDirtyLimits(FRAMES, FRAMES);
    cache =
        PageCaches.create(
            limited, async ? new AsyncStores(stores) : stores, wanted -> memory(wanted));
    file = cache.open(path, OpenMode.WRITE);
  }

  private BlockMemory memory(Reservation wanted) {
    memory = new BlockMemory(REGION.asSlice(0, wanted.bytes()), wanted.blockBytes());
    return memory;
  }

  /** Runs a scenario under thousands of schedules, first systematically and then at random. */
  static void explore(ScheduleExplorer<?> scenario) {
    scenario.exhaustive(4_000 * SCALE);
    scenario.random(2_000 * SCALE);
  }

  /** Makes a scene whose file has so many pages, none of them in memory. */
  static Scene uncached(int pages) throws LongpinException {
    return uncachedBytes(pages * PAGE);
  }

  /** The same with a file of so many bytes. */
  static Scene uncachedBytes(int bytes) throws LongpinException {
    return new Scene(PAGE, letters(bytes), false, false);
  }

  /** The same on a store whose reads go on by themselves. */
  static Scene uncachedAsync(int bytes) throws LongpinException {
    return new Scene(PAGE, letters(bytes), false, true);
  }

  /** Makes a scene whose file has so many pages, all of them in memory. */
  static Scene cached(int pages) throws LongpinException {
    return cachedBytes(pages * PAGE);
  }

  /** The same under another policy. */
  static Scene cached(int pages, PinPolicy policy) throws LongpinException {
    CacheConfig config =
        CacheConfig.ofSize((long) FRAMES * PAGE, PAGE)
            .withPolicy(policy)
            .withBackgroundWriteback(false, Duration.ofSeconds(1));
    Scene scene = new Scene(config, letters(pages * PAGE), false);
    scene.read(0, pages * PAGE);
    return scene;
  }

  /** The same with a file of so many bytes. */
  static Scene cachedBytes(int bytes) throws LongpinException {
    return cachedBytes(PAGE, bytes);
  }

  /** The same with other pages. */
  static Scene cachedBytes(int pageSize, int bytes) throws LongpinException {
    Scene scene = new Scene(pageSize, letters(bytes), false, false);
    scene.read(0, bytes);
    return scene;
  }

  /**
   * Makes a scene of {@value #FRAMES} frames that stay and as many that can be given back, where a
   * file of so many pages is cached.
   */
  static Scene resizable(int pages) throws LongpinException {
    long size = (long) FRAMES * PAGE;
    CacheConfig config =
        CacheConfig.ofSize(2 * size, PAGE)
            .withCapacityRange(size, 2 * size)
            .withBackgroundWriteback(false, Duration.ofSeconds(1));
    Scene scene = new Scene(config, letters(pages * PAGE), false);
    scene.read(0, pages * PAGE);
    return scene;
  }

  /** Makes a scene of {@value #FRAMES} frames and as many that can be lent; likewise. */
  static Scene lendable(int pages) throws LongpinException {
    long size = (long) FRAMES * PAGE;
    CacheConfig config =
        CacheConfig.ofSize(size, PAGE)
            .withLendable(size)
            .withBackgroundWriteback(false, Duration.ofSeconds(1));
    Scene scene = new Scene(config, letters(pages * PAGE), false);
    scene.read(0, pages * PAGE);
    scene.lent = scene.cache.lend(HOLDER, size);
    return scene;
  }

  /** Returns the memory that the holder has. */
  HolderMemory lent() {
    return Objects.requireNonNull(lent, "nothing is lent");
  }

  /** Returns whether the cache has given back all its memory. */
  boolean isFreed() {
    return memory.isFreed();
  }

  /** Makes the cache as small or as large as a {@link #resizable} one gets. */
  ResizeResult resize(boolean small) throws LongpinException {
    return cache.resize((long) FRAMES * PAGE * (small ? 1 : 2));
  }

  /** Makes a scene with two pages and background writeback every second. */
  static Scene flushed() throws LongpinException {
    return new Scene(PAGE, letters(2 * PAGE), true, false);
  }

  /** Opens one more file, full of {@code letter}. */
  CachedFile openOther(String name, int pages, char letter) throws LongpinException {
    byte[] content = new byte[pages * PAGE];
    Arrays.fill(content, (byte) letter);
    stores.create(Path.of(name), content);
    CachedFile other = cache.open(Path.of(name), OpenMode.WRITE);
    others.add(other);
    return other;
  }

  /** Leaves the other files out of the checks: they are closed. */
  void forgetOthers() {
    others.clear();
  }

  private static byte[] letters(int bytes) {
    byte[] content = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      content[i] = (byte) ('A' + i / PAGE);
    }
    return content;
  }

  /** Reads, and returns what was read, which may be less. */
  byte[] read(long offset, int length) throws LongpinException {
    byte[] bytes = new byte[length];
    long read = file.read(MemorySegment.ofArray(bytes), offset);
    return Arrays.copyOf(bytes, (int) Math.max(0, read));
  }

  /** Returns one byte of the file. */
  char letter(long offset) throws LongpinException {
    return (char) read(offset, 1)[0];
  }

  /** Writes {@code length} times {@code letter}. */
  void write(long offset, int length, char letter) throws LongpinException {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) letter);
    file.write(MemorySegment.ofArray(bytes), offset);
  }

  /** Lets those go on who {@linkplain #awaitFlag wait} for the flag. */
  void raiseFlag() {
    flag = true;
    flagged.signalAll();
  }

  /** Waits until the flag is raised. */
  void awaitFlag() throws InterruptedException {
    while (true) {
      int ticket = flagged.ticket();
      if (flag) {
        return;
      }
      flagged.await(ticket, Deadline.after(LONG));
    }
  }

  /** A device writes a byte at {@code position} of pinned memory, without any check. */
  static void dma(MemorySegment memory, long position, char letter) {
    Seam.step(Step.OUTSIDE, "DMA", position);
    memory.set(ValueLayout.JAVA_BYTE, position, (byte) letter);
  }

  /** A device reads a byte at {@code position} of pinned memory, without any check. */
  static char dmaRead(MemorySegment memory, long position) {
    Seam.step(Step.OUTSIDE, "DMA", position);
    return (char) memory.get(ValueLayout.JAVA_BYTE, position);
  }

  /** Returns the whole page that pinned memory begins in, beyond the pinned range. */
  static MemorySegment wholePage(PinnedMemory pin) {
    long inRegion = pin.unsafeSegment(0).address() - REGION.address();
    return REGION.asSlice(inRegion / PAGE * PAGE, PAGE);
  }

  /** Something that may be refused because the range is being, or has been, cut. */
  @FunctionalInterface
  interface Attempt {
    void run() throws Exception;
  }

  /** Returns whether the attempt was not refused. */
  static boolean unlessCut(Attempt attempt) throws Exception {
    try {
      attempt.run();
      return true;
    } catch (PinRefusedException e) {
      if (e.reason() == PinRefusedException.Reason.TRUNCATING
          || e.reason() == PinRefusedException.Reason.PAST_END) {
        return false;
      }
      throw e;
    }
  }

  /** Makes an action that ends where a pin is refused because of a cut. */
  static Action<Scene> whereCutIsNoError(Action<Scene> action) {
    return s -> unlessCut(() -> action.act(s));
  }

  /**
   * Checks that the file's pages are pinned by nobody and that the disk was asked nothing wrong.
   */
  void checkQuiet() throws LongpinException {
    assertEquals(List.of(), disk.violations());
    assertEquals(List.of(), cache.holders());
    assertEquals(0, cache.stats().longtermPinnedPages());
    file.evict(); // waits for every pin; a page still pinned or gated would be a deadlock
    assertEquals(List.of(), disk.violations());
    assertEquals(0, cache.stats().disconnectedFrames());
    for (CachedFile other : others) {
      other.evict();
    }
    // Every frame can be had again, and nobody has written to memory that was given back.
    int frames = (int) cache.stats().frames();
    openOther("all", frames, 'x').pin(0, (long) frames * PAGE, Access.READ).close();
    memory.checkGivenBack();
  }

  /** Checks that memory, the disk and what a power cut would leave are the same after a force. */
  void checkDurable() throws LongpinException {
    file.force();
    byte[] content = read(0, (int) file.size());
    assertEquals(file.size(), content.length);
    assertEquals(Arrays.hashCode(content), Arrays.hashCode(disk.content()), "on disk");
    assertEquals(Arrays.hashCode(content), Arrays.hashCode(disk.durableContent()), "durable");
  }

  /** Forces the file; a failure is noted by the {@link #flag}. */
  void forceThatMayFail() throws LongpinException {
    try {
      file.force();
    } catch (WritebackException e) {
      flag = true;
    }
  }
}
