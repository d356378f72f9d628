package dev.longpin.cache;

import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.PAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.PagePins;
import dev.longpin.api.Pin;
import dev.longpin.api.PinPolicies;
import dev.longpin.api.PinPolicy;
import dev.longpin.api.UnmapOperation;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What reclaim asks of a policy, and what a policy may not do. */
@Timeout(60)
class PinPolicyTest {

  @TempDir private Path dir;
  private Rig rig;

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  /** Asked what to do about a page that is to be unmapped. */
  @FunctionalInterface
  private interface Unmapped {
    void come() throws LongpinException;
  }

  /** Gives away what it is told to, and cleans pages in place. */
  private record Giving(boolean page, boolean blocks, Unmapped unmapped) implements PinPolicy {

    static Giving of(boolean page, boolean blocks) {
      return new Giving(page, blocks, () -> {});
    }

    @Override
    public String name() {
      return "GIVING";
    }

    @Override
    public boolean mayPinLongterm(CachedFile file, long offset, long lengthBytes, Access access) {
      return true;
    }

    @Override
    public OnUnmap onUnmap(PagePins pins, UnmapOperation operation) {
      try {
        unmapped.come();
      } catch (LongpinException e) {
        throw new AssertionError(e);
      }
      return PinPolicies.WAIT.onUnmap(pins, operation);
    }

    @Override
    public OnClean onClean(PagePins pins, boolean forced) {
      return OnClean.IN_PLACE;
    }

    @Override
    public boolean mayDropBlockState(PagePins pins) {
      assertThat(pins.count()).isPositive();
      return blocks;
    }

    @Override
    public boolean mayReclaim(PagePins pins) {
      assertThat(pins.count()).isPositive();
      return page;
    }
  }

  private Rig with(PinPolicy policy) throws Exception {
    return Rig.of(dir, 4 * PAGE, config -> config.withPolicy(policy));
  }

  private void needFrames(CachedFile other) throws Exception {
    for (int round = 0; round < 3; round++) {
      assertThat(Rig.read(other, 0, 40 * PAGE)).containsOnly('o');
    }
  }

  /** I8: a pinned page is reclaimed only if the policy says so; its frame stays in use (I1). */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void reclaimAsksWhetherAPinnedPageMayGo(boolean may) throws Exception {
    rig = with(Giving.of(may, false));
    CachedFile other = rig.open("other", 40, 'o');
    LongtermPin pin = rig.file.pinLongterm(PAGE, PAGE, Access.READ, HOLDER);
    MemorySegment memory = pin.unsafeSegment(0);
    needFrames(other);
    assertThat(Rig.dmaRead(memory, 0)).isEqualTo('B');
    assertThat(pin.isDisconnected()).isEqualTo(may);
    assertThat(rig.cache.stats().disconnectedFrames()).isEqualTo(may ? 1 : 0);
    assertThat(rig.letter(PAGE)).isEqualTo('B');
    assertThat(pin.release()).isEqualTo(!may);
    rig.assertFreeBut(other);
  }

  /** A page that is dirty or not synced stays, whatever the policy says. */
  @Test
  void reclaimTakesNoPinnedPageThatIsNotOnDisk() throws Exception {
    rig = with(Giving.of(true, true));
    CachedFile other = rig.open("other", 40, 'o');
    rig.write(0, 10, 'w');
    try (Pin pin = rig.file.pin(0, PAGE, Access.READ)) {
      needFrames(other);
      assertThat(pin.getByte(0)).isEqualTo((byte) 'w');
      assertThat(rig.cache.stats().disconnectedFrames()).isZero();
    }
    rig.file.force();
    assertThat(rig.diskLetter(0)).isEqualTo('w');
    rig.assertFreeBut(other);
  }

  /** H3: cleaned under a pin, block state dropped, written by the device: lost without a word. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void reclaimAsksWhetherBlockStateMayGo(boolean may) throws Exception {
    rig = with(Giving.of(false, may));
    CachedFile other = rig.open("other", 40, 'o');
    LongtermPin pin = rig.file.pinLongterm(0, PAGE, Access.WRITE, HOLDER);
    MemorySegment memory = pin.unsafeSegment(0);
    rig.write(0, 10, 'd');
    rig.file.force();
    assertThat(rig.diskLetter(0)).isEqualTo('d');
    needFrames(other);
    Rig.dma(memory, 0, 'e');
    assertThat(pin.release()).isTrue();
    rig.file.force();
    assertThat(rig.letter(0)).isEqualTo('e');
    assertThat(rig.diskLetter(0)).isEqualTo(may ? 'd' : 'e');
    rig.assertFreeBut(other);
  }

  /** I11: it is asked with locks held. */
  @Test
  void aPolicyThatUsesTheFileIsToldThatItMustNot() throws Exception {
    rig = with(new Giving(false, false, () -> rig.letter(0)));
    LongtermPin pin = rig.file.pinLongterm(0, PAGE, Access.READ, HOLDER);
    assertThatThrownBy(rig.file::evict)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("a PinPolicy must not use the cache");
    assertThat(rig.letter(0)).isEqualTo('A');
    rig.file.pin(0, 1, Access.WRITE).close();
    assertThat(pin.release()).isTrue();
    rig.assertFree();
  }
}
