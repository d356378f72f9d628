package dev.longpin.api;

import java.util.List;

/**
 * The state of a cache at one moment, and sums since it was made.
 *
 * @param engine how data moves, such as "io_uring"
 * @param pageSize bytes a page
 * @param frames frames that there is memory for
 * @param freeFrames frames that hold no page
 * @param leakedFrames frames of devices that never answered quiesced, never to be reused (I1)
 * @param disconnectedFrames frames taken from a file whose device has not answered yet
 * @param dirtyPages dirty pages that count for throttling
 * @param longtermPinnedPages pages times long-term pins, as counted against the limit
 * @param longtermLimit that limit
 * @param hits reads of a page that found it in memory
 * @param misses pages that had to be brought in
 * @param writebacks pages written
 * @param bounces of those, copied because a device may write to them
 * @param syncs good fdatasyncs
 * @param reclaimed pages dropped to make room
 * @param migrated pages moved to another frame
 * @param revocations notices that went out to holders
 * @param timeouts waits that ended at their deadline
 * @param disconnected long-term pins disconnected
 * @param reservesSpace whether writes reserve their space first (I7), in every file that is open
 *     for writing; false if none is
 * @param punchesHoles whether punching frees space, in every file that is open for writing, or else
 *     writes zeros; false if none is
 * @param locksFiles whether every open file is locked against other processes; false if none is
 *     open
 * @param direct whether the data of every file that was open so far moved past the kernel's page
 *     cache; false if there was none
 * @param registeredBytes how much of the frames' memory the kernel has pinned for I/O (io_uring's
 *     fixed buffers)
 * @param hugePageBytes how much of it is in huge pages, as the kernel counts them
 * @param engineNotes what the engine does without on this machine, and why
 * @param handlerErrors the last errors that revocation handlers threw
 */
public record CacheStats(
    String engine,
    int pageSize,
    long frames,
    long freeFrames,
    long leakedFrames,
    long disconnectedFrames,
    long dirtyPages,
    long longtermPinnedPages,
    long longtermLimit,
    long hits,
    long misses,
    long writebacks,
    long bounces,
    long syncs,
    long reclaimed,
    long migrated,
    long revocations,
    long timeouts,
    long disconnected,
    boolean reservesSpace,
    boolean punchesHoles,
    boolean locksFiles,
    boolean direct,
    long registeredBytes,
    long hugePageBytes,
    List<String> engineNotes,
    List<String> handlerErrors) {}
