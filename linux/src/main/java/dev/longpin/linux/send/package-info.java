/** A device that sends pages of files over TCP without a copy. */
@NullMarked
package dev.longpin.linux.send;

import org.jspecify.annotations.NullMarked;
