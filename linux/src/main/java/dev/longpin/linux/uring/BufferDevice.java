package dev.longpin.linux.uring;

import dev.longpin.linux.sys.Downcalls;
import dev.longpin.linux.sys.ErrnoException;
import dev.longpin.linux.sys.MemoryCalls;
import dev.longpin.linux.sys.SystemCalls;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A device that holds someone else's memory as an io_uring fixed buffer, which is a long-term pin,
 * and writes there by reading from a file in memory of its own.
 */
public final class BufferDevice implements AutoCloseable {

  private static final int ENTRIES = 4;

  private final SystemCalls calls;
  private final Ring ring;
  private final int descriptor;
  private final MemorySegment source;
  private boolean closed;
  private MemorySegment held = MemorySegment.NULL;
  private RegisteredBuffers buffers = RegisteredBuffers.none();

  private BufferDevice(SystemCalls calls, Ring ring, int descriptor, MemorySegment source) {
    this.calls = calls;
    this.ring = ring;
    this.descriptor = descriptor;
    this.source = source;
  }

  /**
   * Makes one.
   *
   * @param bytes of its own memory
   * @throws IOException if there is no io_uring or no memory
   */
  public static BufferDevice open(SystemCalls calls, long bytes) throws IOException {
    Ring.Result made = Ring.create(calls, ENTRIES);
    Ring ring = made.ring();
    if (ring == null) {
      throw new ErrnoException("io_uring", made.error());
    }
    int descriptor = calls.memory().memfdCreate("longpin-device", MemoryCalls.MFD_CLOEXEC);
    if (descriptor < 0) {
      ring.close();
      throw new ErrnoException("memfd_create", descriptor);
    }
    long address = calls.files().ftruncate(descriptor, bytes);
    if (address == 0) {
      address = calls.memory().map(descriptor, 0, bytes, 0);
    }
    if (address < 0) {
      ring.close();
      calls.files().close(descriptor);
      throw new ErrnoException("memory of a device", address);
    }
    return new BufferDevice(calls, ring, descriptor, Downcalls.memoryAt(address, bytes));
  }

  /** Returns its own memory. */
  public MemorySegment source() {
    return source;
  }

  /** Takes a long-term pin of memory; 0, or the negated error number for which it was refused. */
  public int hold(MemorySegment memory) {
    buffers = RegisteredBuffers.register(ring, memory);
    held = memory;
    return buffers.error();
  }

  /**
   * Copies bytes of its own memory to the same offset of what it holds.
   *
   * @return how many, or the negated error number
   */
  public int write(long offset, int lengthBytes) {
    RingRequest request =
        new RingRequest(
            UringAbi.OP_READ_FIXED,
            new UringFile(descriptor, false),
            offset,
            held.asSlice(offset, lengthBytes),
            0,
            (short) 0,
            null);
    ring.submit(request, false);
    ring.awaitUninterruptibly(request::isFinished);
    return request.result();
  }

  /** Gives up what it holds, if anything; no write is under way. */
  public void letGo() {
    buffers.unregister(ring);
    buffers = RegisteredBuffers.none();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    letGo();
    ring.close();
    calls.memory().unmap(source);
    calls.files().close(descriptor);
  }
}
