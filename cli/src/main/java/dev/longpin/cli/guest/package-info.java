/** Guests in processes of their own. */
@NullMarked
package dev.longpin.cli.guest;

import org.jspecify.annotations.NullMarked;
