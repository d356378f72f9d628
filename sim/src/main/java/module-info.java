/** Simulated devices, and real ones without special hardware. */
module dev.longpin.sim {
  requires static org.jspecify;
  requires transitive dev.longpin.core;

  exports dev.longpin.sim;
}
