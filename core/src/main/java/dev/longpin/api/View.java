package dev.longpin.api;

import java.lang.foreign.MemorySegment;

/**
 * A read-only mapping of a range of a file for the CPU: a software page table. Reading takes no
 * pin; it validates after the read, and hands out values or copies, never a segment. So nothing
 * waits for a view, and a view outlives truncates: what was cut is {@linkplain PastEndException
 * past the end}. Safe for use from several threads.
 *
 * <p>Positions are in bytes from the start of the range. A read that needs a page that is not
 * cached brings it in and can fail as a read can.
 */
public interface View extends AutoCloseable {

  /** Returns the offset in the file of the first byte. */
  long offset();

  /** Returns the length of the range in bytes. */
  long lengthBytes();

  /** Returns the byte at {@code position}. */
  byte getByte(long position) throws LongpinException;

  /** Returns the four bytes at {@code position} as a little-endian number, aligned or not. */
  int getInt(long position) throws LongpinException;

  /** Returns the eight bytes at {@code position} as a little-endian number, aligned or not. */
  long getLong(long position) throws LongpinException;

  /** Copies bytes of the range to {@code target}. */
  void copyTo(long position, MemorySegment target, long targetOffset, long lengthBytes)
      throws LongpinException;

  /** Ends the view; reads through it fail with {@link FileClosedException}. */
  @Override
  void close();
}
