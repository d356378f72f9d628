package dev.longpin.api;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * How a cache is made. Immutable; start from {@link #ofSize} and change what differs.
 *
 * @param capacityBytes memory for pages; rounded down to whole pages
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

  /** Checks the arguments. */
  public CacheConfig {
    Objects.requireNonNull(policy, "policy");
    if (Integer.bitCount(pageSize) != 1 || pageSize < MIN_PAGE_SIZE || pageSize > MAX_PAGE_SIZE) {
      throw new IllegalArgumentException(
          "page size must be a power of two from 4 KiB to 2 MiB: " + pageSize);
    }
    long frames = capacityBytes / pageSize;
    if (frames < MIN_FRAMES || frames > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "capacity must be "
              + MIN_FRAMES
              + " pages to 2^31 pages: "
              + capacityBytes
              + " bytes are "
              + frames
              + " pages of "
              + pageSize);
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

  /** Returns the number of frames. */
  public int frameCount() {
    return (int) (capacityBytes / pageSize);
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
