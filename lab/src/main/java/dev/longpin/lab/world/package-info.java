/**
 * The world of one schedule: a cache, its disk, its devices, and the oracles that trust none of
 * them.
 */
@NullMarked
package dev.longpin.lab.world;

import org.jspecify.annotations.NullMarked;
