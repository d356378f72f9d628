/** The longpin command. */
@NullMarked
package dev.longpin.cli;

import org.jspecify.annotations.NullMarked;
