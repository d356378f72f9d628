/** Simulated devices, that hold pins and break every rule that a device may break. */
@NullMarked
package dev.longpin.sim;

import org.jspecify.annotations.NullMarked;
