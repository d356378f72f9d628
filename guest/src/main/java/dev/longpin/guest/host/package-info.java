/** The host's side: who may connect, what it gets, and how it loses it. */
@NullMarked
package dev.longpin.guest.host;

import org.jspecify.annotations.NullMarked;
