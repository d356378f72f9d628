package dev.longpin.linux.dax;

import dev.longpin.linux.sys.Descriptor;
import dev.longpin.linux.sys.Downcalls;
import dev.longpin.linux.sys.Errno;
import dev.longpin.linux.sys.ErrnoException;
import dev.longpin.linux.sys.Libc;
import dev.longpin.linux.sys.MemoryCalls;
import dev.longpin.linux.sys.SystemCalls;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A file without a name that has all its space, and a shared mapping of it. */
final class MappedFile implements AutoCloseable {

  static final int SYNC = MemoryCalls.MAP_SHARED_VALIDATE | MemoryCalls.MAP_SYNC;

  private static final SystemCalls CALLS = SystemCalls.find(Downcalls.system());
  private static final Libc FILES = CALLS.files();
  private static final int PUNCH = Libc.FALLOC_FL_PUNCH_HOLE | Libc.FALLOC_FL_KEEP_SIZE;

  private final int descriptor;
  private final MemorySegment memory;

  private MappedFile(int descriptor, MemorySegment memory) {
    this.descriptor = descriptor;
    this.memory = memory;
  }

  /** On the file system of a directory, mapped with MAP_SYNC: so the storage itself is mapped. */
  static MappedFile onDax(Path directory, long sizeBytes) throws IOException {
    return of(unnamed(directory), sizeBytes, SYNC);
  }

  /** In memory. */
  static MappedFile inMemory(long sizeBytes, int flags) throws IOException {
    int memfd = CALLS.memory().memfdCreate("longpin-test", MemoryCalls.MFD_CLOEXEC);
    return of(checked("memfd_create", memfd), sizeBytes, flags);
  }

  private static int unnamed(Path directory) throws IOException {
    byte[] name = directory.toString().getBytes(StandardCharsets.UTF_8);
    return checked("open with O_TMPFILE", FILES.openUnnamed(name));
  }

  private static MappedFile of(int descriptor, long sizeBytes, int flags) throws IOException {
    MappedFile made = null;
    try {
      checked("fallocate", FILES.fallocate(descriptor, 0, 0, sizeBytes));
      long address = CALLS.memory().map(descriptor, 0, sizeBytes, flags);
      if (address < 0) {
        throw new ErrnoException("mmap", address);
      }
      made = new MappedFile(descriptor, Downcalls.memoryAt(address, sizeBytes));
      return made;
    } finally {
      if (made == null) {
        FILES.close(descriptor);
      }
    }
  }

  private static int checked(String call, int result) throws IOException {
    if (result < 0) {
      throw new ErrnoException(call, result);
    }
    return result;
  }

  /** Returns the mapping; what is past the file's end must not be touched. */
  MemorySegment memory() {
    return memory;
  }

  /** Returns a path by which the file can be opened. */
  Path path() {
    return Descriptor.alias(descriptor);
  }

  void truncate(long sizeBytes) throws IOException {
    checked("ftruncate", FILES.ftruncate(descriptor, sizeBytes));
  }

  void punch(long offset, long lengthBytes) throws IOException {
    checked("fallocate to punch", FILES.fallocate(descriptor, PUNCH, offset, lengthBytes));
  }

  /**
   * Takes space of the file system, past what the file has: as much as there is, down to a block.
   */
  void takeAllSpace(long blockBytes) throws IOException {
    long end = memory.byteSize();
    for (long piece = 1L << 40; piece >= blockBytes; ) {
      int result = FILES.fallocate(descriptor, Libc.FALLOC_FL_KEEP_SIZE, end, piece);
      if (result == 0) {
        end += piece;
      } else if (Errno.ENOSPC.is(result)) {
        piece /= 2;
      } else {
        throw new ErrnoException("fallocate", result);
      }
    }
  }

  @Override
  public void close() {
    CALLS.memory().unmap(memory);
    FILES.close(descriptor);
  }
}
