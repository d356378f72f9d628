/** Scenarios of the shipped cache under the scheduler. */
@NullMarked
package dev.longpin.mm;

import org.jspecify.annotations.NullMarked;
