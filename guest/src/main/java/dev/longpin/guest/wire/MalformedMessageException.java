package dev.longpin.guest.wire;

import java.io.IOException;

/** Bytes that are no message: who sent them does not speak the protocol. */
public final class MalformedMessageException extends IOException {

  private static final long serialVersionUID = 1L;

  private final boolean otherVersion;

  MalformedMessageException(String what) {
    this(what, false);
  }

  private MalformedMessageException(String what, boolean otherVersion) {
    super(what);
    this.otherVersion = otherVersion;
  }

  static MalformedMessageException ofVersion(int version) {
    return new MalformedMessageException(
        "version " + version + ", and not " + Protocol.VERSION, true);
  }

  /** Returns whether it may be a message of another version. */
  public boolean isOtherVersion() {
    return otherVersion;
  }
}
