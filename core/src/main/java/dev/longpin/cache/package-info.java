/** What a file does: open, read, write, pin, view, force, close. The top of core. */
@NullMarked
package dev.longpin.cache;

import org.jspecify.annotations.NullMarked;
