package dev.longpin.api;

/** A mark on a range of a file, which lasts until it is closed, or the file is. */
public interface RangeMark extends AutoCloseable {

  /** Returns the offset in the file of the first byte. */
  long offset();

  /** Returns the length of the range in bytes. */
  long lengthBytes();

  /** Takes the mark away; a second call does nothing. */
  @Override
  void close();
}
