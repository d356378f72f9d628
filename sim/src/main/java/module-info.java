/** Simulated devices. */
module dev.longpin.sim {
  requires transitive dev.longpin.core;
}
