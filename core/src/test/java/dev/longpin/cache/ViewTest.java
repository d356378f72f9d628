package dev.longpin.cache;

import static dev.longpin.cache.Rig.PAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.PastEndException;
import dev.longpin.api.Pin;
import dev.longpin.api.StoreException;
import dev.longpin.api.UnmapResult;
import dev.longpin.api.View;
import dev.longpin.cache.FaultyStores.Call;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Views, which take no pin and outlive every cut; and readahead, which nobody sees. */
@Timeout(60)
class ViewTest {

  @TempDir private Path dir;
  private Rig rig;

  @BeforeEach
  void open() throws Exception {
    rig = Rig.ofPages(dir, 4);
  }

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  @Test
  void valuesOfEveryWidthAreReadAcrossPages() throws Exception {
    byte[] content = new byte[2 * PAGE];
    new Random(3).nextBytes(content);
    rig.file.write(MemorySegment.ofArray(content), 0);
    ByteBuffer expected = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    try (View view = rig.file.view(3, 2 * PAGE - 3)) {
      assertThat(view.offset()).isEqualTo(3);
      assertThat(view.lengthBytes()).isEqualTo(2 * PAGE - 3);
      for (int at = PAGE - 20; at < PAGE + 20; at++) {
        assertThat(view.getByte(at)).isEqualTo(expected.get(3 + at));
        assertThat(view.getInt(at)).isEqualTo(expected.getInt(3 + at));
        assertThat(view.getLong(at)).isEqualTo(expected.getLong(3 + at));
      }
      byte[] copy = new byte[2 * PAGE];
      view.copyTo(10, MemorySegment.ofArray(copy), 5, 2 * PAGE - 13);
      assertThat(ByteBuffer.wrap(copy, 5, 2 * PAGE - 13))
          .isEqualTo(ByteBuffer.wrap(content, 13, 2 * PAGE - 13));
    }
  }

  @Test
  void aViewSeesWhatIsWrittenAndWhatADeviceWrites() throws Exception {
    try (View view = rig.file.view(0, PAGE);
        Pin pin = rig.file.pin(0, PAGE, Access.WRITE)) {
      assertThat(view.getByte(0)).isEqualTo((byte) 'A');
      rig.write(0, 1, 'w');
      pin.putByte(1, (byte) 'd');
      assertThat(view.getByte(0)).isEqualTo((byte) 'w');
      assertThat(view.getByte(1)).isEqualTo((byte) 'd');
    }
  }

  /** Nothing waits for a view, and it goes on after all that takes its pages. */
  @Test
  void aViewHoldsNothingBack() throws Exception {
    try (View view = rig.file.view(0, 4 * PAGE)) {
      assertThat(view.getLong(PAGE)).isEqualTo(0x4242424242424242L);
      assertThat(rig.file.evict()).isEqualTo(UnmapResult.NONE);
      assertThat(rig.cache.stats().freeFrames()).isEqualTo(Rig.FRAMES);
      assertThat(view.getByte(PAGE)).isEqualTo((byte) 'B');
      rig.file.punchHole(PAGE, PAGE);
      assertThat(view.getInt(PAGE + 4)).isZero();
      rig.file.truncate(PAGE + 2);
      assertThatThrownBy(() -> view.getInt(PAGE)).isInstanceOf(PastEndException.class);
      assertThatThrownBy(
              () -> view.copyTo(0, MemorySegment.ofArray(new byte[PAGE + 3]), 0, PAGE + 3))
          .isInstanceOf(PastEndException.class);
      rig.write(PAGE, 10, 'w');
      assertThat(view.getByte(PAGE + 9)).isEqualTo((byte) 'w');
    }
  }

  /** It may reach beyond the end: those bytes can be read once the file has grown. */
  @Test
  void aViewMayReachBeyondTheEnd() throws Exception {
    try (View view = rig.file.view(0, 10L * PAGE)) {
      assertThatThrownBy(() -> view.getByte(5 * PAGE)).isInstanceOf(PastEndException.class);
      rig.write(5 * PAGE, 1, 'w');
      assertThat(view.getByte(5 * PAGE)).isEqualTo((byte) 'w');
      assertThat(view.getByte(4 * PAGE)).isZero();
    }
  }

  /** A page that is replaced in its frame by another is not taken for it. */
  @Test
  void aViewNeverReadsTheFrameOfAnotherPage() throws Exception {
    var other = rig.open("other", 40, 'o');
    try (View view = rig.file.view(0, 4 * PAGE)) {
      Later<Void> churn =
          Later.run(() -> {
            for (int i = 0; i < 2000; i++) {
              other.pin(i % 40L * PAGE, 1, Access.READ).close();
            }
          });
      int reads = 0;
      while (!churn.isDone() || reads < 100) {
        int page = reads++ % 4;
        assertThat(view.getByte(page * PAGE + 17)).isEqualTo((byte) ('A' + page));
        assertThat(view.getInt(page * PAGE + PAGE - 4)).isEqualTo(0x01010101 * ('A' + page));
      }
      churn.get();
    }
  }

  @Test
  void aSequentialReaderFindsThePagesAheadInMemory() throws Exception {
    rig.close();
    rig = Rig.of(dir, 12 * PAGE, config -> config.withReadahead(4 * PAGE));
    for (int page = 0; page < 3; page++) {
      assertThat(Rig.read(rig.file, (long) page * PAGE, PAGE)).containsOnly('A' + page);
    }
    Later.await(() -> rig.stores.events(Call.READ).stream().anyMatch(r -> r.end() > 4 * PAGE));
    rig.write(11 * PAGE, 1, 'w');
    assertThat(Rig.read(rig.file, 0, 20 * PAGE)).hasSize(12 * PAGE).contains('w');
    assertThat(rig.file.size()).as("it makes nothing larger").isEqualTo(12 * PAGE);
  }

  @Test
  void anErrorOfReadaheadIsReportedByTheReadThatComesThere() throws Exception {
    rig.close();
    rig = Rig.of(dir, 12 * PAGE, config -> config.withReadahead(4 * PAGE));
    rig.load(0, 1);
    Later.await(() -> rig.stores.count(Call.READ) >= 5);
    rig.stores.failAlways(Call.READ, StoreException.Kind.IO);
    assertThat(Rig.read(rig.file, PAGE, PAGE)).containsOnly('B');
    Rig.assertFails(StoreException.Kind.IO, () -> rig.letter(11 * PAGE));
    rig.stores.heal();
    assertThat(rig.letter(11 * PAGE)).isEqualTo('L');
  }
}
