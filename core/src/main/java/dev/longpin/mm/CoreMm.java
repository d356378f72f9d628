package dev.longpin.mm;

import dev.longpin.api.CacheConfig;
import dev.longpin.api.PinPolicy;
import dev.longpin.notify.HandlerErrors;
import dev.longpin.notify.Notifiers;
import dev.longpin.page.BlockState;
import dev.longpin.page.Frames;
import dev.longpin.page.PageWords;
import dev.longpin.revoke.Holders;
import dev.longpin.revoke.Revoker;
import dev.longpin.revoke.ShortPinLedger;
import dev.longpin.spi.Memory;
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
    Counters counters) {

  /** Returns how much memory a cache of {@code config}'s size needs. */
  public static long memoryBytes(CacheConfig config) {
    return (long) (config.frameCount() + BouncePool.BUFFERS) * config.pageSize();
  }

  /** Makes the parts of a cache of {@code config}'s size, which the memory is made for. */
  public static CoreMm create(CacheConfig config, Memory memory) {
    int frameCount = config.frameCount();
    int pageSize = config.pageSize();
    PageWords words = new PageWords(frameCount, memory.isStorage());
    BlockState blocks = new BlockState(frameCount, pageSize);
    Frames frames = new Frames(memory, frameCount, pageSize, words, blocks);
    Holders holders =
        new Holders(
            config.longtermLimitPages(),
            config.longtermLimitPerHolderPages(),
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
            : new BouncePool(memory.segment(), (long) frameCount * pageSize, pageSize),
        new Counters());
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
