/**
 * A scheduler for tests: runs scenarios against the shipped classes, one chosen step at a time,
 * over many interleavings. Needs a JVM started with {@code -Dlongpin.seam.controlled=true}.
 */
@NullMarked
package dev.longpin.schedule;

import org.jspecify.annotations.NullMarked;
