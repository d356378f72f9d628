package dev.longpin.cli.ledger;

import dev.longpin.cli.ledger.Findings.Bad;
import dev.longpin.cli.ledger.Findings.Kind;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads a file from outside the cache and compares every byte with the ledger. */
public final class Verifier {

  /**
   * What was found.
   *
   * @param bytes how many bytes of the file were compared
   * @param lost runs of one write each that are not in the file
   */
  public record Result(long bytes, List<Bad> lost) {}

  private static final int ATTEMPTS = 3;

  private Verifier() {}

  /**
   * Compares a file with a ledger when all writers have ended and all was forced.
   *
   * @param sizeBytes the size that the file must have
   */
  public static Result verify(Path path, Ledger ledger, long sizeBytes) throws IOException {
    return verify(path, ledger, sizeBytes, sizeBytes);
  }

  /** Compares a file with a ledger that does not know how long the file was in the end. */
  public static Result verifyAtLeast(Path path, Ledger ledger) throws IOException {
    return verify(path, ledger, ledger.certainEnd(), ledger.geometry().maxBytes());
  }

  /** What the file lacks is not there. */
  private static Result verify(Path path, Ledger ledger, long minBytes, long maxBytes)
      throws IOException {
    Geometry geometry = ledger.geometry();
    List<Bad> lost = new ArrayList<>();
    long at = 0;
    try (FileChannel channel = FileChannel.open(path)) {
      long found = channel.size();
      long wanted = Math.clamp(found, minBytes, maxBytes);
      if (found != wanted) {
        Guarantee size = new Guarantee(Math.min(found, wanted), Math.max(found, wanted), 0);
        String expected = "one at offset %,d".formatted(wanted);
        lost.add(new Bad(size, found, Kind.END, 0, expected, false));
      }
      long size = Math.min(Math.max(found, wanted), geometry.maxBytes());
      ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(geometry.regionBytes()));
      for (long start = 0; start < size; start += geometry.regionBytes()) {
        at = start;
        long end = Math.min(size, start + geometry.regionBytes());
        long wordsEnd = (end + Long.BYTES - 1) / Long.BYTES * Long.BYTES;
        Expectation expectation = ledger.expect(start, wordsEnd);
        Findings findings = ledger.judge(expectation, read(channel, start, end, buffer.clear()));
        lost.addAll(findings.bad());
      }
      return new Result(Math.min(size, channel.size()), List.copyOf(lost));
    } catch (IOException e) {
      throw new IOException(
          "%s can't be read at %,d, to compare it: %s".formatted(path, at, e.getMessage()), e);
    }
  }

  /**
   * Compares some ranges of the file with what had been expected of them before they were forced,
   * while others work on the file. What the file has no more is skipped: it was cut.
   *
   * @return the writes that are not in the file
   */
  public static List<Bad> verifyForced(FileChannel channel, Ledger ledger, List<Expectation> forced)
      throws IOException {
    List<Bad> lost = new ArrayList<>();
    for (Expectation expectation : forced) {
      List<Bad> bad = List.of();
      // A write of the same page that is under way may be seen half done.
      for (int attempt = 0; attempt == 0 || (attempt < ATTEMPTS && !bad.isEmpty()); attempt++) {
        bad = verifyForced(channel, ledger, expectation);
      }
      lost.addAll(bad);
    }
    return lost;
  }

  private static List<Bad> verifyForced(FileChannel channel, Ledger ledger, Expectation expectation)
      throws IOException {
    if (expectation.to() > channel.size()) {
      return List.of();
    }
    ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(expectation.to() - expectation.from()));
    MemorySegment found = read(channel, expectation.from(), expectation.to(), buffer);
    return ledger.judge(expectation, found).bad();
  }

  private static MemorySegment read(FileChannel channel, long start, long end, ByteBuffer buffer)
      throws IOException {
    buffer.limit((int) (end - start));
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, start + buffer.position()) < 0) {
        break;
      }
    }
    return MemorySegment.ofBuffer(buffer.flip());
  }
}
