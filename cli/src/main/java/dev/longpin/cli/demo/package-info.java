/** {@code longpin demo}: the main job on a real file, and a report that a person understands. */
@NullMarked
package dev.longpin.cli.demo;

import org.jspecify.annotations.NullMarked;
