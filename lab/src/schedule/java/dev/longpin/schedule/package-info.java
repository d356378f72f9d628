/**
 * A scheduler: runs scenarios against the shipped classes, one chosen step at a time, over many
 * interleavings, and a file in memory that notices what no cache may ask for. Needs a JVM started
 * with {@code -Dlongpin.seam.controlled=true}. The tests of core are built with these sources as
 * well.
 */
@NullMarked
package dev.longpin.schedule;

import org.jspecify.annotations.NullMarked;
