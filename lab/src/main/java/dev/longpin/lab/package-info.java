/** The lab: what each policy does about each hazard, tried over many interleavings. */
@NullMarked
package dev.longpin.lab;

import org.jspecify.annotations.NullMarked;
