/** The hazards: who does what, and which steps race. */
@NullMarked
package dev.longpin.lab.hazard;

import org.jspecify.annotations.NullMarked;
