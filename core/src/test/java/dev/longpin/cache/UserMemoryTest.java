package dev.longpin.cache;

import static dev.longpin.cache.Rig.PAGE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.StoreException;
import dev.longpin.cache.FaultyStores.Call;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The memory that is read into and written from: buffers, segments, and what is no good as one. */
@Timeout(60)
class UserMemoryTest {

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
  void aBufferIsMovedByWhatWasDone() throws Exception {
    for (ByteBuffer buffer :
        List.of(
            ByteBuffer.allocate(PAGE),
            ByteBuffer.allocateDirect(PAGE),
            ByteBuffer.allocate(2 * PAGE).slice(7, PAGE))) {
      buffer.position(10).limit(PAGE - 10);
      assertThat(rig.file.read(buffer, PAGE)).isEqualTo(PAGE - 20);
      assertThat(buffer.position()).isEqualTo(PAGE - 10);
      assertThat(buffer.get(9)).isZero();
      assertThat(buffer.get(10)).isEqualTo((byte) 'B');
      assertThat(rig.file.read(buffer, PAGE)).as("no room").isZero();
      buffer.clear();
      assertThat(rig.file.read(buffer, 4 * PAGE - 100)).isEqualTo(100);
      assertThat(rig.file.read(buffer, 4 * PAGE)).isEqualTo(-1);
      assertThat(buffer.position()).isEqualTo(100);
      buffer.flip();
      rig.file.write(buffer.asReadOnlyBuffer(), 0);
      rig.file.write(buffer, 5);
      assertThat(buffer.hasRemaining()).isFalse();
      assertThat(Rig.read(rig.file, 0, 105)).containsOnly('D');
    }
    ByteBuffer line = ByteBuffer.wrap("some line".getBytes(UTF_8));
    assertThat(rig.file.append(line)).isEqualTo(4 * PAGE);
    assertThat(line.hasRemaining()).isFalse();
    assertThat(Rig.read(rig.file, 4 * PAGE, 100)).asString().isEqualTo("some line");
  }

  @Test
  void aBufferIsMovedByWhatWasDoneBeforeAFailure() throws Exception {
    rig.load(0, 2);
    rig.stores.failAlways(Call.READ, StoreException.Kind.IO);
    ByteBuffer buffer = ByteBuffer.allocate(4 * PAGE);
    assertThatThrownBy(() -> rig.file.read(buffer, 10))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.bytesDone()).isEqualTo(2 * PAGE - 10));
    assertThat(buffer.position()).isEqualTo(2 * PAGE - 10);
    rig.stores.heal();
    rig.write(0, 2 * PAGE, 'v');
    rig.stores.failAlways(Call.RESERVE, StoreException.Kind.NO_SPACE);
    buffer.clear();
    assertThatThrownBy(() -> rig.file.write(buffer, 10)).isInstanceOf(StoreException.class);
    assertThat(buffer.position()).isEqualTo(2 * PAGE - 10);
  }

  @Test
  void memoryOfEveryKindMayBeReadIntoAndWrittenFrom() throws Exception {
    try (Arena confined = Arena.ofConfined();
        Arena shared = Arena.ofShared()) {
      for (MemorySegment memory :
          List.of(
              MemorySegment.ofArray(new byte[PAGE]),
              MemorySegment.ofArray(new int[PAGE / 4]),
              MemorySegment.ofArray(new double[PAGE / 8]),
              confined.allocate(PAGE),
              shared.allocate(PAGE))) {
        rig.file.evict();
        assertThat(rig.file.read(memory, 2 * PAGE)).isEqualTo(PAGE);
        assertThat(memory.get(ValueLayout.JAVA_BYTE, PAGE - 1)).isEqualTo((byte) 'C');
        rig.file.write(memory.asReadOnly(), 3 * PAGE);
        assertThat(Rig.read(rig.file, 3 * PAGE, PAGE)).containsOnly('C');
      }
    }
  }

  /** A mistake of the caller's leaves nothing locked, referenced or changed. */
  @Test
  void memoryThatCannotBeAccessedChangesNothing() throws Exception {
    MemorySegment closed;
    try (Arena arena = Arena.ofShared()) {
      closed = arena.allocate(3 * PAGE);
    }
    MemorySegment readOnly = MemorySegment.ofArray(new byte[3 * PAGE]).asReadOnly();
    for (int round = 0; round < 2; round++) { // not in memory, in memory
      assertThatThrownBy(() -> rig.file.read(closed, 0)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> rig.file.read(readOnly, 0)).isInstanceOf(RuntimeException.class);
      assertThatThrownBy(() -> rig.file.read(ByteBuffer.allocate(9).asReadOnlyBuffer(), 0))
          .isInstanceOf(RuntimeException.class);
      assertThatThrownBy(() -> rig.file.write(closed, 10))
          .isInstanceOf(IllegalStateException.class);
      rig.load(0, 4);
    }
    assertThat(Rig.read(rig.file, 0, 5 * PAGE)).isEqualTo(Rig.letters(4 * PAGE, PAGE));
    rig.file.force();
    assertThat(rig.disk()).isEqualTo(Rig.letters(4 * PAGE, PAGE));
    rig.assertFree();
  }

  @Test
  void aWriteBeyondTheEndFromMemoryThatCannotBeAccessedLeavesTheSize() throws Exception {
    MemorySegment closed;
    try (Arena arena = Arena.ofShared()) {
      closed = arena.allocate(10);
    }
    assertThatThrownBy(() -> rig.file.write(closed, 4 * PAGE - 5))
        .isInstanceOf(IllegalStateException.class);
    assertThat(rig.file.size()).isEqualTo(4 * PAGE);
    assertThat(Rig.read(rig.file, 0, 5 * PAGE)).isEqualTo(Rig.letters(4 * PAGE, PAGE));
    rig.assertFree();
  }
}
