package dev.longpin.linux.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.base.Deadline;
import dev.longpin.contract.StoreTests;
import dev.longpin.linux.sys.Downcalls;
import dev.longpin.linux.sys.Errno;
import dev.longpin.linux.sys.MemoryCalls;
import dev.longpin.linux.sys.SystemCalls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ring on a file in memory and on a pipe whose reads hang until someone writes. */
@Timeout(60)
class RingTest {

  private static final int ENTRIES = 8;
  private static final Duration LONG = Duration.ofSeconds(30);

  private final Arena arena = Arena.ofShared();
  private SystemCalls calls;
  private Ring ring;
  private int memfd;

  @BeforeEach
  void make() {
    StoreTests.skipUnless(System.getProperty("os.name").equals("Linux"), "not Linux");
    calls = SystemCalls.find(Downcalls.system());
    Ring.Result result = Ring.create(calls, ENTRIES);
    StoreTests.skipUnless(result.ring() != null, "io_uring: " + Errno.describe(result.error()));
    ring = result.ring();
    memfd = calls.memory().memfdCreate("longpin-test", MemoryCalls.MFD_CLOEXEC);
  }

  @AfterEach
  void end() {
    if (ring != null) {
      ring.close();
      calls.files().close(memfd);
    }
    arena.close();
  }

  private RingRequest request(byte operation, int descriptor, long offset, MemorySegment memory) {
    return new RingRequest(
        operation, new UringFile(descriptor, false), offset, memory, 0, (short) 0, null);
  }

  private int run(RingRequest request) {
    ring.submit(request, false);
    ring.awaitUninterruptibly(request::isFinished);
    return request.result();
  }

  @Test
  void theKernelIsTheOneWeKnow() {
    assertThat(UringCheck.problem(calls, ring)).isEmpty();
    assertThat(UringCheck.supports(ring, (byte) 250)).isFalse();
  }

  @Test
  void anErrorIsItsNegatedNumber() {
    MemorySegment memory = arena.allocate(10);
    assertThat(run(request(UringAbi.OP_READ, -1, 0, memory))).isEqualTo(-Errno.EBADF.number());
    assertThat(run(request((byte) 250, memfd, 0, memory))).isEqualTo(-Errno.EINVAL.number());
  }

  /** More threads than the ring has entries, each with numbers of its own. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyThreadGetsItsOwn(boolean virtual) throws Exception {
    int threads = 3 * ENTRIES;
    ThreadFactory factory =
        virtual ? Thread.ofVirtual().factory() : Thread.ofPlatform().daemon().factory();
    List<Thread> all = new ArrayList<>();
    AtomicInteger good = new AtomicInteger();
    for (int i = 0; i < threads; i++) {
      long place = i * 8L;
      MemorySegment source = arena.allocate(ValueLayout.JAVA_LONG);
      MemorySegment target = arena.allocate(ValueLayout.JAVA_LONG);
      Thread thread =
          factory.newThread(() -> {
            for (int round = 1; round <= 300; round++) {
              source.set(ValueLayout.JAVA_LONG, 0, place * 1000 + round);
              boolean wrote = run(request(UringAbi.OP_WRITE, memfd, place, source)) == 8;
              boolean read = run(request(UringAbi.OP_READ, memfd, place, target)) == 8;
              if (wrote && read && source.mismatch(target) < 0) {
                good.incrementAndGet();
              }
            }
          });
      all.add(thread);
      thread.start();
    }
    for (Thread thread : all) {
      thread.join();
    }
    assertThat(good).hasValue(threads * 300);
  }

  /** A pipe of which we have both ends; a read of it hangs until something is written. */
  private record Pipe(FileChannel both, int descriptor) implements AutoCloseable {

    @Override
    public void close() throws IOException {
      both.close();
    }
  }

  private Pipe pipe(Path path) throws Exception {
    new ProcessBuilder("mkfifo", path.toString()).inheritIO().start().waitFor();
    FileChannel both = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    int descriptor = calls.files().open(path.toString().getBytes(StandardCharsets.UTF_8), 2);
    return new Pipe(both, descriptor);
  }

  @Test
  void aReadThatHangsIsCancelledAndAnswersAllTheSame(@TempDir Path dir) throws Exception {
    try (Pipe pipe = pipe(dir.resolve("pipe"))) {
      RingRequest hanging = request(UringAbi.OP_READ, pipe.descriptor, -1, arena.allocate(8));
      ring.submit(hanging, false);
      assertThat(ring.await(hanging::isFinished, Deadline.after(Duration.ofMillis(100)))).isFalse();
      assertThat(hanging.isAnswered()).isFalse();
      assertThatThrownBy(ring::close).isInstanceOf(IllegalStateException.class);
      ring.cancel(hanging);
      assertThat(ring.await(hanging::isFinished, Deadline.after(LONG))).isTrue();
      assertThat(hanging.result()).isIn(-Errno.ECANCELED.number(), -Errno.EINTR.number());
      ring.cancel(hanging); // too late, and harmless
      calls.files().close(pipe.descriptor);
    }
  }

  /** The cancellation is a request too, and may end last: until then the ring can't be closed. */
  @Test
  void nothingIsLeftOfWhatWasCancelled() {
    MemorySegment eight = arena.allocate(8);
    for (int i = 0; i < 1000; i++) {
      RingRequest done = request(UringAbi.OP_WRITE, memfd, 0, eight); // and nobody has looked yet
      ring.submit(done, false);
      ring.cancelAndAwait(done);
      assertThat(ring.isBusy()).as("round %s", i).isFalse();
    }
  }

  /** Who waits in the kernel for his own does the work of the others, and hands over. */
  @Test
  void nobodyIsHeldUpByAReadThatHangs(@TempDir Path dir) throws Exception {
    try (Pipe pipe = pipe(dir.resolve("pipe"))) {
      RingRequest hanging = request(UringAbi.OP_READ, pipe.descriptor, -1, arena.allocate(8));
      ring.submit(hanging, false);
      Thread leader =
          Thread.ofPlatform().start(() -> ring.awaitUninterruptibly(hanging::isFinished));
      MemorySegment eight = arena.allocate(8);
      for (int i = 0; i < 500; i++) {
        assertThat(run(request(UringAbi.OP_WRITE, memfd, 0, eight))).isEqualTo(8);
      }
      assertThat(leader.isAlive()).isTrue();
      assertThat(pipe.both.write(ByteBuffer.allocate(3))).isEqualTo(3);
      leader.join(LONG.toMillis());
      assertThat(leader.isAlive()).isFalse();
      assertThat(hanging.result()).isEqualTo(3);
      calls.files().close(pipe.descriptor);
    }
  }

  @Test
  void anInterruptEndsTheWaitAndNotTheRequest(@TempDir Path dir) throws Exception {
    try (Pipe pipe = pipe(dir.resolve("pipe"))) {
      RingRequest hanging = request(UringAbi.OP_READ, pipe.descriptor, -1, arena.allocate(8));
      ring.submit(hanging, false);
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> ring.await(hanging::isFinished, Deadline.after(LONG)))
          .isInstanceOf(InterruptedException.class);
      assertThat(Thread.interrupted()).isFalse();
      Thread.currentThread().interrupt();
      assertThat(pipe.both.isOpen()).isTrue();
      Thread.interrupted();
      assertThat(pipe.both.write(ByteBuffer.allocate(1))).isEqualTo(1);
      Thread.currentThread().interrupt();
      ring.awaitUninterruptibly(hanging::isFinished);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(hanging.result()).isEqualTo(1);
      calls.files().close(pipe.descriptor);
    }
  }

  @Test
  void aClosedRingTakesNoMore() {
    ring.close();
    ring.close();
    assertThatThrownBy(() -> run(RingRequest.plain(UringAbi.OP_NOP, UringFile.NONE, 0)))
        .isInstanceOf(IllegalStateException.class);
  }

  /** What an end lets go of may be the last that kept the ring from closing. */
  @Test
  void theRingMayCloseWhenTheLastEndRuns() {
    List<RuntimeException> thrown = new ArrayList<>();
    RingRequest.End closing =
        _ -> {
          try {
            ring.close();
          } catch (RuntimeException e) {
            thrown.add(e);
          }
        };
    UringFile file = new UringFile(memfd, false);
    RingRequest last =
        new RingRequest(UringAbi.OP_WRITE, file, 0, arena.allocate(8), 0, (short) 0, closing);
    ring.submit(last, false);
    ring.awaitUninterruptibly(last::isFinished);
    assertThat(last.result()).isEqualTo(8);
    assertThat(thrown).isEmpty();
  }

  /** The kernel may write to it whatever its caller has forgotten by then. */
  @Test
  void memoryStaysWhileTheKernelHasIt(@TempDir Path dir) throws Exception {
    try (Pipe pipe = pipe(dir.resolve("pipe"))) {
      WeakReference<MemorySegment> memory = readIntoForgottenMemory(pipe);
      for (int i = 0; i < 5; i++) {
        System.gc();
        Thread.sleep(10);
      }
      assertThat(memory.get()).isNotNull();
      assertThat(pipe.both.write(ByteBuffer.allocate(3))).isEqualTo(3);
      ring.awaitUninterruptibly(() -> !ring.isBusy());
      calls.files().close(pipe.descriptor);
    }
  }

  private WeakReference<MemorySegment> readIntoForgottenMemory(Pipe pipe) {
    MemorySegment memory = Arena.ofAuto().allocate(8);
    ring.submit(request(UringAbi.OP_READ, pipe.descriptor, -1, memory), false);
    return new WeakReference<>(memory);
  }

  @Test
  void registeredBuffersKnowTheirChunk() {
    MemorySegment region = arena.allocate(64 << 10, 4096);
    RegisteredBuffers buffers = RegisteredBuffers.register(ring, region);
    StoreTests.skipUnless(buffers.error() == 0, "registering: " + Errno.describe(buffers.error()));
    long start = region.address();
    assertThat(buffers.indexOf(start, 64 << 10)).isZero();
    assertThat(buffers.indexOf(start + 4096, 60 << 10)).isZero();
    assertThat(buffers.indexOf(start - 1, 10)).isEqualTo(-1);
    assertThat(buffers.indexOf(start + 4096, (60 << 10) + 1)).isEqualTo(-1);
    assertThat(RegisteredBuffers.none().indexOf(start, 1)).isEqualTo(-1);
  }

  @Test
  void registeredFilesAreUsedAgain() {
    RegisteredFiles files = new RegisteredFiles(ring);
    MemorySegment eight = arena.allocate(8);
    for (int i = 0; i < 300; i++) {
      UringFile file = files.add(memfd);
      RingRequest write = new RingRequest(UringAbi.OP_WRITE, file, 0, eight, 0, (short) 0, null);
      assertThat(file.registered()).isTrue();
      assertThat(run(write)).isEqualTo(8);
      files.remove(file);
    }
    List<UringFile> many = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      many.add(files.add(memfd));
    }
    assertThat(many).filteredOn(file -> !file.registered()).hasSize(44);
    many.forEach(files::remove);
    assertThat(files.add(memfd).registered()).isTrue();
  }

  private RingRequest throwing() {
    RingRequest.End end =
        _ -> {
          throw new IllegalStateException("another's end");
        };
    UringFile file = new UringFile(memfd, false);
    return new RingRequest(UringAbi.OP_WRITE, file, 0, arena.allocate(8), 0, (short) 0, end);
  }

  /** Its own request goes on, so its memory is the kernel's. */
  @Test
  void whoTakesCompletionsIsNotEndedByTheEndOfAnother(@TempDir Path dir) throws Exception {
    List<Throwable> thrown = new CopyOnWriteArrayList<>();
    try (Pipe pipe = pipe(dir.resolve("pipe"))) {
      RingRequest hanging = request(UringAbi.OP_READ, pipe.descriptor, -1, arena.allocate(8));
      ring.submit(hanging, false);
      Thread leader =
          Thread.ofPlatform()
              .uncaughtExceptionHandler((_, e) -> thrown.add(e))
              .start(() -> ring.awaitUninterruptibly(hanging::isFinished));
      RingRequest bad = throwing();
      ring.submit(bad, false);
      ring.awaitUninterruptibly(bad::isFinished);
      leader.join(200);
      assertThat(leader.isAlive()).isTrue();
      assertThat(pipe.both.write(ByteBuffer.allocate(3))).isEqualTo(3);
      leader.join(LONG.toMillis());
      assertThat(hanging.isFinished()).isTrue();
      calls.files().close(pipe.descriptor);
    }
  }

  @Test
  void theRingsOwnThreadOutlivesAnEndThatThrows() throws Exception {
    RingRequest bad = throwing();
    ring.submit(bad, false);
    while (!bad.isFinished()) {
      Thread.sleep(1);
    }
    RingRequest good = request(UringAbi.OP_WRITE, memfd, 0, arena.allocate(8));
    Thread virtual = Thread.ofVirtual().start(() -> run(good));
    assertThat(virtual.join(LONG)).isTrue();
    assertThat(good.result()).isEqualTo(8);
  }

  /** Not for ever, and not without a word. */
  @Test
  void anErrorThatStaysIsThrown() {
    Ring other = Ring.create(calls, ENTRIES).ring();
    calls.files().close(other.descriptor());
    RingRequest nop = RingRequest.plain(UringAbi.OP_NOP, UringFile.NONE, 0);
    assertThatThrownBy(() -> other.submit(nop, false))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("io_uring_enter: EBADF");
  }

  /** What it had is another's by then. */
  @Test
  void aDeviceIsClosedOnce(@TempDir Path dir) throws Exception {
    Path path = Files.write(dir.resolve("f"), new byte[10]);
    BufferDevice device = BufferDevice.open(calls, 4096);
    device.close();
    List<FileChannel> others = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      others.add(FileChannel.open(path));
    }
    device.close();
    for (FileChannel other : others) {
      assertThat(other.size()).isEqualTo(10);
      other.close();
    }
  }
}
