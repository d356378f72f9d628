package dev.longpin.api;

import java.lang.foreign.MemorySegment;
import java.time.Duration;

/**
 * Memory that a holder has as well, such as another process which maps it: a guest. Pages that this
 * holder pins long-term are moved there first, and nothing else is ever there. So it can be taken
 * away at any time, whatever the holder does, without taking anything from the file: the pages are
 * moved out, though they are pinned, and from then on the holder has memory of its own and nothing
 * more.
 *
 * <p>What a holder can do that does not play by the rules: change what is in this memory at any
 * time, also under a pin that only reads, and from when it asked for a pin until that is refused.
 * It reaches nothing else.
 *
 * <p>Safe for use by several threads.
 */
public interface HolderMemory extends AutoCloseable {

  /** Returns who has it. */
  Holder holder();

  /**
   * Returns the descriptor of the file that is the memory, from its first byte, or -1 if there is
   * none. It is the cache's: pass it on, and leave it open.
   */
  int descriptor();

  /** Returns the memory, whose length is in whole blocks. */
  MemorySegment segment();

  /** Returns where in it a segment of a pin begins, in bytes. */
  long offsetOf(MemorySegment segmentOfPin);

  /**
   * The device is quiet, so far as the holder can be trusted: moves the pages of a pin out, and
   * answers {@linkplain LongtermPin#quiesced quiesced} for it. A page that the holder has by
   * another pin as well goes with the last of them. A pin that has ended is left alone.
   *
   * @param pin of this holder
   * @throws WaitEndedException if a page could not be moved before the deadline: it is pinned by
   *     others for a moment, or there is no frame. The pin goes on, and may be asked again
   */
  void quiesced(LongtermPin pin, Duration deadline) throws LongpinException;

  /**
   * Takes the memory away: the holder's pins are {@linkplain LongtermPin#isDisconnected
   * disconnected}, their pages moved out with all that was reported complete, and then no access of
   * the holder reaches a frame any more: its pins are quiesced, and have only to be released. No
   * pin is put there any more.
   *
   * @throws WaitEndedException if a page could not be moved before the deadline, for the reasons of
   *     {@link #quiesced}; the memory stays, and may be taken away again
   */
  void takeAway(Duration deadline) throws LongpinException;

  /**
   * {@linkplain #takeAway Takes} the memory away within the cache's deadline, and lets it be lent
   * to another when the last pin is released.
   */
  @Override
  void close() throws LongpinException;
}
