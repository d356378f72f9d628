package dev.longpin.lab.world;

import dev.longpin.lab.Cell.Moment;
import dev.longpin.lab.Outcome;
import java.util.List;

/** An oracle saw a guarantee broken. */
public final class Violation extends AssertionError {

  private static final long serialVersionUID = 1L;

  private final Outcome outcome;
  private final transient List<Moment> log;

  Violation(Outcome outcome, String what, List<Moment> log) {
    super(what);
    this.outcome = outcome;
    this.log = List.copyOf(log);
  }

  /** Returns what it is. */
  public Outcome outcome() {
    return outcome;
  }

  /** Returns what the actors had done. */
  public List<Moment> log() {
    return log;
  }
}
