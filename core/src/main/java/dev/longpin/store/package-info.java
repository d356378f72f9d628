/** Files reached through {@link java.nio.channels.FileChannel}: the store that works everywhere. */
@NullMarked
package dev.longpin.store;

import org.jspecify.annotations.NullMarked;
