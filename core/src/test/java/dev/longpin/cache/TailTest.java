package dev.longpin.cache;

import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.PAGE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.Pin;
import dev.longpin.cache.FaultyStores.Call;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * I10: bytes past the end of the file, which a device may write, never reach the disk, and are
 * zeros whenever the file grows over them. The stores watch every write: see {@link FaultyStores}.
 */
@Timeout(60)
class TailTest {

  private static final int SIZE = PAGE + 100;

  /** The ways to make a file larger. */
  enum Growth {
    TRUNCATE {
      @Override
      void grow(CachedFile file) throws Exception {
        file.truncate(PAGE + 3000);
      }
    },
    TRUNCATE_FAR {
      @Override
      void grow(CachedFile file) throws Exception {
        file.truncate(10 * PAGE);
      }
    },
    WRITE {
      @Override
      void grow(CachedFile file) throws Exception {
        Rig.write(file, PAGE + 3000, 10, 'w');
      }
    },
    WRITE_FAR {
      @Override
      void grow(CachedFile file) throws Exception {
        Rig.write(file, 10 * PAGE, 10, 'w');
      }
    };

    abstract void grow(CachedFile file) throws Exception;
  }

  @TempDir private Path dir;
  private Rig rig;

  @BeforeEach
  void open() throws Exception {
    rig = Rig.ofBytes(dir, SIZE);
  }

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  /** A device writes all over the tail page, beyond the end of the file. */
  private LongtermPin scribble() throws Exception {
    LongtermPin pin = rig.file.pinLongterm(PAGE, 1, Access.WRITE, HOLDER);
    Rig.wholePage(pin).asSlice(100).fill((byte) 'g');
    return pin;
  }

  @Test
  void bytesPastTheEndAreNotWritten() throws Exception {
    LongtermPin pin = scribble();
    pin.putByte(0, (byte) 'p');
    rig.file.force();
    assertThat(Files.size(rig.path)).isEqualTo(SIZE);
    assertThat(rig.stores.events(Call.WRITE))
        .isNotEmpty()
        .allSatisfy(write -> assertThat(write.end()).isLessThanOrEqualTo(SIZE));
    assertThat(rig.diskLetter(PAGE)).isEqualTo('p');
    assertThat(pin.release()).isTrue();
    rig.file.force();
    assertThat(Files.size(rig.path)).isEqualTo(SIZE);
    assertThat(rig.disk()).doesNotContain('g');
    rig.assertFree();
  }

  @ParameterizedTest
  @EnumSource
  void bytesPastTheEndAreZerosWhenTheFileGrowsOverThem(Growth growth) throws Exception {
    LongtermPin pin = scribble();
    growth.grow(rig.file);
    assertThat(Rig.read(rig.file, SIZE, 2000)).containsOnly(0);
    assertThat(Rig.read(rig.file, PAGE, 100)).containsOnly('B');
    rig.file.force();
    assertThat(rig.disk()).hasSize((int) rig.file.size()).doesNotContain('g');
    assertThat(pin.release()).isTrue();
    rig.assertFree();
    assertThat(Rig.read(rig.file, SIZE, 2000)).containsOnly(0);
  }

  /** The same after the device has gone. */
  @ParameterizedTest
  @EnumSource
  void nothingIsLeftOfAPinThatEnded(Growth growth) throws Exception {
    assertThat(scribble().release()).isTrue();
    growth.grow(rig.file);
    assertThat(Rig.read(rig.file, SIZE, 2000)).containsOnly(0);
    rig.file.force();
    assertThat(rig.disk()).doesNotContain('g');
    rig.assertFree();
  }

  @ParameterizedTest
  @EnumSource
  void whatADeviceWritesAfterTheGrowthIsPartOfTheFile(Growth growth) throws Exception {
    LongtermPin pin = scribble();
    growth.grow(rig.file);
    Rig.dma(Rig.wholePage(pin), 200, 'd');
    assertThat(rig.letter(PAGE + 200)).isEqualTo('d');
    rig.file.force();
    assertThat(rig.diskLetter(PAGE + 200)).isEqualTo('d');
    assertThat(rig.disk()).doesNotContain('g');
    Rig.dma(Rig.wholePage(pin), 201, 'd');
    assertThat(pin.release()).isTrue();
    rig.file.force();
    assertThat(rig.diskLetter(PAGE + 201)).isEqualTo('d');
    rig.assertFree();
  }

  @Test
  void anAppendFollowsTheEndAndNotWhatADeviceWroteThere() throws Exception {
    LongtermPin pin = scribble();
    for (int i = 0; i < 3; i++) {
      assertThat(rig.file.append(MemorySegment.ofArray(new byte[] {'a', 'b'})))
          .isEqualTo(SIZE + 2 * i);
    }
    assertThat(Rig.read(rig.file, SIZE, 100)).containsExactly('a', 'b', 'a', 'b', 'a', 'b');
    rig.file.force();
    assertThat(rig.disk()).hasSize(SIZE + 6).endsWith('a', 'b', 'a', 'b', 'a', 'b');
    assertThat(pin.release()).isTrue();
    rig.assertFree();
  }

  /** H6: a cut zeroes the tail, DMA refills it, and the file grows again. */
  @Test
  void theTailIsZeroedAgainAfterACutAndAnotherPin() throws Exception {
    rig.file.truncate(PAGE + 50);
    try (Pin pin = rig.file.pin(PAGE, 50, Access.WRITE)) {
      Rig.wholePage(pin).asSlice(50).fill((byte) 'g');
      rig.file.force();
    }
    rig.file.force();
    assertThat(Files.size(rig.path)).isEqualTo(PAGE + 50);
    rig.file.truncate(2 * PAGE);
    assertThat(Rig.read(rig.file, PAGE + 50, PAGE)).containsOnly(0);
    rig.file.force();
    assertThat(rig.disk()).hasSize(2 * PAGE).doesNotContain('g');
    rig.assertFree();
    assertThat(Rig.read(rig.file, PAGE + 50, PAGE)).containsOnly(0);
  }

  /** What is not read from the store is zeros, behind the end too. */
  @Test
  void aPinThatOverwritesTheTailExposesZerosBehindIt() throws Exception {
    try (Pin pin = rig.file.pin(PAGE, 100, Access.OVERWRITE)) {
      pin.putByte(0, (byte) 'o');
    }
    rig.file.truncate(2 * PAGE);
    assertThat(rig.letter(PAGE)).isEqualTo('o');
    assertThat(Rig.read(rig.file, SIZE, PAGE)).containsOnly(0);
    rig.file.force();
    assertThat(Files.size(rig.path)).isEqualTo(2 * PAGE);
    rig.assertFree();
  }
}
