package dev.longpin.cli.workload;

import dev.longpin.sim.Manners;
import java.time.Duration;
import java.util.random.RandomGenerator;

/** What kind of holder has a pin: whether it opted in to being told, and how it takes it. */
enum Temper {
  /** Opted in, and lets go within two milliseconds. */
  PROMPT(true, true, Duration.ofMillis(2), 50, 1000),
  /** Opted in, and takes up to a tenth of a second. */
  LATE(true, true, Duration.ofMillis(100), 50, 1000),
  /** Did not opt in; ends by itself, soon. */
  UNTOLD(false, true, Duration.ofMillis(1), 10, 120),
  /** Opted in and never answers: someone has to reset the device, some time. */
  DEAF(true, false, Duration.ZERO, 1500, 3000);

  private static final Duration PACE = Duration.ofNanos(800_000);

  private final boolean revocable;
  private final boolean answers;
  private final Duration answerWithin;
  private final int minMillis;
  private final int maxMillis;

  Temper(boolean revocable, boolean answers, Duration answerWithin, int minMillis, int maxMillis) {
    this.revocable = revocable;
    this.answers = answers;
    this.answerWithin = answerWithin;
    this.minMillis = minMillis;
    this.maxMillis = maxMillis;
  }

  /** Returns one: mostly well-behaved, rarely deaf. */
  static Temper some(RandomGenerator random) {
    int draw = random.nextInt(120);
    if (draw == 0) {
      return DEAF;
    }
    return draw < 20 ? LATE : draw < 40 ? UNTOLD : PROMPT;
  }

  boolean isRevocable() {
    return revocable;
  }

  Manners manners() {
    return new Manners(PACE, answerWithin, answers);
  }

  /** Returns how long a pin is held if nobody asks for it. */
  long someLifeNanos(RandomGenerator random) {
    return Duration.ofMillis(minMillis + random.nextInt(maxMillis - minMillis)).toNanos();
  }
}
