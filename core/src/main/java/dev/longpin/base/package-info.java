/**
 * The lowest layer: the seam through which every wait, lock, clock reading, thread, page-word
 * change and ordered load passes, and what is built directly on it (locks with ranks, deadlines,
 * counters).
 *
 * <p>Nothing outside this package may use {@code java.util.concurrent} locks, atomics, {@code
 * VarHandle}, {@code Thread} or the system clock; a rule in the tests keeps it so. That is what
 * lets a scheduler run the shipped code one chosen step at a time ({@link
 * dev.longpin.base.Scheduler}).
 */
@NullMarked
package dev.longpin.base;

import org.jspecify.annotations.NullMarked;
