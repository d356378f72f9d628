package dev.longpin.linux.probe;

/**
 * One thing that was looked at.
 *
 * @param group what it belongs to, such as "io_uring"
 * @param key its name for programs, in snake_case
 * @param state how good it is
 * @param seen what was seen, in a few words
 * @param advice what to do about it, or the empty string
 */
public record Finding(String group, String key, State state, String seen, String advice) {

  /** How good it is. */
  public enum State {
    /** As good as it gets. */
    OK,
    /** Longpin goes on without, and says what that costs. */
    WITHOUT,
    /** What needs it does not work. */
    MISSING,
    /** Worth knowing. */
    INFO
  }

  static Finding ok(String group, String key, String seen) {
    return new Finding(group, key, State.OK, seen, "");
  }

  static Finding without(String group, String key, String seen, String advice) {
    return new Finding(group, key, State.WITHOUT, seen, advice);
  }

  static Finding missing(String group, String key, String seen, String advice) {
    return new Finding(group, key, State.MISSING, seen, advice);
  }

  static Finding info(String group, String key, String seen, String advice) {
    return new Finding(group, key, State.INFO, seen, advice);
  }
}
