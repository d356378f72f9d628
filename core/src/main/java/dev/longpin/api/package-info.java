/**
 * What a user sees: the cache, its files, pins on their pages, and the typed errors. Interfaces and
 * values only; {@code dev.longpin.cache.PageCaches} makes the first of them.
 */
@NullMarked
package dev.longpin.api;

import org.jspecify.annotations.NullMarked;
