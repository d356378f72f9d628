package dev.longpin.base;

/**
 * The lock order, outermost first: a thread may acquire a lock only of a higher ordinal than every
 * lock that it holds. {@link LockOrder} checks it at each acquisition, always.
 *
 * <p>The edges, with a place that has each (as the kernel's {@code mm/filemap.c} lists its own):
 *
 * <ul>
 *   <li>{@code DEVICE -> NOTIFIERS}: a device installs a translation if its sequence is current
 *   <li>{@code SYNC -> TREE}: a sync clears the tags of the pages that it synced
 *   <li>{@code INVALIDATE -> GOING}: a pin looks whether its page is going
 *   <li>{@code INVALIDATE -> NOTIFIERS}: a cut marks its range, for devices as for pins
 *   <li>{@code INVALIDATE -> SIZE}: a write under the invalidate lock, shared, extends the file
 *   <li>{@code GOING -> HOLDERS}: a long-term pin is added unless its range is marked
 *   <li>{@code SIZE -> PAGE}: the tail page is zeroed before the file grows
 *   <li>{@code KEPT_PAGES -> PAGE}: an overwrite pin locks its pages in the order of the file
 *   <li>{@code PAGE -> TREE}: tags are set with the page locked
 *   <li>{@code TREE -> FRAMES}: a removed page's frame goes back to the free list
 *   <li>{@code PAGE -> STORE}: a fill finds its channel closed by an interrupt and opens it again
 * </ul>
 */
public enum LockRank {
  /** A device's own lock, with which it looks whether a translation is current, and drops it. */
  DEVICE,
  /** The table of open files of one cache. */
  FILES,
  /** One fdatasync per file at a time. */
  SYNC,
  /** An address space's invalidate lock: shared by faults and writes, exclusive for cuts. */
  INVALIDATE,
  /** The right to make a file larger. */
  SIZE,
  /** The lock bits of pages that an overwrite pin has, while it locks the next. */
  KEPT_PAGES,
  /** The lock bit in a page word. */
  PAGE,
  /** The ranges of a file that are going, and those that are marked. */
  GOING,
  /** An address space's index: slots and tags. */
  TREE,
  /** The free list of frames, and the bounce pool. */
  FRAMES,
  /** The registry of holders and of long-term pins. */
  HOLDERS,
  /** The devices with page tables of their own, and what is being invalidated. */
  NOTIFIERS,
  /** A store's own state. */
  STORE
}
