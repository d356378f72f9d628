/**
 * The memory management of the cache, one file per protocol. Each class says its protocol in
 * numbered steps, and the code carries the same numbers.
 */
@NullMarked
package dev.longpin.mm;

import org.jspecify.annotations.NullMarked;
