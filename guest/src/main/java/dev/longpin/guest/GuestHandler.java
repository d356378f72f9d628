package dev.longpin.guest;

/** What a guest does when its host speaks first. Called on threads of their own. */
public interface GuestHandler {

  /**
   * Stops the device, and then answers {@link GuestPin#quiesced} and {@link GuestPin#unmapped},
   * here or later. Called again if the host asks again.
   */
  void letGo(GuestPin pin, Notice notice) throws Exception;

  /**
   * The memory is no file's any more, and there is no host to talk to.
   *
   * @param why for people
   */
  default void cutOff(String why) {}
}
