package dev.longpin.fabric;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Something of the fabric failed; {@link #kind} says what it means for the caller. */
public final class FabricException extends IOException {

  private static final long serialVersionUID = 1;

  /** What it means. */
  public enum Kind {
    /** There is no libfabric, or none with that provider. */
    UNAVAILABLE,
    /** Nobody listens there, or the peer turned us away, or can't be reached. */
    REFUSED,
    /** The connection is gone: nothing goes through it any more, connect anew. */
    DISCONNECTED,
    /**
     * The peer has no such memory for us: the key is wrong or taken back, or the range is not in
     * it. On most providers the connection is gone as well.
     */
    NO_ACCESS,
    /** The wait ended; a request that was under way may still end. */
    TIMED_OUT,
    /** Something ran out: memory, descriptors, the provider's tables. */
    NO_RESOURCES,
    /** It was closed here. */
    CLOSED,
    /** Anything else; the message has what libfabric said. */
    OTHER
  }

  private final Kind kind;

  /** Makes one. */
  public FabricException(Kind kind, String message) {
    this(kind, message, null);
  }

  /** Makes one that was caused by another. */
  public FabricException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** Returns what it means. */
  public Kind kind() {
    return kind;
  }
}
