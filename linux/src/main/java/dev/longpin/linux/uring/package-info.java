/** io_uring: the ring, what it is asked, and files and frames that use it. */
@NullMarked
package dev.longpin.linux.uring;

import org.jspecify.annotations.NullMarked;
