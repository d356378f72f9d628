/**
 * Files on Linux, through the C library: space is reserved, holes are punched, files are locked.
 */
@NullMarked
package dev.longpin.linux;

import org.jspecify.annotations.NullMarked;
