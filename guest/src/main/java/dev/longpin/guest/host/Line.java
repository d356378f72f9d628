package dev.longpin.guest.host;

import dev.longpin.guest.wire.Message;

/** How a session reaches its guest. None of it waits. */
interface Line {

  /**
   * Sends a message.
   *
   * @return false if the guest has too many that it did not receive. One that is gone is no
   *     failure: that is heard elsewhere
   */
  boolean send(Message.OfHost message);

  /** Sends a welcome with the memory: its descriptor, for reading only or not. */
  boolean welcome(Message.Welcome message, int descriptor, boolean writable);

  /** Ends the connection; what was sent before still arrives. */
  void hangUp();
}
