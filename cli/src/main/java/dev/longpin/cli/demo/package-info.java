/**
 * The main job on a real file: devices hold pages of a file while the file is read, written, cut,
 * evicted, forced and closed, and every byte is verified from outside.
 */
@NullMarked
package dev.longpin.cli.demo;

import org.jspecify.annotations.NullMarked;
