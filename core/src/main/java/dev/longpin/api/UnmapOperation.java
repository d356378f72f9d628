package dev.longpin.api;

/** The operations that take pages away from devices. */
public enum UnmapOperation {
  /** The file gets shorter. */
  TRUNCATE,
  /** A range of the file becomes a hole. */
  PUNCH_HOLE,
  /** The file is deleted. */
  DELETE,
  /** A range leaves the cache and stays in the file. */
  EVICT,
  /** The last open instance of the file is closed. */
  CLOSE
}
