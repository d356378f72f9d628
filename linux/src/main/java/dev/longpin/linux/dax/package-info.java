/** Files of a file system with DAX, or on tmpfs, whose pages are mapped and are the storage. */
@NullMarked
package dev.longpin.linux.dax;

import org.jspecify.annotations.NullMarked;
