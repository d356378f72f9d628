package dev.longpin.linux.dax;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.linux.sys.Downcalls;
import dev.longpin.linux.sys.ErrnoException;
import dev.longpin.linux.sys.Libc;
import dev.longpin.linux.sys.SystemCalls;
import dev.longpin.linux.uring.FrameRing;
import dev.longpin.linux.uring.UringFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A direct read or write of a slow disk, at its start: while it is in flight, the kernel has its
 * memory pinned, and the disk accesses the memory at the end of that time. It goes through an
 * io_uring that has nothing registered, so the pin is a short one.
 */
final class SlowIo implements AutoCloseable {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final SystemCalls CALLS = SystemCalls.find(Downcalls.system());

  private final int descriptor;
  private final FrameRing ring;
  private final Path inFlight;
  private final CompletableFuture<Integer> ended = new CompletableFuture<>();
  private final long startNanos = System.nanoTime();

  private SlowIo(int descriptor, FrameRing ring, Path inFlight) {
    this.descriptor = descriptor;
    this.ring = ring;
    this.inFlight = inFlight;
  }

  @FunctionalInterface
  private interface Transfer {
    int run(FrameRing ring, UringFile file);
  }

  /** Begins to read into memory, and returns when the kernel has it pinned. */
  static SlowIo read(Path disk, MemorySegment into) throws IOException, InterruptedException {
    return begin(disk, into, (ring, file) -> ring.read(file, into, 0));
  }

  /** The same for a write from memory. */
  static SlowIo write(Path disk, MemorySegment from) throws IOException, InterruptedException {
    return begin(disk, from, (ring, file) -> ring.write(file, from, 0));
  }

  private static SlowIo begin(Path disk, MemorySegment memory, Transfer transfer)
      throws IOException, InterruptedException {
    byte[] name = disk.toString().getBytes(StandardCharsets.UTF_8);
    int descriptor = CALLS.files().open(name, Libc.O_RDWR | Libc.O_CLOEXEC | Libc.O_DIRECT);
    if (descriptor < 0) {
      throw new ErrnoException("open " + disk, descriptor);
    }
    FrameRing.Result opened = FrameRing.open(CALLS, memory, memory.byteSize());
    @Nullable FrameRing ring = opened.ring();
    if (ring == null) {
      CALLS.files().close(descriptor);
      throw new IOException(opened.problem());
    }
    SlowIo io = new SlowIo(descriptor, ring, inFlightOf(disk));
    Thread.ofPlatform().daemon().start(() -> io.run(transfer));
    io.awaitInFlight();
    return io;
  }

  private void run(Transfer transfer) {
    UringFile file = ring.add(descriptor);
    try {
      int result = transfer.run(ring, file);
      ring.remove(file);
      ended.complete(result);
    } catch (RuntimeException | Error e) {
      ended.completeExceptionally(e);
    }
  }

  /** The kernel's count of a disk's reads and writes under way. */
  private static Path inFlightOf(Path disk) throws IOException {
    long device = (Long) Files.getAttribute(disk, "unix:rdev");
    long major = (device >> 8) & 0xfff;
    long minor = (device & 0xff) | ((device >> 12) & 0xfff00);
    return Path.of("/sys/dev/block/" + major + ":" + minor + "/inflight");
  }

  private void awaitInFlight() throws IOException, InterruptedException {
    while (!isInFlight()) {
      assertThat(ended).as("an I/O that nobody saw under way").isNotDone();
      assertThat(age()).isLessThan(LONG);
      Thread.sleep(1);
    }
  }

  /** Returns whether the disk has it; this turns false just before the kernel drops the pin. */
  boolean isInFlight() throws IOException {
    return !Files.readString(inFlight).strip().matches("0 +0");
  }

  /** Waits for the end; returns how many bytes were done, or the negated error number. */
  int await() {
    return ended.orTimeout(LONG.toSeconds(), TimeUnit.SECONDS).join();
  }

  /** Returns how long ago it was begun. */
  Duration age() {
    return Duration.ofNanos(System.nanoTime() - startNanos);
  }

  /** Waits for the end, so that the memory may be unmapped. */
  @Override
  public void close() {
    int _ = await();
    ring.close();
    CALLS.files().close(descriptor);
  }
}
