/** Holders in other processes: their host, their library, and the protocol between them. */
module dev.longpin.guest {
  requires static org.jspecify;
  requires transitive dev.longpin.core;
  requires dev.longpin.linux;

  exports dev.longpin.guest;
  exports dev.longpin.guest.host;
  exports dev.longpin.guest.wire;
}
