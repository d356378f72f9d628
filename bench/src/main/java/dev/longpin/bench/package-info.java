/** Benchmarks, run by JMH. */
@NullMarked
package dev.longpin.bench;

import org.jspecify.annotations.NullMarked;
