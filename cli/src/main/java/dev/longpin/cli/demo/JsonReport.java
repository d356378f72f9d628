package dev.longpin.cli.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.longpin.api.CacheStats;
import dev.longpin.cli.workload.Tally;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** An outcome for programs. A latency of which there is none is null. */
final class JsonReport {

  private static final int SCHEMA = 1;
  private static final double NANOS_PER_MICRO = 1e3;

  private JsonReport() {}

  static String of(Outcome outcome) {
    Tally tally = outcome.tally();
    CacheStats stats = outcome.ending().stats();
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode json = mapper.createObjectNode();
    json.put("schema", SCHEMA)
        .put("seed", outcome.options().seed())
        .put("filesystem", outcome.filesystem())
        .put("page_size", stats.pageSize())
        .put("engine", stats.engine())
        .put("direct", stats.direct())
        .put("registered", stats.registeredBytes() > 0)
        .put("huge_pages", stats.hugePageBytes() > 0)
        .put("device_writes", tally.deviceWrites())
        .put("device_reads", tally.deviceReads())
        .put("short_pins", tally.shortPins())
        .put("longterm_pins", tally.longtermPins())
        .put("file_operations", tally.fileOperations())
        .put("truncates", tally.truncates())
        .put("punches", tally.punches())
        .put("forces", tally.forces())
        .put("evictions", tally.evictions())
        .put("revocations", stats.revocations())
        .put("timeouts", stats.timeouts())
        .put("disconnected", stats.disconnected())
        .put("bytes_verified", outcome.verified().bytes())
        .put("lost_writes", outcome.lostWrites())
        .put("stale_accesses", tally.staleAccesses())
        .put("reused_frames", tally.reusedFrames())
        .put("leaked_frames", stats.leakedFrames())
        .put("truncate_p50_us", micros(tally.truncateNanos(), 50))
        .put("truncate_p99_us", micros(tally.truncateNanos(), 99))
        .put("revoke_p50_us", micros(tally.revokeNanos(), 50))
        .put("revoke_p99_us", micros(tally.revokeNanos(), 99))
        .put("zero_copy", tally.zcSends() > 0)
        .put("zc_sends", tally.zcSends())
        .put("zc_copied", tally.zcCopied())
        .put("exit_reason", outcome.exitReason());
    ObjectNode lost = json.putObject("kernel_lost_writes");
    ObjectNode status = json.putObject("kernel_status");
    outcome
        .kernel()
        .forEach((kind, kernel) -> {
          lost.put(kind, kernel.lostWrites());
          status.put(kind, kernel.status());
        });
    try {
      return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values", e);
    }
  }

  private static @Nullable Double micros(Histogram nanos, double percentile) {
    return nanos.getTotalCount() == 0
        ? null
        : nanos.getValueAtPercentile(percentile) / NANOS_PER_MICRO;
  }
}
