package dev.longpin.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.api.Access;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DmaEngineTest {
  private static final Stamp STAMP = new Stamp(1);
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(100);
  private static final Duration PACE = Duration.ofNanos(100_000);

  private final CompletableFuture<Throwable> failure = new CompletableFuture<>();
  private final Arena arena = Arena.ofShared();
  private final DmaEngine engine = new DmaEngine("dma", STAMP, 7, failure::complete);

  @AfterEach
  void close() {
    engine.close();
    arena.close();
  }

  /** Counts what the engine tells. */
  private static class Recorder implements DmaProgram {
    final AtomicLong sequence = new AtomicLong();
    final CountDownLatch passes = new CountDownLatch(3);
    final AtomicInteger answers = new AtomicInteger();
    final CompletableFuture<Long> intruder = new CompletableFuture<>();

    @Override
    public long begin() {
      return sequence.incrementAndGet();
    }

    @Override
    public void written(long completed) {
      passes.countDown();
    }

    @Override
    public void read(MemorySegment contents) {
      passes.countDown();
    }

    @Override
    public void intruded(long offset, long found, long expected) {
      intruder.complete(offset);
    }

    @Override
    public void quiesced() {
      answers.incrementAndGet();
    }

    void awaitPasses() throws InterruptedException {
      assertThat(passes.await(30, TimeUnit.SECONDS)).as("three passes").isTrue();
    }
  }

  private FakePin pin(Access access) {
    return FakePin.of(arena, 4000, access, 96, 4096, 808);
  }

  @Test
  void aWriterStampsAllOfItsMemoryInEveryPass() throws InterruptedException {
    FakePin pin = pin(Access.WRITE);
    Recorder program = new Recorder();
    DmaTransfer transfer = engine.start(pin, Manners.answering(PACE, Duration.ZERO), program);
    program.awaitPasses();
    transfer.stop();
    assertThat(transfer.awaitQuiesced(LONG)).isTrue();

    for (long at = 0; at < pin.lengthBytes(); at += Long.BYTES) {
      long found = STAMP.sequenceAt(4000 + at, pin.getLong(at));
      assertThat(found).isGreaterThanOrEqualTo(program.sequence.get() - 1);
    }
    assertThat(program.answers).hasValue(1);
    assertThat(program.intruder).isNotDone();
  }

  @Test
  void aReaderReadsWhatIsThere() throws Exception {
    FakePin pin = pin(Access.READ);
    for (int i = 0; i < pin.pages().length; i++) {
      STAMP.fill(pin.pages()[i], i * 1000L, 5);
    }
    CompletableFuture<byte[]> read = new CompletableFuture<>();
    Recorder program =
        new Recorder() {
          @Override
          public void read(MemorySegment contents) {
            read.complete(contents.toArray(ValueLayout.JAVA_BYTE));
          }
        };
    var _ = engine.start(pin, Manners.answering(PACE, Duration.ZERO), program);

    MemorySegment found = MemorySegment.ofArray(read.get(30, TimeUnit.SECONDS));
    assertThat(found.byteSize()).isEqualTo(pin.lengthBytes());
    for (long at = 0; at < pin.lengthBytes(); at += Long.BYTES) {
      assertThat(Stamp.wordOf(found, at)).isEqualTo(pin.getLong(at));
    }
  }

  @Test
  void aDeviceThatWasToldToStopGoesOnUntilItAnswers() throws InterruptedException {
    Recorder program = new Recorder();
    DmaTransfer transfer =
        engine.start(pin(Access.WRITE), Manners.answering(PACE, Duration.ofSeconds(2)), program);
    program.awaitPasses();

    transfer.stop();
    long atStop = program.sequence.get();
    assertThat(transfer.awaitQuiesced(LONG)).isTrue();

    // The moment is drawn: with this seed it is not the first.
    assertThat(program.sequence.get()).isGreaterThan(atStop);
    long atAnswer = program.sequence.get();
    Thread.sleep(SHORT);
    assertThat(program.sequence).as("no access after the answer").hasValue(atAnswer);
  }

  @Test
  void aDeafDeviceAnswersOnlyAReset() throws InterruptedException {
    Recorder program = new Recorder();
    DmaTransfer transfer = engine.start(pin(Access.WRITE), Manners.deaf(PACE), program);
    transfer.stop();
    program.awaitPasses();
    assertThat(transfer.awaitQuiesced(SHORT)).isFalse();

    transfer.reset();
    assertThat(transfer.awaitQuiesced(LONG)).isTrue();
    assertThat(program.answers).hasValue(1);
  }

  @Test
  void aDeadDeviceNeitherAccessesNorAnswersUntilItIsReset() throws InterruptedException {
    Recorder program = new Recorder();
    DmaTransfer transfer =
        engine.start(pin(Access.WRITE), Manners.answering(PACE, Duration.ZERO), program);
    program.awaitPasses();
    transfer.die();
    transfer.stop();
    Thread.sleep(SHORT); // an access may have been under way
    long atDeath = program.sequence.get();
    assertThat(transfer.awaitQuiesced(SHORT)).isFalse();
    assertThat(program.sequence).hasValue(atDeath);

    transfer.reset();
    assertThat(transfer.awaitQuiesced(LONG)).isTrue();
  }

  @Test
  void aWriterFindsWhatSomeoneElseWroteIntoItsMemory() throws Exception {
    FakePin pin = pin(Access.WRITE);
    Recorder program = new Recorder();
    var _ = engine.start(pin, Manners.answering(Duration.ofMillis(2), Duration.ZERO), program);
    program.awaitPasses();

    while (!program.intruder.isDone()) {
      pin.putLong(96 + 800, STAMP.word(1 << 20, 3));
      Thread.onSpinWait();
    }
    assertThat(program.intruder.get()).isEqualTo(4096 + 800);
  }

  @Test
  void anEngineThatIsSwitchedOffIsQuiescedThroughout() {
    Recorder deaf = new Recorder();
    Recorder dead = new Recorder();
    Recorder polite = new Recorder();
    var _ = engine.start(pin(Access.WRITE), Manners.deaf(PACE), deaf);
    engine.start(pin(Access.READ), Manners.deaf(PACE), dead).die();
    var _ = engine.start(pin(Access.READ), Manners.answering(PACE, LONG), polite);

    engine.close();

    assertThat(deaf.answers).hasValue(1);
    assertThat(dead.answers).hasValue(1);
    assertThat(polite.answers).hasValue(1);
    assertThat(engine.active()).isZero();
  }

  @Test
  void whatAProgramThrowsIsReportedAndOthersGoOn() throws Exception {
    Recorder broken =
        new Recorder() {
          @Override
          public void written(long completed) {
            throw new IllegalStateException("broken");
          }
        };
    Recorder other = new Recorder();
    var _ = engine.start(pin(Access.WRITE), Manners.answering(PACE, Duration.ZERO), broken);
    assertThat(failure.get(30, TimeUnit.SECONDS)).hasMessage("broken");

    var _ = engine.start(pin(Access.WRITE), Manners.answering(PACE, Duration.ZERO), other);
    other.awaitPasses();
    engine.close();
    assertThat(broken.answers).hasValue(1);
  }
}
