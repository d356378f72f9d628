/** The guest's side: a holder in another process, with memory that its host can take away. */
@NullMarked
package dev.longpin.guest;

import org.jspecify.annotations.NullMarked;
