/** The demo's race against the kernel alone. */
@NullMarked
package dev.longpin.cli.kernel;

import org.jspecify.annotations.NullMarked;
