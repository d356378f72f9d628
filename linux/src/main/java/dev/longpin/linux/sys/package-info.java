/** The system calls that the Linux layer makes, by the foreign function interface. */
@NullMarked
package dev.longpin.linux.sys;

import org.jspecify.annotations.NullMarked;
