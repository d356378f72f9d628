package dev.longpin.lab.world;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.lab.world.Shadow.Change;
import org.junit.jupiter.api.Test;

/** The oracle allows what some order of what overlapped would leave, and no more. */
class ShadowTest {

  private final Shadow shadow = new Shadow();

  ShadowTest() {
    shadow.initially(0, 'A');
  }

  private void write(char letter, boolean sure) {
    shadow.end(shadow.begin(0, letter), sure);
  }

  @Test
  void whatWasReportedCompleteIsThere() {
    assertThat(shadow.allows(0, 'A')).isTrue();
    write('a', true);
    assertThat(shadow.allows(0, 'a')).isTrue();
    assertThat(shadow.allows(0, 'A')).isFalse();
    assertThat(shadow.expected(0)).isEqualTo("'a'");
  }

  @Test
  void whatWasNotReportedMayBeThere() {
    write('a', false);
    assertThat(shadow.allows(0, 'a')).isTrue();
    assertThat(shadow.allows(0, 'A')).isTrue();
  }

  @Test
  void whatOverlapsMayHaveEitherOrder() {
    Change write = shadow.begin(0, 'a');
    Change cut = shadow.begin(0, '\0');
    shadow.end(write, true);
    shadow.end(cut, true);
    assertThat(shadow.allows(0, 'a')).isTrue();
    assertThat(shadow.allows(0, '\0')).isTrue();
    assertThat(shadow.allows(0, 'A')).isFalse();
  }

  @Test
  void aCutThatFailedDidNothing() {
    shadow.undo(shadow.begin(0, '\0'));
    assertThat(shadow.allows(0, '\0')).isFalse();
    assertThat(shadow.allows(0, 'A')).isTrue();
  }

  @Test
  void whatAnotherPageWroteIsForeign() {
    assertThat(shadow.isForeign(0, 'x')).isTrue();
    assertThat(shadow.isForeign(0, 'A')).isFalse();
    assertThat(shadow.isForeign(0, '\0')).isFalse();
  }
}
