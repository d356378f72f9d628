package dev.longpin.cli.output;

import java.io.Console;
import java.util.Optional;

/** Who reads what a command prints. */
public final class Terminal {

  private Terminal() {}

  /** Returns whether a person does, rather than a file or a program. */
  public static boolean isThere() {
    return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
  }
}
