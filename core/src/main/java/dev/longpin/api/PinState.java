package dev.longpin.api;

/** Where a long-term pin stands: a device's three answers are never confused. */
public enum PinState {
  /** The device may access the pages. */
  HELD,
  /** The notice to let go arrived; the device may still access the pages. */
  TOLD,
  /** No access is in flight and none will start; the device's translations may still exist. */
  QUIESCED,
  /** No translation and no key is left: the pin is over. */
  UNMAPPED
}
