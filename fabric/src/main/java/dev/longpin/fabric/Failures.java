package dev.longpin.fabric;

import dev.longpin.fabric.FabricException.Kind;
import dev.longpin.fabric.lib.FabricCallException;

/** What the error numbers of libfabric mean. */
final class Failures {

  private Failures() {}

  static FabricException of(FabricCallException failure) {
    return new FabricException(
        kind(failure), String.valueOf(failure.getMessage()), failure);
  }

  private static Kind kind(FabricCallException failure) {
    return switch (failure.reason()) {
      case NO_DATA -> Kind.UNAVAILABLE;
      case REFUSED -> Kind.REFUSED;
      case DISCONNECTED -> Kind.DISCONNECTED;
      case NO_ACCESS -> Kind.NO_ACCESS;
      case NO_RESOURCES -> Kind.NO_RESOURCES;
      case OTHER -> Kind.OTHER;
    };
  }
}
