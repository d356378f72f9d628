/** Tests that every implementation of an spi interface has to pass. */
@NullMarked
package dev.longpin.contract;

import org.jspecify.annotations.NullMarked;
