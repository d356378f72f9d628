package dev.longpin.sim;

import java.lang.foreign.MemorySegment;

/**
 * What the owner of a {@link DmaTransfer} is asked and told. Called on the engine's thread, so no
 * method may wait for anything that the engine has to do.
 */
public interface DmaProgram {

  /**
   * A pass over all of the memory begins.
   *
   * @return the sequence that a writing pass stamps; a reading pass ignores it
   */
  long begin();

  /** All accesses of a writing pass were done, and what they wrote was found again. */
  default void written(long sequence) {}

  /**
   * All accesses of a reading pass were done.
   *
   * @param contents what they read; the next pass reads into it again
   */
  default void read(MemorySegment contents) {}

  /**
   * The device found in its own memory, before it answered quiesced, a word that it did not write.
   *
   * @param offset where in the file the word should belong
   */
  default void intruded(long offset, long found, long expected) {}

  /** No access is in flight and none will start. Called once, and last. */
  void quiesced();
}
