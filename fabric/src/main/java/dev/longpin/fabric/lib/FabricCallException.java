package dev.longpin.fabric.lib;

import java.io.IOException;

/** A call of libfabric failed. */
public final class FabricCallException extends IOException {

  private static final long serialVersionUID = 1;

  private final int number;

  /** Makes one for a call that returned {@code result}, a negated error number. */
  public FabricCallException(String call, long result) {
    super(call + ": " + LibFabric.get().describe(result));
    number = (int) -result;
  }

  /** What an error number means, as far as providers agree. */
  public enum Reason {
    /** There is nothing like what was asked for. */
    NO_DATA,
    /** Nobody is there, or lets us in. */
    REFUSED,
    /** The connection is gone. */
    DISCONNECTED,
    /** The memory is not ours. */
    NO_ACCESS,
    /** Memory, descriptors or places ran out. */
    NO_RESOURCES,
    /** Anything else. */
    OTHER
  }

  /** Returns what it means. */
  public Reason reason() {
    return switch (number) {
      case Abi.FI_ENODATA -> Reason.NO_DATA;
      case Abi.FI_ECONNREFUSED, Abi.FI_EHOSTUNREACH, Abi.FI_ETIMEDOUT -> Reason.REFUSED;
      case Abi.FI_ENOTCONN,
          Abi.FI_ECONNRESET,
          Abi.FI_ECONNABORTED,
          Abi.FI_ESHUTDOWN,
          Abi.FI_EPIPE ->
          Reason.DISCONNECTED;
      case Abi.FI_ECANCELED, Abi.FI_EACCES, Abi.FI_EKEYREJECTED, Abi.FI_ENOKEY ->
          Reason.NO_ACCESS;
      case Abi.FI_ENOMEM, Abi.FI_EMFILE -> Reason.NO_RESOURCES;
      default -> Reason.OTHER;
    };
  }

  /** Throws if a call failed; returns its result otherwise. */
  public static long check(String call, long result) throws FabricCallException {
    if (result < 0) {
      throw new FabricCallException(call, result);
    }
    return result;
  }
}
