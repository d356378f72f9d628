package dev.longpin.mm;

import dev.longpin.api.CacheConfig;
import dev.longpin.api.PinPolicy;
import dev.longpin.notify.HandlerErrors;
import dev.longpin.notify.Notifiers;
import dev.longpin.page.BlockState;
import dev.longpin.page.DaxWords;
import dev.longpin.page.Frames;
import dev.longpin.page.PageWords;
import dev.longpin.revoke.Holders;
import dev.longpin.revoke.Revoker;
import dev.longpin.revoke.ShortPinLedger;
import dev.longpin.spi.Memory;
import dev.longpin.spi.Reservation;
import org.jspecify.annotations.Nullable;

/**
 * What all protocols of one cache share.
 *
 * @param config how the cache was made
 * @param words the page words
 * @param blocks the block state
 * @param frames the frames
 * @param holders the long-term pins
 * @param revoker what tells their holders
 * @param notifiers the devices with page tables of their own
 * @param handlerErrors what handlers of holders and devices threw
 * @param shortPins in debug mode, where short pins were taken
 * @param bounce buffers for copies of pages under write pins
 * @param lending who has memory of the cache
 * @param counters sums for {@code stats()}
 */
public record CoreMm(
    CacheConfig config,
    PageWords words,
    BlockState blocks,
    Frames frames,
    Holders holders,
    Revoker revoker,
    Notifiers notifiers,
    HandlerErrors handlerErrors,
    @Nullable ShortPinLedger shortPins,
    BouncePool bounce,
    Lending lending,
    Counters counters) {

  /**
   * Returns the memory that a cache is to have: its frames, and then what its copies go through.
   */
  public static Reservation reservation(CacheConfig config) {
    long bounceBytes = (long) BouncePool.BUFFERS * config.pageSize();
    return new Reservation(
        framesBytes(config) + bounceBytes,
        config.pageSize(),
        config.isInBlocks() ? config.blockBytes() : CacheConfig.MAX_BLOCK_BYTES);
  }

  private static long framesBytes(CacheConfig config) {
    return (long) config.frameLimit() * config.pageSize();
  }

  /**
   * Makes the parts of a cache in memory that was reserved for it.
   *
   * @throws OutOfMemoryError if there is not enough for its first size
   */
  public static CoreMm create(CacheConfig config, Memory memory) {
    int frameCount = config.frameLimit();
    int pageSize = config.pageSize();
    int framesPerBlock = (int) (config.blockBytes() / pageSize);
    PageWords words = memory.isStorage() ? new DaxWords(frameCount) : new PageWords(frameCount);
    BlockState blocks = new BlockState(frameCount, pageSize);
    Frames frames =
        new Frames(
            memory,
            pageSize,
            framesPerBlock,
            config.minFrameCount(),
            config.maxFrameCount(),
            words,
            blocks);
    populate(config, memory);
    frames.onlineFirst((config.frameCount() - 1) / framesPerBlock + 1);
    Holders holders =
        new Holders(
            () -> scaled(config, frames, config.longtermLimitPages()),
            () -> scaled(config, frames, config.longtermLimitPerHolderPages()),
            config.keyQuarantine());
    HandlerErrors errors = new HandlerErrors();
    return new CoreMm(
        config,
        words,
        blocks,
        frames,
        holders,
        new Revoker(holders, errors),
        new Notifiers(frames, errors),
        errors,
        config.debug() ? new ShortPinLedger() : null,
        memory.isStorage()
            ? BouncePool.none()
            : new BouncePool(memory.segment(), framesBytes(config), pageSize),
        new Lending(),
        new Counters());
  }

  private static void populate(CacheConfig config, Memory memory) {
    long all = reservation(config).bytes();
    if (config.isInBlocks()) {
      long frames = framesBytes(config);
      memory.populate(0, (long) config.frameCount() * config.pageSize());
      memory.populate(frames, all - frames);
    } else {
      memory.populate(0, all);
    }
  }

  /** Returns a limit of the configuration, in pages, for the size that the cache has now. */
  public long scaled(long limitPages) {
    return scaled(config, frames, limitPages);
  }

  private static long scaled(CacheConfig config, Frames frames, long limitPages) {
    return config.isResizable()
        ? Math.max(1, (long) ((double) limitPages * frames.count() / config.frameCount()))
        : limitPages;
  }

  /** Returns whether the frames are the storage itself: nothing is filled or written back. */
  public boolean isDax() {
    return frames.areStorage();
  }

  /** Returns what is done with pinned pages. */
  public PinPolicy policy() {
    return config.policy();
  }

  /** Returns the page that a byte of a file lies in. */
  public long pageOf(long offset) {
    return offset >>> frames.pageShift();
  }

  /** Returns the number of pages that {@code bytes} from the start of a file make. */
  public long pagesUpTo(long bytes) {
    return bytes == 0 ? 0 : ((bytes - 1) >>> frames.pageShift()) + 1;
  }
}
