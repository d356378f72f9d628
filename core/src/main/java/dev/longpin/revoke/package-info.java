/** Long-term pins: who holds them, how many there may be, and how holders are told to let go. */
@NullMarked
package dev.longpin.revoke;

import org.jspecify.annotations.NullMarked;
