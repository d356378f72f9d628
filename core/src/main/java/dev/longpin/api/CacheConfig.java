package dev.longpin.api;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * How a cache is made. Immutable; start from {@link #ofSize} and change what differs.
 *
 * @param capacityBytes memory for pages at first; rounded down to whole pages, or if it can change
 *     up to whole {@linkplain #blockBytes blocks}
 * @param minCapacityBytes memory that is never given back, where pages that are pinned long-term
 *     are moved to; {@code capacityBytes} for a cache of one size
 * @param maxCapacityBytes how large the cache can get, which only takes addresses; likewise
 * @param lendableBytes how much there may be besides, in all, of memory that is {@linkplain
 *     PageCache#lend lent} to holders, which only takes addresses; up to whole blocks
 * @param pageSize bytes a page: a power of two from 4 KiB to 2 MiB
 * @param policy what is done with pinned pages
 * @param deadline how long an operation waits when it is not told otherwise
 * @param longtermLimitPages how many pages may be pinned long-term, all pins counted
 * @param longtermLimitPerHolderPages the same for one holder
 * @param dirtyLimitPages writers wait while more pages are dirty
 * @param dirtyBackgroundPages background writeback starts above it
 * @param writebackInterval how often background writeback looks for old dirty pages
 * @param backgroundWriteback whether there is any
 * @param readaheadBytes how far a sequential read reads ahead; 0 for not at all
 * @param keyQuarantine how long the key of a long-term pin stays out of use after the pin
 * @param debug whether each short pin's place is noted, and the use of a pin's {@linkplain
 *     PinnedMemory#unsafeSegment segment} after the pin's end detected: it fails with {@link
 *     IllegalStateException}. Every pin then costs tens of microseconds, and Java may ask for
 *     {@code --enable-native-access=dev.longpin.core}
 */
public record CacheConfig(
    long capacityBytes,
    long minCapacityBytes,
    long maxCapacityBytes,
    long lendableBytes,
    int pageSize,
    PinPolicy policy,
    Duration deadline,
    long longtermLimitPages,
    long longtermLimitPerHolderPages,
    long dirtyLimitPages,
    long dirtyBackgroundPages,
    Duration writebackInterval,
    boolean backgroundWriteback,
    int readaheadBytes,
    Duration keyQuarantine,
    boolean debug) {

  /** The smallest page: 4 KiB. */
  public static final int MIN_PAGE_SIZE = 4 << 10;

  /** The largest page: 2 MiB. */
  public static final int MAX_PAGE_SIZE = 2 << 20;

  /** The fewest frames that a cache can work with. */
  public static final int MIN_FRAMES = 16;

  /** The largest memory block: 1 GiB, the limit of Linux for one registered buffer. */
  public static final long MAX_BLOCK_BYTES = 1L << 30;

  /** Into how many blocks a cache that can change its size is divided, unless it is small. */
  private static final int BLOCKS = 64;

  /** The smallest block, in pages. */
  private static final int MIN_BLOCK_PAGES = 4;

  /** Checks the arguments. */
  public CacheConfig {
    Objects.requireNonNull(policy, "policy");
    if (Integer.bitCount(pageSize) != 1 || pageSize < MIN_PAGE_SIZE || pageSize > MAX_PAGE_SIZE) {
      throw new IllegalArgumentException(
          "page size must be a power of two from 4 KiB to 2 MiB: " + pageSize);
    }
    checkCapacity(minCapacityBytes, pageSize);
    checkCapacity(maxCapacityBytes, pageSize);
    if (minCapacityBytes > capacityBytes || capacityBytes > maxCapacityBytes) {
      throw new IllegalArgumentException(
          "a capacity of "
              + capacityBytes
              + " bytes is not from "
              + minCapacityBytes
              + " to "
              + maxCapacityBytes);
    }
    if (lendableBytes < 0 || lendableBytes / pageSize > Integer.MAX_VALUE / 2) {
      throw new IllegalArgumentException("lendable memory of " + lendableBytes + " bytes");
    }
    if (deadline.isNegative() || deadline.isZero()) {
      throw new IllegalArgumentException("deadline must be positive: " + deadline);
    }
    if (longtermLimitPages < 0 || longtermLimitPerHolderPages < 0) {
      throw new IllegalArgumentException("negative limit on long-term pins");
    }
    if (dirtyBackgroundPages < 0 || dirtyLimitPages < dirtyBackgroundPages || dirtyLimitPages < 1) {
      throw new IllegalArgumentException(
          "dirty limits: background " + dirtyBackgroundPages + ", limit " + dirtyLimitPages);
    }
    if (writebackInterval.isNegative() || writebackInterval.isZero()) {
      throw new IllegalArgumentException("writeback interval must be positive");
    }
    if (readaheadBytes < 0) {
      throw new IllegalArgumentException("negative readahead: " + readaheadBytes);
    }
    if (keyQuarantine.isNegative()) {
      throw new IllegalArgumentException("negative quarantine of keys: " + keyQuarantine);
    }
  }

  private static void checkCapacity(long bytes, int pageSize) {
    long frames = bytes / pageSize;
    if (frames < MIN_FRAMES || frames > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "capacity must be "
              + MIN_FRAMES
              + " pages to 2^31 pages: "
              + bytes
              + " bytes are "
              + frames
              + " pages of "
              + pageSize);
    }
  }

  /**
   * Returns the defaults: policy {@code REVOKE}, a deadline of 10 s, long-term pins on half of the
   * pages and a quarter for one holder, writers throttled above a quarter dirty, background
   * writeback above a tenth and every second, readahead of 128 KiB or four pages, keys out of use
   * for a minute, no debugging.
   *
   * @throws IllegalArgumentException if that is fewer than {@value #MIN_FRAMES} pages
   */
  public static CacheConfig ofSize(long capacityBytes, int pageSize) {
    long pages = Math.max(1, capacityBytes / Math.max(1, pageSize));
    return new CacheConfig(
        capacityBytes,
        capacityBytes,
        capacityBytes,
        0,
        pageSize,
        PinPolicies.REVOKE,
        Duration.ofSeconds(10),
        pages / 2,
        pages / 4,
        Math.max(1, pages / 4),
        pages / 10,
        Duration.ofSeconds(1),
        true,
        (int) Math.min(Math.max(128 << 10, 4L * pageSize), capacityBytes / 8),
        Duration.ofMinutes(1),
        false);
  }

  /** Returns whether {@link PageCache#resize} can change the size. */
  public boolean isResizable() {
    return minCapacityBytes < maxCapacityBytes;
  }

  /**
   * Returns the bytes in a memory block: what {@link PageCache#resize} and {@link PageCache#lend}
   * add and take away at a time. A power of two if there is any of that; else the last block may
   * have less.
   */
  public long blockBytes() {
    long wanted =
        isInBlocks()
            ? Math.max(
                Long.highestOneBit(maxCapacityBytes / BLOCKS), (long) MIN_BLOCK_PAGES * pageSize)
            : maxCapacityBytes;
    return Math.min(wanted, MAX_BLOCK_BYTES);
  }

  /** Returns whether memory comes and goes in blocks. */
  public boolean isInBlocks() {
    return isResizable() || lendableBytes > 0;
  }

  /** Returns the number of frames at first. */
  public int frameCount() {
    return framesOf(capacityBytes);
  }

  /** Returns the number of frames that are never given back. */
  public int minFrameCount() {
    return framesOf(minCapacityBytes);
  }

  /** Returns the largest number of frames. */
  public int maxFrameCount() {
    return framesOf(maxCapacityBytes);
  }

  /** Returns how many frames there can be, with those that are lent. */
  public int frameLimit() {
    return Math.addExact(maxFrameCount(), framesOf(lendableBytes));
  }

  /**
   * Returns how many frames a capacity makes, in whole blocks if memory comes and goes in those.
   */
  public int framesOf(long bytes) {
    long block = blockBytes();
    long frames = isInBlocks() ? (bytes + block - 1) / block * block : bytes;
    return (int) (frames / pageSize);
  }

  /**
   * Returns the same with a size that {@link PageCache#resize} can change, where the machine's
   * memory can be given back ({@link PageCache#resize}).
   *
   * @param minBytes what is never given back, where pages that are pinned long-term are moved to
   * @param maxBytes how large the cache can get
   */
  public CacheConfig withCapacityRange(long minBytes, long maxBytes) {
    return with(draft -> {
      draft.minCapacityBytes = minBytes;
      draft.maxCapacityBytes = maxBytes;
    });
  }

  /** Returns the same with so much memory besides that can be lent to holders. */
  public CacheConfig withLendable(long bytes) {
    return with(draft -> draft.lendableBytes = bytes);
  }

  /** Returns the same with another policy. */
  public CacheConfig withPolicy(PinPolicy next) {
    return with(draft -> draft.policy = next);
  }

  /** Returns the same with another default deadline. */
  public CacheConfig withDeadline(Duration next) {
    return with(draft -> draft.deadline = next);
  }

  /** Returns the same with other limits on long-term pins, in pages. */
  public CacheConfig withLongtermLimits(long cachePages, long holderPages) {
    return with(draft -> {
      draft.longtermLimitPages = cachePages;
      draft.longtermLimitPerHolderPages = holderPages;
    });
  }

  /** Returns the same with other dirty limits, in pages. */
  public CacheConfig withDirtyLimits(long limitPages, long backgroundPages) {
    return with(draft -> {
      draft.dirtyLimitPages = limitPages;
      draft.dirtyBackgroundPages = backgroundPages;
    });
  }

  /** Returns the same with background writeback at another interval, or with none. */
  public CacheConfig withBackgroundWriteback(boolean enabled, Duration interval) {
    return with(draft -> {
      draft.backgroundWriteback = enabled;
      draft.writebackInterval = interval;
    });
  }

  /** Returns the same with another readahead, in bytes. */
  public CacheConfig withReadahead(int bytes) {
    return with(draft -> draft.readaheadBytes = bytes);
  }

  /** Returns the same with keys of pins out of use for another time after the pin. */
  public CacheConfig withKeyQuarantine(Duration next) {
    return with(draft -> draft.keyQuarantine = next);
  }

  /** Returns the same with or without debugging. */
  public CacheConfig withDebug(boolean enabled) {
    return with(draft -> draft.debug = enabled);
  }

  private CacheConfig with(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.config();
  }

  /** What of a configuration can be changed, while it is. */
  private static final class Draft {
    private final CacheConfig from;
    private long minCapacityBytes;
    private long maxCapacityBytes;
    private long lendableBytes;
    private PinPolicy policy;
    private Duration deadline;
    private long longtermLimitPages;
    private long longtermLimitPerHolderPages;
    private long dirtyLimitPages;
    private long dirtyBackgroundPages;
    private Duration writebackInterval;
    private boolean backgroundWriteback;
    private int readaheadBytes;
    private Duration keyQuarantine;
    private boolean debug;

    private Draft(CacheConfig from) {
      this.from = from;
      minCapacityBytes = from.minCapacityBytes;
      maxCapacityBytes = from.maxCapacityBytes;
      lendableBytes = from.lendableBytes;
      policy = from.policy;
      deadline = from.deadline;
      longtermLimitPages = from.longtermLimitPages;
      longtermLimitPerHolderPages = from.longtermLimitPerHolderPages;
      dirtyLimitPages = from.dirtyLimitPages;
      dirtyBackgroundPages = from.dirtyBackgroundPages;
      writebackInterval = from.writebackInterval;
      backgroundWriteback = from.backgroundWriteback;
      readaheadBytes = from.readaheadBytes;
      keyQuarantine = from.keyQuarantine;
      debug = from.debug;
    }

    private CacheConfig config() {
      return new CacheConfig(
          from.capacityBytes,
          minCapacityBytes,
          maxCapacityBytes,
          lendableBytes,
          from.pageSize,
          policy,
          deadline,
          longtermLimitPages,
          longtermLimitPerHolderPages,
          dirtyLimitPages,
          dirtyBackgroundPages,
          writebackInterval,
          backgroundWriteback,
          readaheadBytes,
          keyQuarantine,
          debug);
    }
  }
}
