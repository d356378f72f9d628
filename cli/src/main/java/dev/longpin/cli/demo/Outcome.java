package dev.longpin.cli.demo;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.longpin.api.CacheStats;
import org.HdrHistogram.Histogram;

/** The result of a run, as the JSON has it. */
@JsonNaming(SnakeCaseStrategy.class)
@JsonPropertyOrder(alphabetic = false)
record Outcome(
    int schema,
    long seed,
    String filesystem,
    int pageSize,
    String engine,
    boolean direct,
    boolean registered,
    boolean hugePages,
    long deviceWrites,
    long deviceReads,
    long shortPins,
    long longtermPins,
    long fileOperations,
    long truncates,
    long punches,
    long forces,
    long evictions,
    long revocations,
    long timeouts,
    long disconnected,
    long bytesVerified,
    long lostWrites,
    long staleAccesses,
    long reusedFrames,
    long leakedFrames,
    @JsonProperty("truncate_p50_us") double truncateP50Us,
    @JsonProperty("truncate_p99_us") double truncateP99Us,
    @JsonProperty("revoke_p50_us") double revokeP50Us,
    @JsonProperty("revoke_p99_us") double revokeP99Us,
    String exitReason) {

  /** Puts together what a run counted, what the cache says, and what the verifier found. */
  static Outcome of(
      long seed,
      String filesystem,
      Tally tally,
      CacheStats stats,
      Verifier.Result verified,
      String exitReason) {
    return new Outcome(
        1,
        seed,
        filesystem,
        stats.pageSize(),
        stats.engine(),
        false,
        false,
        false,
        tally.deviceWrites.sum(),
        tally.deviceReads.sum(),
        tally.shortPins.sum(),
        tally.longtermPins.sum(),
        tally.fileOperations.sum(),
        tally.truncates.sum(),
        tally.punches.sum(),
        tally.forces.sum(),
        tally.evictions.sum(),
        stats.revocations(),
        tally.timeouts.sum(),
        stats.disconnected(),
        verified.bytesVerified(),
        verified.lostWrites(),
        tally.staleAccesses.sum() + verified.staleRegions(),
        tally.reusedFrames.sum() + verified.foreignRegions(),
        stats.leakedFrames(),
        micros(tally.truncate, 50),
        micros(tally.truncate, 99),
        micros(tally.revoke, 50),
        micros(tally.revoke, 99),
        exitReason);
  }

  private static double micros(Histogram histogram, double percentile) {
    return histogram.getValueAtPercentile(percentile) / 1000.0;
  }

  boolean isClean() {
    return lostWrites == 0 && staleAccesses == 0 && reusedFrames == 0;
  }
}
