/** Storage whose pages are the memory itself, in pure Java: one device, its space and its files. */
@NullMarked
package dev.longpin.dax;

import org.jspecify.annotations.NullMarked;
