package dev.longpin.cli.demo;

import dev.longpin.api.CacheConfig;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a run was asked to do.
 *
 * @param given the file to copy; null to make one
 * @param time how long to work
 * @param config of the cache
 * @param seed of all random choices
 * @param keep whether to leave the working file there
 * @param unprotected whether pins are ignored
 */
record DemoOptions(
    @Nullable Path given,
    Duration time,
    CacheConfig config,
    long seed,
    boolean keep,
    boolean unprotected) {}
