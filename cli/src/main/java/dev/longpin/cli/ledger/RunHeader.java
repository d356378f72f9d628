package dev.longpin.cli.ledger;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What a run began with, as its log has it.
 *
 * @param seed of the stamps
 * @param geometry how the file is divided
 * @param sizeBytes the file's size at first
 * @param original the file that it is a copy of; empty if it was stamped throughout
 * @param originalMillis when that was last modified
 */
public record RunHeader(
    long seed, Geometry geometry, long sizeBytes, String original, long originalMillis) {

  ByteBuffer encode() {
    byte[] name = original.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(4 * Long.BYTES + Integer.BYTES + name.length)
        .putLong(seed)
        .putLong(geometry.regionBytes())
        .putInt(geometry.regionCount())
        .putLong(sizeBytes)
        .putLong(originalMillis)
        .put(name)
        .flip();
  }

  static RunHeader decode(ByteBuffer from) {
    long seed = from.getLong();
    Geometry geometry = new Geometry(from.getLong(), from.getInt());
    long sizeBytes = from.getLong();
    long originalMillis = from.getLong();
    return new RunHeader(
        seed, geometry, sizeBytes, StandardCharsets.UTF_8.decode(from).toString(), originalMillis);
  }
}
