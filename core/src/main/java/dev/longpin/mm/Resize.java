package dev.longpin.mm;

import dev.longpin.api.HolderInfo;
import dev.longpin.api.Invalidation.Cause;
import dev.longpin.api.NoMemoryException;
import dev.longpin.api.ResizeResult;
import dev.longpin.api.WaitEndedException;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.Frames;
import dev.longpin.page.PageWord;
import dev.longpin.page.PageWords;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Makes the cache larger or smaller, block by block, while it is in use (the kernel's {@code
 * mm/memory_hotplug.c}).
 *
 * <p>Larger: populate a block, so that a lack of memory is an error here and not a signal later;
 * then give out its frames.
 *
 * <p>Smaller:
 *
 * <ol>
 *   <li>Choose the blocks with the fewest pages that are pinned long-term, and isolate them: their
 *       frames are given out no more.
 *   <li>{@linkplain Migrate Move} their pages to other frames, for which clean pages are dropped.
 *       If there is none left, the flusher is asked to clean.
 *   <li>What somebody has stays where it is (I8). Long-term pins are not awaited; a block with one
 *       is given up, and another tried in its place. All else is transient: wait, and look again.
 *   <li>An empty block: nobody can reach it, and its memory goes back.
 *   <li>At the deadline what is left is given out again.
 * </ol>
 */
public final class Resize {

  private final CoreMm mm;
  private final Frames frames;
  private final PageWords words;
  private final Migrate migrate;
  private final Reclaim reclaim;

  /** Makes the protocol for a cache. */
  public Resize(CoreMm mm, Migrate migrate, Reclaim reclaim) {
    this.mm = mm;
    this.frames = mm.frames();
    this.words = mm.words();
    this.migrate = migrate;
    this.reclaim = reclaim;
  }

  /** What an attempt to empty a block came to. */
  private enum Emptied {
    YES,
    LATER,
    NEVER
  }

  /**
   * Grows or shrinks to {@code frameCount} frames; by one thread at a time.
   *
   * @throws NoMemoryException if there is no memory for a block; those before it stay
   * @throws WaitEndedException if the thread was interrupted; what was given back by then is
   */
  public ResizeResult run(int frameCount, Wait wait) throws NoMemoryException, WaitEndedException {
    grow(frameCount);
    Obstacles obstacles = new Obstacles();
    shrink(frameCount, wait, obstacles);
    return frames.count() > frameCount
        ? new ResizeResult(
            bytes(frames.count()), bytes(frameCount), obstacles.holders(), obstacles.others)
        : unchanged(frameCount);
  }

  /** Returns the result of doing nothing. */
  public ResizeResult unchanged(int frameCount) {
    return new ResizeResult(bytes(frames.count()), bytes(frameCount), List.of(), 0);
  }

  /** How it waits: for a frame, a page that gets clean, or a while. */
  @FunctionalInterface
  public interface Wait {
    /** Returns false if the deadline passed. */
    boolean await(int ticket) throws WaitEndedException;
  }

  /** What was in the way, as it was last seen. */
  private final class Obstacles {
    private final Set<HolderInfo> seen = new LinkedHashSet<>();
    private int others;

    void add(int frame) {
      AddressSpace space = frames.ownerSpace(frame);
      long start = frames.ownerPage(frame) << frames.pageShift();
      if (space != null) {
        seen.addAll(mm.holders().active(space, start, start + frames.pageSize()));
      }
    }

    List<HolderInfo> holders() {
      return List.copyOf(seen);
    }
  }

  private long bytes(int frameCount) {
    return (long) frameCount * frames.pageSize();
  }

  private void grow(int frameCount) throws NoMemoryException {
    for (int block : frames.offlineBlocks()) {
      if (frames.count() >= frameCount) {
        return;
      }
      try {
        frames.online(block);
      } catch (OutOfMemoryError e) {
        throw new NoMemoryException(
            "no memory to grow from "
                + bytes(frames.count())
                + " to "
                + bytes(frameCount)
                + " bytes",
            e);
      }
    }
  }

  private void shrink(int frameCount, Wait wait, Obstacles obstacles) throws WaitEndedException {
    List<Integer> candidates = candidates();
    List<Integer> isolated = new ArrayList<>();
    boolean inTime = true;
    try {
      while (true) {
        // (1)
        while (frames.count() > frameCount && !candidates.isEmpty()) {
          int block = candidates.removeFirst();
          frames.isolate(block);
          isolated.add(block);
        }
        if (isolated.isEmpty() || !inTime) {
          return;
        }
        int ticket = frames.freed().ticket();
        obstacles.others = 0;
        boolean progress = isolated.removeIf(block -> isDone(block, obstacles));
        if (!progress && !isolated.isEmpty()) {
          inTime = wait.await(ticket);
        }
      }
    } finally {
      isolated.forEach(frames::reintegrate); // (5)
    }
  }

  private boolean isDone(int block, Obstacles obstacles) {
    Emptied emptied = empty(block, obstacles);
    if (emptied == Emptied.YES) {
      frames.offline(block); // (4)
    } else if (emptied == Emptied.NEVER) {
      frames.reintegrate(block);
    }
    return emptied != Emptied.LATER;
  }

  /** Those with the fewest long-term pins first, and of the same number the last. */
  private List<Integer> candidates() {
    return new ArrayList<>(
        Arrays.stream(frames.movableBlocks())
            .boxed()
            .sorted(
                Comparator.comparingInt((Integer block) ->
                        count(block, word -> PageWord.has(word, PageWord.LONG_PINS)))
                    .thenComparing(Comparator.reverseOrder()))
            .toList());
  }

  private int count(int block, Predicate<Long> which) {
    int count = 0;
    for (int frame = frames.firstFrame(block); frame < frames.firstFrame(block + 1); frame++) {
      count += which.test(words.load(frame)) ? 1 : 0;
    }
    return count;
  }

  private Emptied empty(int block, Obstacles obstacles) {
    boolean pinned = false;
    int left = 0;
    for (int frame = frames.firstFrame(block); frame < frames.firstFrame(block + 1); frame++) {
      long word = words.load(frame);
      if (word != 0 && !tryEmpty(frame)) {
        left++;
        if (PageWord.has(words.load(frame), PageWord.LONG_PINS | PageWord.ORPHAN)) {
          pinned = true;
          obstacles.add(frame);
        }
      }
    }
    if (pinned) {
      return Emptied.NEVER;
    }
    obstacles.others += left;
    return frames.isEmpty(block) ? Emptied.YES : Emptied.LATER;
  }

  /** Steps 2 and 3 for one frame. */
  private boolean tryEmpty(int frame) {
    AddressSpace space = frames.ownerSpace(frame);
    if (space == null) {
      return false; // on its way into a file, or out of one
    }
    long page = frames.ownerPage(frame);
    long word = words.load(frame);
    if (PageWord.has(word, PageWord.PINS)) {
      if (PageWord.pins(word).longterm() == 0 && !mm.notifiers().isEmpty()) {
        boolean _ = mm.notifiers().ask(space, page, Cause.MIGRATE);
      }
      return false;
    }
    if (!PageWord.canMove(word)) {
      return false; // without a target, whose way back would look like progress
    }
    int target = reclaim.tryAllocate();
    return target < 0 ? reclaim.tryDrop(frame) : migrate.tryMove(space, page, frame, target);
  }
}
