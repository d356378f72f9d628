package dev.longpin.mm;

import dev.longpin.base.Stat;

/** Sums since the cache was made. */
public final class Counters {
  /** Reads of a page that found it in memory. */
  public final Stat hits = new Stat();

  /** Pages that had to be brought in. */
  public final Stat misses = new Stat();

  /** Pages written. */
  public final Stat writebacks = new Stat();

  /** Pages of which a copy was written. */
  public final Stat bounces = new Stat();

  /** Background writebacks of a file that an error ended. */
  public final Stat writebackErrors = new Stat();

  /** Good fdatasyncs. */
  public final Stat syncs = new Stat();

  /** Pages dropped to make room. */
  public final Stat reclaimed = new Stat();

  /** Pages that moved to another frame. */
  public final Stat migrated = new Stat();

  /** Waits that ended at their deadline. */
  public final Stat timeouts = new Stat();
}
