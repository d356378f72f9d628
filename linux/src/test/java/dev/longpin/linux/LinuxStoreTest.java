package dev.longpin.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.api.StoreException.Kind;
import dev.longpin.contract.Mount;
import dev.longpin.contract.StoreContract;
import dev.longpin.contract.StoreTests;
import dev.longpin.spi.Store;
import dev.longpin.spi.Store.Feature;
import dev.longpin.spi.StoreProvider;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The Linux store: the contract, and what it does beyond it. */
class LinuxStoreTest extends StoreContract {

  private final LinuxStoreProvider provider = new LinuxStoreProvider();

  @BeforeEach
  void available() {
    StoreTests.skipUnless(provider.isAvailable(), provider.problem());
  }

  @Override
  protected StoreProvider provider() {
    return provider;
  }

  @Test
  void aPunchedRangeIsAHole() throws Exception {
    try (Store store = create("f")) {
      store.write(MemorySegment.ofArray(new byte[1 << 20]), 0);
      store.sync();
      StoreTests.skipUnless(
          store.features().contains(Feature.PUNCH_HOLE), "the file system has no holes");
      store.punchHole(0, 512 << 10);
      assertThat(store.nextData(0)).isEqualTo(512 << 10);
      store.punchHole(512 << 10, 512 << 10);
      assertThat(store.nextData(0)).isEqualTo(1 << 20);
      assertThat(store.features())
          .contains(Feature.PUNCH_HOLE, Feature.SEEK_HOLE, Feature.RESERVE, Feature.LOCK);
    }
  }

  @Test
  void writesToReservedSpaceNeedNoMoreOfIt() throws Exception {
    Path image = dir.resolve("image");
    try (Mount mount = Mount.ext4(image, dir.resolve("mount"), 16 << 20);
        Store store = provider.open(mount.path().resolve("f"), OpenMode.CREATE);
        Store filler = provider.open(mount.path().resolve("filler"), OpenMode.CREATE)) {
      store.reserve(4096, 1 << 20);
      assertThat(store.stamp().sizeBytes()).isZero();
      assertNoSpace(filler, 16 << 20);
      store.write(MemorySegment.ofArray(new byte[1 << 20]), 4096);
      store.sync();
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.reserve(4 << 20, 4 << 20))
          .matches(e -> e.kind() == Kind.NO_SPACE)
          .withMessageContaining("[4194304, 8388608)")
          .withMessageContaining("ENOSPC");
    }
  }

  /** An overwrite of a block that another file has too needs new space. */
  @Test
  void blocksThatAreSharedGetSpaceOfTheirOwn() throws Exception {
    int part = 1 << 20;
    try (Mount mount = Mount.xfs(dir.resolve("image"), dir.resolve("mount"), 320 << 20)) {
      Files.write(mount.path().resolve("original"), new byte[4 * part]);
      Mount.share(mount.path().resolve("original"), mount.path().resolve("f"));
      try (Store store = provider.open(mount.path().resolve("f"), OpenMode.WRITE);
          Store filler = provider.open(mount.path().resolve("filler"), OpenMode.CREATE)) {
        store.reserve(0, part);
        reserveAll(filler);
        MemorySegment bytes = MemorySegment.ofArray(new byte[part]);
        store.write(bytes, 0);
        store.sync();
        assertThatExceptionOfType(StoreException.class)
            .isThrownBy(() -> {
              store.write(bytes, 2L * part);
              store.sync();
            })
            .matches(e -> e.kind() == Kind.NO_SPACE);
      }
    }
  }

  private static void reserveAll(Store store) {
    long at = 0;
    for (long size = 1 << 30; size >= 4096; size /= 2) {
      try {
        while (true) {
          store.reserve(at, size);
          at += size;
        }
      } catch (StoreException e) {
        assertThat(e.kind()).isEqualTo(Kind.NO_SPACE);
      }
    }
  }

  @Test
  void reservingTooMuchSaysSo() throws Exception {
    try (Mount mount = Mount.tmpfs(dir.resolve("mount"), "size=1m");
        Store store = provider.open(mount.path().resolve("f"), OpenMode.CREATE)) {
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.reserve(0, 4 << 20))
          .matches(e -> e.kind() == Kind.NO_SPACE);
      assertThat(store.features()).contains(Feature.RESERVE);
      assertThat(store.stamp().sizeBytes()).isZero();
    }
  }

  @Test
  void aFileSystemWithoutFallocateTurnsTheFeaturesOff() throws Exception {
    try (Mount mount = Mount.mount(dir.resolve("mount"), "-t", "ramfs", "none");
        Store store = provider.open(mount.path().resolve("f"), OpenMode.CREATE)) {
      byte[] bytes = {1, 2, 3, 4};
      store.write(MemorySegment.ofArray(bytes), 0);
      store.reserve(0, 1 << 20);
      store.punchHole(1, 2);
      assertThat(read(store, 0, 4)).containsExactly(1, 0, 0, 4);
      assertThat(store.features()).doesNotContain(Feature.RESERVE, Feature.PUNCH_HOLE);
    }
  }

  @Test
  void aRenamedFileIsFollowed() throws Exception {
    try (Store store = create("f")) {
      Store.Stamp before = store.stamp();
      Files.move(dir.resolve("f"), dir.resolve("g"));
      Thread.sleep(20);
      Files.write(dir.resolve("g"), new byte[] {1});
      assertThat(store.stamp().modifiedNanos()).isGreaterThan(before.modifiedNanos());
    }
  }

  private static void assertNoSpace(Store store, int bytes) {
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> {
          store.write(MemorySegment.ofArray(new byte[bytes]), 0);
          store.sync();
        })
        .matches(e -> e.kind() == Kind.NO_SPACE);
  }
}
