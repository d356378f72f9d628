package dev.longpin.linux.dax;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.linux.probe.KernelPin;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The kernel grants no long-term pin on DAX, since a truncate would wait for it without end
 * (mm/gup.c, check_vma_flags).
 */
@Tag("dax")
@Timeout(60)
class LongtermPinTest {

  private static final int BYTES = 16 << 12;

  private Path dir;

  @BeforeEach
  void findMount() {
    dir = DaxMount.directory();
  }

  @Test
  void aFixedBufferOverAFileOnDaxIsRefused() throws Exception {
    try (KernelPin pin = KernelPin.inDirectory(dir, BYTES)) {
      assertThat(pin.pin()).isEqualTo("EOPNOTSUPP");
      pin.truncate(0); // nothing is pinned, so it doesn't wait
    }
  }

  /** So that it is DAX that is refused above, and not the ring's buffers. */
  @Test
  void theSameOverAFileInMemoryIsTaken() throws Exception {
    try (KernelPin pin = KernelPin.inMemory(BYTES)) {
      assertThat(pin.pin()).isEqualTo(KernelPin.OK);
    }
  }
}
