package dev.longpin.linux.probe;

import dev.longpin.linux.sys.Descriptor;
import dev.longpin.linux.sys.Downcalls;
import dev.longpin.linux.sys.Errno;
import dev.longpin.linux.sys.ErrnoException;
import dev.longpin.linux.sys.Libc;
import dev.longpin.linux.sys.MemoryCalls;
import dev.longpin.linux.sys.SystemCalls;
import dev.longpin.linux.uring.BufferDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A long-term pin by the kernel alone, with none of Longpin's cache: a shared mapping of a small
 * file that io_uring holds as a fixed buffer, and a device that writes into it whatever becomes of
 * the file. The file has no name, so nothing stays of it.
 *
 * <p>Nobody looks at the mapping itself: a page that the file no longer has would kill the process.
 */
public final class KernelPin implements AutoCloseable {

  /** The kernel took the pin. */
  public static final String OK = "OK";

  private final SystemCalls calls;
  private final int descriptor;
  private final long bytes;
  private final BufferDevice device;
  private boolean closed;
  private @Nullable MemorySegment mapping;

  private KernelPin(SystemCalls calls, int descriptor, long bytes, BufferDevice device) {
    this.calls = calls;
    this.descriptor = descriptor;
    this.bytes = bytes;
    this.device = device;
  }

  /**
   * Makes a file in a directory, and nothing pinned yet.
   *
   * @param bytes of the file, a multiple of the machine's page size
   * @throws IOException if the file or the ring can't be made; nothing stays
   */
  public static KernelPin inDirectory(Path directory, long bytes) throws IOException {
    SystemCalls calls = calls();
    byte[] name = directory.toString().getBytes(StandardCharsets.UTF_8);
    return of(calls, checked("open with O_TMPFILE", calls.files().openUnnamed(name)), bytes);
  }

  /** The same in memory, as {@code memfd_create} makes them. */
  public static KernelPin inMemory(long bytes) throws IOException {
    SystemCalls calls = calls();
    int descriptor = calls.memory().memfdCreate("longpin-pin", MemoryCalls.MFD_CLOEXEC);
    return of(calls, checked("memfd_create", descriptor), bytes);
  }

  private static SystemCalls calls() throws IOException {
    try {
      return SystemCalls.find(Downcalls.system());
    } catch (RuntimeException | LinkageError e) {
      throw new IOException("not this system: " + e, e);
    }
  }

  private static KernelPin of(SystemCalls calls, int descriptor, long bytes) throws IOException {
    BufferDevice device = null;
    try {
      reserve(calls, descriptor, bytes);
      device = BufferDevice.open(calls, bytes);
      return new KernelPin(calls, descriptor, bytes, device);
    } finally {
      if (device == null) {
        calls.files().close(descriptor);
      }
    }
  }

  /** So that the kernel has no lack of space to refuse a page for. */
  private static void reserve(SystemCalls calls, int descriptor, long bytes) throws IOException {
    int reserved = calls.files().fallocate(descriptor, 0, 0, bytes);
    if (Errno.EOPNOTSUPP.is(reserved)) {
      checked("ftruncate", calls.files().ftruncate(descriptor, bytes));
    } else {
      checked("fallocate", reserved);
    }
  }

  private static int checked(String call, int result) throws IOException {
    if (result < 0) {
      throw new ErrnoException(call, result);
    }
    return result;
  }

  /** Returns the name of the error for which one could not be made; a text if it is none. */
  public static String reason(IOException failure) {
    return failure instanceof ErrnoException errno
        ? errno.errnoName()
        : String.valueOf(failure.getMessage());
  }

  /** Returns a path by which the file can be opened for as long as this is open. */
  public Path path() {
    return Descriptor.alias(descriptor);
  }

  /** Returns what the device writes: bytes at an offset of this go to that offset of the file. */
  public MemorySegment source() {
    return device.source();
  }

  /**
   * Pins the file's pages of now.
   *
   * @return {@link #OK}, or the name of the error for which the kernel refused; then nothing is
   *     pinned
   * @throws IOException if they can't be mapped, so that the kernel was not asked
   */
  public String pin() throws IOException {
    long address = calls.memory().map(descriptor, 0, bytes, 0);
    if (address < 0) {
      throw new ErrnoException("mmap", address);
    }
    MemorySegment mapped = Downcalls.memoryAt(address, bytes);
    int result = device.hold(mapped);
    if (result < 0) {
      calls.memory().unmap(mapped);
      return Errno.name(result);
    }
    mapping = mapped;
    return OK;
  }

  /** The device writes to the pages that are pinned, and reports it complete. */
  public void write(long offset, int lengthBytes) throws IOException {
    int written = checked("device", device.write(offset, lengthBytes));
    if (written != lengthBytes) {
      throw new IOException("the device wrote " + written + " of " + lengthBytes + " bytes");
    }
  }

  /** Sets the file's size, under the pin. */
  public void truncate(long sizeBytes) throws IOException {
    checked("ftruncate", calls.files().ftruncate(descriptor, sizeBytes));
  }

  /** Makes a range of the file a hole, under the pin. */
  public void punch(long offset, long lengthBytes) throws IOException {
    int mode = Libc.FALLOC_FL_PUNCH_HOLE | Libc.FALLOC_FL_KEEP_SIZE;
    checked("fallocate", calls.files().fallocate(descriptor, mode, offset, lengthBytes));
  }

  /** Waits until what the file has is on disk, under the pin. */
  public void force() throws IOException {
    checked("fdatasync", calls.files().fdatasync(descriptor));
  }

  /** Asks the kernel to drop the file's pages from its cache, under the pin. */
  public void dropCaches() throws IOException {
    checked("posix_fadvise", calls.files().dropCaches(descriptor));
  }

  /** Ends the pin, after which every write that was reported complete is the file's to have. */
  public void unpin() throws IOException {
    device.letGo();
    MemorySegment mapped = mapping;
    if (mapped != null) {
      calls.memory().unmap(mapped);
      mapping = null;
    }
    force();
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      unpin();
    } finally {
      device.close();
      calls.files().close(descriptor);
    }
  }
}
