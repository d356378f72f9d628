/** The messages between a host and its guests, as {@code docs/GUEST-PROTOCOL.md} has them. */
@NullMarked
package dev.longpin.guest.wire;

import org.jspecify.annotations.NullMarked;
