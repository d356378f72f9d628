/** {@code longpin lab}. */
@NullMarked
package dev.longpin.cli.lab;

import org.jspecify.annotations.NullMarked;
