package dev.longpin.cache;

import static dev.longpin.cache.DaxRig.PAGE;
import static dev.longpin.cache.DaxRig.PAGES;
import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.SHORT;
import static dev.longpin.cache.Rig.assertFails;
import static dev.longpin.cache.Rig.assertRefused;
import static dev.longpin.cache.Rig.dma;
import static dev.longpin.cache.Rig.read;
import static dev.longpin.cache.Rig.wholePage;
import static dev.longpin.cache.Rig.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.Pin;
import dev.longpin.api.PinPolicies;
import dev.longpin.api.PinRefusedException.Reason;
import dev.longpin.api.StoreException.Kind;
import dev.longpin.api.UnmapRefusedException;
import dev.longpin.api.Unmapping;
import dev.longpin.api.View;
import dev.longpin.dax.DaxDevice;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A cache whose pages are the storage: no frames of its own, no copy, no writeback. */
@Timeout(60)
class DaxTest {

  private static CacheConfig revoke(CacheConfig config) {
    return config.withPolicy(PinPolicies.REVOKE);
  }

  @Test
  void whatAPinWritesIsInTheFileAtOnce() throws Exception {
    try (DaxRig rig = DaxRig.ofPages(2)) {
      try (Pin pin = rig.file.pin(PAGE, 1, Access.WRITE)) {
        dma(pin.unsafeSegment(0), 0, 'd');
        assertThat(rig.content()[PAGE]).isEqualTo((byte) 'd');
      }
      rig.file.force();
      assertThat(rig.cache.stats().writebacks()).isZero();
      assertThat(rig.cache.stats().dirtyPages()).isZero();
      assertThat(rig.cache.stats().syncs()).isOne();
    }
  }

  @Test
  void theStatsSayHowItIsMapped() throws Exception {
    try (DaxRig rig = DaxRig.ofPages(1)) {
      assertThat(rig.cache.stats().engine()).isEqualTo("dax, a stand-in in memory");
      assertThat(rig.cache.stats().engineNotes()).isNotEmpty();
      assertThat(rig.cache.stats().direct()).isTrue();
      assertThat(rig.cache.stats().freeFrames()).isEqualTo(PAGES - 1);
    }
  }

  /** I6: as in Linux, a long-term pin is refused unless another policy was chosen. */
  @Test
  void longtermPinsAreRefusedByDefault() throws Exception {
    try (DaxRig rig = DaxRig.ofPages(1)) {
      assertRefused(Reason.DAX, () -> rig.file.pinLongterm(0, 1, Access.READ, HOLDER));
      assertThat(rig.cache.stats().longtermPinnedPages()).isZero();
      rig.file.pin(0, 1, Access.READ).close();
    }
  }

  @Test
  void aMarkedRangeIsRefusedForTheMark() throws Exception {
    try (DaxRig rig = DaxRig.ofPages(1, DaxTest::revoke);
        var _ = rig.file.refuseLongterm(0, 1)) {
      assertRefused(Reason.POLICY, () -> rig.file.pinLongterm(0, 1, Access.READ, HOLDER));
    }
  }

  /** I2, H7: the page that was cut is another file's only when no device can reach it. */
  @ParameterizedTest
  @EnumSource(names = {"WAIT", "REVOKE"})
  void truncateWaitsForALongtermPin(PinPolicies policy) throws Exception {
    try (DaxRig rig = DaxRig.ofPages(PAGES, config -> config.withPolicy(policy))) {
      LongtermPin pin = rig.file.pinLongterm(0, 1, Access.WRITE, HOLDER);
      MemorySegment page = wholePage(pin);
      assertThatThrownBy(() -> rig.file.truncate(0, Unmapping.within(SHORT)))
          .isInstanceOfSatisfying(
              DeadlineExceededException.class, e -> assertThat(e.holders()).hasSize(1));
      assertThat(rig.file.size()).isEqualTo(PAGES * PAGE);
      assertThat(rig.device.freePages()).isZero();
      Later<Void> cut = Later.run(() -> rig.file.truncate(0)).awaitWaiting();
      CachedFile other = rig.open("other");
      assertFails(Kind.NO_SPACE, () -> write(other, 0, PAGES * PAGE, 'o'));
      dma(page, 0, 'x');
      pin.release();
      cut.get();
      write(other, 0, PAGES * PAGE, 'o'); // every page of the device, that one too
      byte[] content = read(other, 0, PAGES * PAGE);
      byte[] expected = new byte[PAGES * PAGE];
      Arrays.fill(expected, (byte) 'o');
      assertThat(content).isEqualTo(expected);
    }
  }

  @Test
  void aRevokedHolderLetsTheTruncateGoOn() throws Exception {
    try (DaxRig rig = DaxRig.ofPages(2, DaxTest::revoke)) {
      rig.file.pinLongterm(0, 1, Access.WRITE, HOLDER, (pin, revocation) -> pin.release());
      assertThat(rig.file.truncate(0).revoked()).isOne();
      assertThat(rig.device.freePages()).isEqualTo(PAGES);
    }
  }

  /** I2: a page that is partly cut counts as cut. */
  @Test
  void truncateOfAPartOfAPageWaitsToo() throws Exception {
    try (DaxRig rig = DaxRig.ofPages(1);
        Pin pin = rig.file.pin(0, 1, Access.WRITE)) {
      assertThatThrownBy(() -> rig.file.truncate(PAGE / 2, Unmapping.within(SHORT)))
          .isInstanceOf(DeadlineExceededException.class);
      assertThat(pin.getByte(0)).isEqualTo((byte) 'A');
      assertThat(rig.file.size()).isEqualTo(PAGE);
    }
  }

  @Test
  void aDisconnectIsRefusedAtOnceAndChangesNothing() throws Exception {
    try (DaxRig rig = DaxRig.ofPages(2, DaxTest::revoke)) {
      LongtermPin pin = rig.file.pinLongterm(0, 1, Access.WRITE, HOLDER);
      Unmapping disconnect = Unmapping.within(SHORT).orDisconnect();
      for (ThrowingCallable cut :
          new ThrowingCallable[] {
            () -> rig.file.truncate(0, disconnect),
            () -> rig.file.punchHole(0, PAGE, disconnect),
            () -> rig.file.evict(0, PAGE, disconnect),
            () -> rig.file.delete(disconnect)
          }) {
        long start = System.nanoTime();
        assertThatThrownBy(cut)
            .isInstanceOf(UnmapRefusedException.class)
            .hasMessageContaining("DAX");
        assertThat(System.nanoTime() - start).isLessThan(SHORT.toNanos());
      }
      assertThat(pin.complete()).isTrue();
      assertThat(rig.cache.stats().disconnectedFrames()).isZero();
      assertThat(rig.content()).isEqualTo(Rig.letters(2 * PAGE, PAGE));
      pin.release();
    }
  }

  /** Evict takes pages from devices as everywhere; there is no memory that it could free. */
  @Test
  void evictWaitsForPinsAndKeepsTheFile() throws Exception {
    try (DaxRig rig = DaxRig.ofPages(2)) {
      try (Pin _ = rig.file.pin(0, 1, Access.WRITE)) {
        assertThatThrownBy(() -> rig.file.evict(0, PAGE, Unmapping.within(SHORT)))
            .isInstanceOf(DeadlineExceededException.class);
      }
      rig.file.evict();
      assertThat(rig.cache.stats().freeFrames()).isEqualTo(PAGES);
      assertThat(rig.device.freePages()).isEqualTo(PAGES - 2);
      assertThat(read(rig.file, 0, 2 * PAGE)).isEqualTo(Rig.letters(2 * PAGE, PAGE));
    }
  }

  /** I1: what a closed file's device still reaches stays that file's, and stays mapped. */
  @Test
  void aPinThatOutlivesItsFileKeepsThePagesAndTheMapping() throws Exception {
    DaxRig rig = DaxRig.ofPages(2, config -> revoke(config).withDeadline(SHORT));
    LongtermPin pin = rig.file.pinLongterm(PAGE, 1, Access.WRITE, HOLDER);
    MemorySegment page = pin.unsafeSegment(0);
    rig.file.close();
    assertThat(rig.cache.stats().disconnectedFrames()).isOne();
    assertThatThrownBy(() -> rig.open("file"))
        .isInstanceOf(DeadlineExceededException.class)
        .hasMessageContaining("a device still holds");
    try (PageCache second = rig.openCache(config -> config)) {
      assertFails(Kind.LOCKED, () -> second.open(DaxRig.PATH, OpenMode.WRITE));
    }
    rig.close();
    assertThat(rig.cache.stats().leakedFrames()).isOne();
    dma(page, 0, 'x'); // the mapping is there
    assertThat(pin.release()).as("not disconnected").isFalse();
    assertThat(rig.cache.stats().leakedFrames()).isZero();
    Later.await(() -> !page.scope().isAlive()); // unmapped: the last device has let go
  }

  @Test
  void aFileWhosePinsEndedAfterItsCloseCanBeOpenedAgain() throws Exception {
    try (DaxRig rig = DaxRig.ofPages(2, DaxTest::revoke)) {
      LongtermPin pin = rig.file.pinLongterm(0, 1, Access.WRITE, HOLDER);
      rig.file.close();
      Later<Void> opened =
          Later.run(() -> {
            try (CachedFile again = rig.open("file")) {
              assertThat(read(again, 0, 1)).containsExactly('x');
              again.truncate(0);
            }
          });
      dma(wholePage(pin), 0, 'x');
      opened.awaitWaiting();
      pin.release();
      opened.get();
      assertThat(rig.device.freePages()).isEqualTo(PAGES);
    }
  }

  /** I1: a deleted file's pages are free when the last device has let go of them. */
  @Test
  void aDeletedFileGivesItsPagesUpWhenNobodyHasThem() throws Exception {
    try (DaxRig rig = DaxRig.ofPages(4)) {
      rig.file.delete(Unmapping.DEFAULT);
      assertThat(rig.device.freePages()).isEqualTo(PAGES);
      assertFails(Kind.NOT_FOUND, () -> rig.cache.open(DaxRig.PATH, OpenMode.WRITE));
    }
  }

  /** I6, I7: a full device is a typed answer, and takes nothing with it. */
  @Test
  void aFullDeviceIsTypedAndLosesNothing() throws Exception {
    try (DaxRig rig = DaxRig.ofPages(PAGES - 2);
        CachedFile other = rig.open("other")) {
      assertFails(Kind.NO_SPACE, () -> write(other, 0, 3 * PAGE, 'o'));
      assertThat(other.size()).isEqualTo(2 * PAGE);
      assertFails(Kind.NO_SPACE, () -> other.append(MemorySegment.ofArray(new byte[1])));
      assertFails(Kind.NO_SPACE, () -> other.preallocate(0, 3 * PAGE));
      other.truncate(4 * PAGE);
      assertRefused(Reason.NO_SPACE, () -> other.pin(2 * PAGE, 1, Access.WRITE));
      assertRefused(Reason.NO_SPACE, () -> other.pin(0, 4 * PAGE, Access.READ));
      assertThat(read(other, 2 * PAGE, 2 * PAGE)).containsOnly(0);
      assertThat(read(other, 0, 2 * PAGE)).containsOnly('o');
      assertThat(read(rig.file, 0, (PAGES - 2) * PAGE))
          .isEqualTo(Rig.letters((PAGES - 2) * PAGE, PAGE));
      rig.file.punchHole(0, PAGE);
      other.pin(2 * PAGE, 1, Access.WRITE).close();
    }
  }

  @Test
  void aHoleTakesNoSpaceUntilItIsWrittenOrPinned() throws Exception {
    try (DaxRig rig = DaxRig.ofPages(1)) {
      rig.file.truncate(100L * PAGE);
      assertThat(read(rig.file, PAGE, 99 * PAGE)).containsOnly(0);
      assertThat(rig.device.freePages()).isEqualTo(PAGES - 1);
      rig.file.pin(50 * PAGE, 1, Access.READ).close();
      assertThat(rig.device.freePages()).isEqualTo(PAGES - 2);
    }
  }

  @Test
  void aHoleOfAFileForReadingCanNotBePinned() throws Exception {
    try (DaxRig rig = DaxRig.ofPages(1)) {
      rig.file.truncate(2 * PAGE);
      rig.file.close();
      try (CachedFile reader = rig.cache.open(DaxRig.PATH, OpenMode.READ)) {
        assertRefused(Reason.READ_ONLY, () -> reader.pin(PAGE, 1, Access.READ));
        reader.pin(0, 1, Access.READ).close();
        assertThat(read(reader, PAGE, 1)).containsExactly(0);
      }
    }
  }

  /** I10: what a device left behind the end is not in the file when that grows. */
  @Test
  void bytesBehindTheEndAreZeroedAlsoWhenTheFileWasClosedMeanwhile() throws Exception {
    try (DaxRig rig = DaxRig.ofPages(1)) {
      rig.file.truncate(100);
      try (Pin pin = rig.file.pin(0, 100, Access.WRITE)) {
        dma(wholePage(pin), 200, 'x');
      }
      rig.file.close();
      try (CachedFile again = rig.open("file")) {
        again.truncate(PAGE);
        assertThat(read(again, 100, PAGE - 100)).containsOnly(0);
      }
    }
  }

  /** I5: nothing waits for a view. */
  @Test
  void aViewReadsThePagesAndNothingWaitsForIt() throws Exception {
    try (DaxRig rig = DaxRig.ofPages(2);
        View view = rig.file.view(0, 2 * PAGE)) {
      assertThat(view.getByte(PAGE)).isEqualTo((byte) 'B');
      write(rig.file, PAGE, 1, 'v');
      assertThat(view.getLong(PAGE - 4)).isEqualTo(0x42424276_41414141L);
      rig.file.truncate(0, Unmapping.within(SHORT));
      assertThatThrownBy(() -> view.getByte(0)).hasMessageContaining("past the end");
    }
  }

  @Test
  void aWritebackGateIsRefused() throws Exception {
    try (DaxRig rig = DaxRig.ofPages(1)) {
      assertThatThrownBy(() -> rig.file.setWritebackGate((page, forced) -> true))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("DAX");
      rig.file.setWritebackGate(null);
    }
  }

  @Test
  void aCacheOfAnotherSizeIsRefused() {
    try (DaxDevice device = DaxDevice.inMemory(PAGES, PAGE)) {
      CacheConfig larger = CacheConfig.ofSize(2L * PAGES * PAGE, PAGE);
      assertThatThrownBy(() -> PageCaches.createDax(larger, device))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void filesStayOnTheDeviceWhenTheCacheIsClosed() throws Exception {
    try (DaxRig rig = DaxRig.ofPages(2)) {
      rig.cache.close();
      try (PageCache next = rig.openCache(config -> config);
          CachedFile again = next.open(Path.of("file"), OpenMode.READ)) {
        assertThat(read(again, 0, 2 * PAGE)).isEqualTo(Rig.letters(2 * PAGE, PAGE));
      }
    }
  }
}
