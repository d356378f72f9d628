/** What the outside world provides to core: memory for frames and stores for files. */
@NullMarked
package dev.longpin.spi;

import org.jspecify.annotations.NullMarked;
