package dev.longpin.cli.guest;

/** How a guest takes a notice. */
public enum GuestKind {
  /** Lets go. */
  ANSWERS("answers"),
  /** The same, in another language, after {@code docs/GUEST-PROTOCOL.md}. */
  PYTHON("answers, in Python"),
  /** Lets go {@value GuestProgram#SLOW_MILLIS} ms later. */
  SLOW("slow by " + GuestProgram.SLOW_MILLIS + " ms"),
  /** Says that it lets go, and writes on. */
  LIES("lies"),
  /** Is stopped before the notice (SIGSTOP), and goes on afterwards. */
  STOPPED("stopped"),
  /** Does not answer, and is killed soon after the notice (SIGKILL). */
  KILLED("killed");

  private final String text;

  GuestKind(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
