package dev.longpin.cache;

import dev.longpin.api.CachedFile;
import dev.longpin.api.LongpinException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** The calls that take a buffer, in terms of those that take a segment. */
abstract class ByteBufferAccess implements CachedFile {

  @Override
  public int read(ByteBuffer target, long offset) throws LongpinException {
    try {
      int read = (int) read(MemorySegment.ofBuffer(target), offset);
      target.position(target.position() + Math.max(0, read));
      return read;
    } catch (LongpinException e) {
      target.position(target.position() + (int) e.bytesDone());
      throw e;
    }
  }

  @Override
  public void write(ByteBuffer source, long offset) throws LongpinException {
    int length = source.remaining();
    try {
      write(MemorySegment.ofBuffer(source), offset);
      source.position(source.position() + length);
    } catch (LongpinException e) {
      source.position(source.position() + (int) e.bytesDone());
      throw e;
    }
  }

  @Override
  public long append(ByteBuffer source) throws LongpinException {
    int length = source.remaining();
    try {
      long offset = append(MemorySegment.ofBuffer(source));
      source.position(source.position() + length);
      return offset;
    } catch (LongpinException e) {
      source.position(source.position() + (int) e.bytesDone());
      throw e;
    }
  }
}
