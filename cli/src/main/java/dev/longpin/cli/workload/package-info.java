/**
 * The main job: devices and programs that work on one file at once, each on a thread of its own,
 * and those that take its pages away meanwhile.
 */
@NullMarked
package dev.longpin.cli.workload;

import org.jspecify.annotations.NullMarked;
