package dev.longpin.cache;

import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.PAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.Pin;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Debug mode detects that a pin's memory is used after the pin. */
@Timeout(60)
class DebugModeTest {

  @TempDir private Path dir;
  private Rig rig;

  @BeforeEach
  void open() throws Exception {
    rig = Rig.of(dir, 3 * PAGE, config -> config.withDebug(true));
  }

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  private static void assertEnded(List<MemorySegment> segments) {
    for (MemorySegment segment : segments) {
      assertThatThrownBy(() -> segment.get(ValueLayout.JAVA_BYTE, 0))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void theSegmentsOfAShortPinEndWithIt() throws Exception {
    Pin pin = rig.file.pin(10, 2 * PAGE, Access.WRITE);
    List<MemorySegment> segments = pin.unsafeSegments();
    assertThat(segments).extracting(MemorySegment::byteSize).containsExactly(4086L, 4096L, 10L);
    segments.getFirst().set(ValueLayout.JAVA_BYTE, 0, (byte) 'd');
    pin.close();
    pin.close();
    assertEnded(segments);
    rig.file.force();
    assertThat(rig.diskLetter(10)).isEqualTo('d');
    rig.assertFree();
  }

  @Test
  void theSegmentsOfALongtermPinEndWhenItIsQuiesced() throws Exception {
    LongtermPin pin = rig.file.pinLongterm(0, 2 * PAGE, Access.READ, HOLDER);
    List<MemorySegment> segments = pin.unsafeSegments();
    assertThat(segments).allMatch(MemorySegment::isReadOnly);
    assertThat(segments.get(1).get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 'B');
    pin.quiesced();
    assertEnded(segments);
    assertThat(pin.release()).isTrue();
    rig.assertFree();
  }

  /** Each pin has its own. */
  @Test
  void theSegmentsOfAnotherPinOfThePageGoOn() throws Exception {
    try (Pin first = rig.file.pin(0, 1, Access.READ)) {
      MemorySegment segment = first.unsafeSegment(0);
      rig.file.pin(0, 1, Access.READ).close();
      assertThat(segment.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 'A');
    }
    rig.assertFree();
  }
}
