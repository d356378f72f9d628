/**
 * Pages: the word that says everything about one, the frames that hold them, the index that finds
 * them.
 */
@NullMarked
package dev.longpin.page;

import org.jspecify.annotations.NullMarked;
