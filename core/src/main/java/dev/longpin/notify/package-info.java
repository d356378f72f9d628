/** Devices with page tables of their own: which ranges they look at, and how they are told. */
@NullMarked
package dev.longpin.notify;

import org.jspecify.annotations.NullMarked;
