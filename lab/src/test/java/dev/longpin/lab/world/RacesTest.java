package dev.longpin.lab.world;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.base.Step;
import dev.longpin.lab.Column;
import dev.longpin.lab.world.Races.Kind;
import dev.longpin.lab.world.Races.Pair;
import dev.longpin.lab.world.Races.Side;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whether two steps met is read off the trace. */
class RacesTest {

  private final long[] words = new long[World.FRAMES];
  private Races races;

  @BeforeEach
  void make() throws Exception {
    World world =
        World.of(
            Column.WAIT,
            Arena.ofAuto().allocate(World.memoryBytes(), 4 * World.PAGE),
            new World.Shape(2 * World.PAGE, 1, false, false));
    races =
        new Races(world, new Pair(Side.of("device", Kind.DMA), Side.of("truncater", Kind.WORD)));
  }

  private void dma(int frame) {
    races.step("device", Step.OUTSIDE, "DMA", frame);
  }

  private void word(String actor, int frame) {
    races.step(actor, Step.COMPARE_AND_SET, words, frame);
  }

  @Test
  void oneBetweenTwoOfTheOtherIsAMeeting() {
    dma(3);
    word("truncater", 3);
    assertThat(races.met()).isFalse();
    dma(3);
    assertThat(races.met()).isTrue();
  }

  @Test
  void oneAfterTheOtherIsNone() {
    word("truncater", 3);
    word("truncater", 3);
    dma(3);
    dma(3);
    assertThat(races.met()).isFalse();
  }

  @Test
  void anotherPageIsNone() {
    dma(3);
    word("truncater", 4);
    dma(3);
    assertThat(races.met()).isFalse();
  }

  @Test
  void anotherActorOrAnotherKindIsNone() {
    dma(3);
    word("reader", 3);
    dma(3);
    assertThat(races.met()).isFalse();
    word("device", 5);
    word("truncater", 5);
    word("device", 5);
    assertThat(races.met()).as("the device accessed nothing").isFalse();
  }

  @Test
  void anArrayThatIsNotThePageWordsIsNone() {
    dma(3);
    races.step("truncater", Step.COMPARE_AND_SET, new long[7], 3);
    dma(3);
    assertThat(races.met()).isFalse();
  }
}
