package dev.longpin.linux.uring;

import dev.longpin.linux.sys.Errno;
import dev.longpin.linux.sys.MemoryCalls;
import dev.longpin.linux.sys.SystemCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Compares what we think that io_uring's structs look like with what the running kernel does: each
 * field of the submission that we use has to have its effect, and each of the completion to be
 * where we look. Done once, when the first ring is made.
 */
public final class UringCheck {

  private static final int PAGE = 4096;
  private static final byte[] NEEDED = {
    UringAbi.OP_NOP,
    UringAbi.OP_READ_FIXED,
    UringAbi.OP_WRITE_FIXED,
    UringAbi.OP_ASYNC_CANCEL,
    UringAbi.OP_READ,
    UringAbi.OP_WRITE
  };

  private final SystemCalls calls;
  private final Ring ring;

  private UringCheck(SystemCalls calls, Ring ring) {
    this.calls = calls;
    this.ring = ring;
  }

  /** Returns what is wrong with a ring that nobody uses yet, or the empty string. */
  public static String problem(SystemCalls calls, Ring ring) {
    return new UringCheck(calls, ring).problem();
  }

  private String problem() {
    for (byte operation : NEEDED) {
      if (!supports(ring, operation)) {
        return "the kernel lacks operation " + operation + " of io_uring";
      }
    }
    int nop = run(RingRequest.plain(UringAbi.OP_NOP, UringFile.NONE, 0));
    if (nop != 0) {
      return "an io_uring NOP: " + Errno.describe(nop);
    }
    int descriptor = calls.memory().memfdCreate("longpin-check", MemoryCalls.MFD_CLOEXEC);
    if (descriptor < 0) {
      return "memfd_create: " + Errno.describe(descriptor);
    }
    try (Arena arena = Arena.ofShared()) {
      return moves(arena, descriptor);
    } finally {
      calls.files().close(descriptor);
    }
  }

  /** Returns whether the running kernel has an operation. */
  public static boolean supports(Ring ring, byte operation) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment probe = arena.allocate(UringAbi.PROBE_BYTES, Long.BYTES);
      return ring.register(UringAbi.REGISTER_PROBE, probe, UringAbi.PROBE_OPS) >= 0
          && (probe.get(ValueLayout.JAVA_SHORT, UringAbi.probeFlags(operation))
                  & UringAbi.OP_SUPPORTED)
              != 0;
    }
  }

  /** Writes a pattern through one buffer, and reads a part of it through another and without. */
  private String moves(Arena arena, int descriptor) {
    MemorySegment memory = arena.allocate(2 * PAGE, PAGE);
    MemorySegment source = memory.asSlice(0, PAGE);
    MemorySegment target = memory.asSlice(PAGE, PAGE);
    for (int i = 0; i < PAGE; i++) {
      source.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 31 + i / 256));
    }
    UringFile file = new UringFile(descriptor, false);
    int written = run(new Move(UringAbi.OP_WRITE, file, 3 * PAGE, source, 0).request());
    String wrote = compare("write", written, PAGE, source, source);
    if (!wrote.isEmpty()) {
      return wrote;
    }
    MemorySegment part = target.asSlice(512, 1024);
    int read = run(new Move(UringAbi.OP_READ, file, 3 * PAGE + 256, part, 0).request());
    String wrong = compare("read", read, 1024, source.asSlice(256, 1024), part);
    return wrong.isEmpty() ? movesFixed(arena, file, source, target) : wrong;
  }

  /** Reads into the second of two registered buffers; not where the memlock limit is 0. */
  private String movesFixed(
      Arena arena, UringFile file, MemorySegment source, MemorySegment target) {
    MemorySegment vectors = arena.allocate(UringAbi.IOVEC, 2);
    vectors.set(ValueLayout.JAVA_LONG, 0, source.address());
    vectors.set(ValueLayout.JAVA_LONG, Long.BYTES, source.byteSize());
    vectors.set(ValueLayout.JAVA_LONG, 2 * Long.BYTES, target.address());
    vectors.set(ValueLayout.JAVA_LONG, 3 * Long.BYTES, target.byteSize());
    if (ring.register(UringAbi.REGISTER_BUFFERS, vectors, 2) < 0) {
      return "";
    }
    try {
      target.fill((byte) 0);
      Move move = new Move(UringAbi.OP_READ_FIXED, file, 3 * PAGE, target, 1);
      String wrong = compare("fixed read", run(move.request()), PAGE, source, target);
      int refused = run(new Move(UringAbi.OP_READ_FIXED, file, 3 * PAGE, target, 0).request());
      return wrong.isEmpty() && !Errno.EFAULT.is(refused)
          ? "an io_uring fixed read into a buffer of another number: " + refused
          : wrong;
    } finally {
      ring.register(UringAbi.UNREGISTER_BUFFERS, MemorySegment.NULL, 0);
    }
  }

  /** A transfer at an offset. */
  private record Move(
      byte operation, UringFile file, long offset, MemorySegment memory, int buffer) {
    RingRequest request() {
      return new RingRequest(operation, file, offset, memory, buffer, (short) 0, null);
    }
  }

  private int run(RingRequest request) {
    ring.submit(request, false);
    ring.awaitUninterruptibly(request::isFinished);
    return request.result();
  }

  private static String compare(
      String name, int result, int expected, MemorySegment wanted, MemorySegment got) {
    if (result != expected) {
      return "an io_uring "
          + name
          + " of "
          + expected
          + " bytes: "
          + (result < 0 ? Errno.describe(result) : result + " bytes");
    }
    return wanted.mismatch(got) < 0 ? "" : "an io_uring " + name + " moved other bytes";
  }
}
