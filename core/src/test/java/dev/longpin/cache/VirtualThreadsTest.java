package dev.longpin.cache;

import static dev.longpin.cache.Rig.PAGE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.api.Access;
import dev.longpin.api.Holder;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.Pin;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.PinRefusedException.Reason;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Very many virtual threads at once, on a cache with far fewer frames than they want. */
@Timeout(120)
class VirtualThreadsTest {

  private static final int THREADS = 1000;
  private static final int PAGES = 64;
  private static final int SLOT = 64;

  @TempDir private Path dir;
  private Rig rig;

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  /** Each of the threads does {@code body}, all at the same time. */
  private static void all(IndexedBody body) throws Exception {
    CountDownLatch start = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> results = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int index = i;
        results.add(
            threads.submit(() -> {
              start.await();
              body.run(index);
              return null;
            }));
      }
      start.countDown();
      for (Future<?> result : results) {
        result.get(Later.PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
      }
    }
  }

  /** What thread {@code index} does. */
  @FunctionalInterface
  private interface IndexedBody {
    void run(int index) throws Exception;
  }

  /** The bytes of a thread: threads share pages, and no thread shares its bytes. */
  private static long slot(int index) {
    return (long) (index % PAGES) * PAGE + (long) (index / PAGES) * SLOT;
  }

  @Test
  void aThousandThreadsReadWriteAndPin() throws Exception {
    rig =
        Rig.of(
            dir,
            PAGES * PAGE,
            config ->
                config
                    .withDirtyLimits(8, 4)
                    .withDeadline(Later.PATIENCE)
                    .withBackgroundWriteback(true, Duration.ofMillis(20)));
    all(index -> {
      char letter = (char) ('a' + index % 26);
      for (int round = 0; round < 3; round++) {
        rig.write(slot(index), SLOT / 2, letter);
        assertThat(Rig.read(rig.file, slot(index), SLOT / 2)).containsOnly(letter);
        try (Pin pin = pinUnlessFull(index)) {
          assertThat(pin.getByte(0)).isEqualTo((byte) letter);
          for (int i = SLOT / 2; i < SLOT; i++) {
            pin.putByte(i, (byte) letter);
          }
        }
        assertThat(Rig.read(rig.file, slot(index), SLOT)).containsOnly(letter);
      }
    });
    rig.file.force();
    byte[] disk = rig.disk();
    for (int index = 0; index < THREADS; index++) {
      for (int i = 0; i < SLOT; i++) {
        assertThat(disk[(int) slot(index) + i]).isEqualTo((byte) ('a' + index % 26));
      }
    }
    rig.assertFree();
  }

  /** I6: a refusal for want of a frame is an answer; it is asked again. */
  private Pin pinUnlessFull(int index) throws LongpinException {
    while (true) {
      try {
        return rig.file.pin(slot(index), SLOT, Access.WRITE);
      } catch (PinRefusedException e) {
        assertThat(e.reason()).isEqualTo(Reason.NO_FRAME);
      }
    }
  }

  /** Holders that are told on virtual threads of their own. */
  @Test
  void aThousandHoldersLetGoAtOnce() throws Exception {
    rig = Rig.of(dir, PAGE, config -> config.withLongtermLimits(THREADS, 1));
    List<LongtermPin> pins = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch told = new CountDownLatch(THREADS);
    all(index ->
        pins.add(
            rig.file.pinLongterm(
                index,
                1,
                Access.READ,
                new Holder("client " + index, "nic"),
                (pin, revocation) -> {
                  told.countDown();
                  told.await(); // all are told before the first lets go
                  pin.release();
                })));
    assertThat(rig.cache.holders()).hasSize(THREADS);
    assertThat(rig.file.truncate(0).revoked()).isEqualTo(THREADS);
    rig.assertFree();
  }

  @Test
  void aThousandThreadsAppend() throws Exception {
    rig = Rig.ofBytes(dir, 0);
    all(index -> {
      byte[] line = new byte[10];
      Arrays.fill(line, (byte) ('a' + index % 26));
      rig.file.append(MemorySegment.ofArray(line));
      if (index % 100 == 0) {
        rig.file.force();
      }
    });
    assertThat(rig.file.size()).isEqualTo(THREADS * 10);
    byte[] content = Rig.read(rig.file, 0, THREADS * 10);
    int[] lines = new int[26];
    for (int i = 0; i < content.length; i += 10) {
      for (int j = 1; j < 10; j++) {
        assertThat(content[i + j]).isEqualTo(content[i]);
      }
      lines[content[i] - 'a']++;
    }
    for (int letter = 0; letter < 26; letter++) {
      assertThat(lines[letter]).isEqualTo(THREADS / 26 + (letter < THREADS % 26 ? 1 : 0));
    }
    rig.assertFree();
    assertThat(rig.disk()).isEqualTo(content);
  }
}
