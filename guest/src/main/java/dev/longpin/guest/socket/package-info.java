/** Unix sockets on which packets keep their bounds, for both sides. */
@NullMarked
package dev.longpin.guest.socket;

import org.jspecify.annotations.NullMarked;
