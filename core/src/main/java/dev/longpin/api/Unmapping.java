package dev.longpin.api;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How an operation that takes pages away from devices deals with those that hold them.
 *
 * @param deadline how long to wait for pins to end; null for the cache's default
 * @param onDeadline what to do when it passes
 * @param onBehalfOf the holder for which the operation is done, if any: an operation that would
 *     wait for that holder's own irrevocable pins is refused at once ({@link
 *     SelfDeadlockException})
 */
public record Unmapping(
    @Nullable Duration deadline, OnDeadline onDeadline, @Nullable Holder onBehalfOf) {

  /** What to do when the deadline passes and a device still holds pages. */
  public enum OnDeadline {
    /** Fail, with size and content as before. Holders that had let go stay revoked. */
    FAIL,
    /**
     * Take the pages from the file and leave the memory to the devices; the result lists the
     * holders. A page that is only partly removed can't be disconnected: the operation then fails.
     * So does an eviction whose holders report writes faster than they can be forced; it gives up
     * after the cache's deadline.
     */
    DISCONNECT
  }

  /** Waits for the cache's default deadline, then fails. */
  public static final Unmapping DEFAULT = new Unmapping(null, OnDeadline.FAIL, null);

  /** Checks the arguments. */
  public Unmapping {
    Objects.requireNonNull(onDeadline, "onDeadline");
    if (deadline != null && deadline.isNegative()) {
      throw new IllegalArgumentException("negative deadline: " + deadline);
    }
  }

  /** Returns one that waits for {@code deadline}, then fails. */
  public static Unmapping within(Duration deadline) {
    return new Unmapping(deadline, OnDeadline.FAIL, null);
  }

  /** Returns the same with disconnection on the deadline. */
  public Unmapping orDisconnect() {
    return new Unmapping(deadline, OnDeadline.DISCONNECT, onBehalfOf);
  }

  /** Returns the same on behalf of {@code holder}. */
  public Unmapping onBehalfOf(Holder holder) {
    return new Unmapping(deadline, onDeadline, holder);
  }
}
