package dev.longpin.guest.wire;

/** The bounds of the protocol: no message is larger, and none can ask for more. */
public final class Protocol {

  /** The version that this code speaks, and no other. */
  public static final int VERSION = 1;

  /** The largest packet, in bytes. */
  public static final int MAX_PACKET_BYTES = 512;

  /** The longest name or text, in bytes of UTF-8. */
  public static final int MAX_TEXT_BYTES = 255;

  /** The most pages that one pin can have. */
  public static final int MAX_PIN_PAGES = 64;

  /** The tag of messages that answer nothing. */
  public static final int NO_TAG = 0;

  private Protocol() {}
}
