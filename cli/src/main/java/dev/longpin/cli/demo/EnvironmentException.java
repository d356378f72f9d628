package dev.longpin.cli.demo;

/** The environment does not allow what was asked; the message is one clear line for a person. */
final class EnvironmentException extends Exception {
  private static final long serialVersionUID = 1L;

  EnvironmentException(String message) {
    super(message);
  }
}
