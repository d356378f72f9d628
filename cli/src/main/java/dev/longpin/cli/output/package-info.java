/** Where commands put what they found. */
@NullMarked
package dev.longpin.cli.output;

import org.jspecify.annotations.NullMarked;
