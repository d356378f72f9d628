package dev.longpin.cli.output;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;

/** A file that figures go to, or standard output, which is named {@code -}. */
public record OutputFile(String name) {

  /** Makes one of what was typed. */
  public static final class Converter implements ITypeConverter<OutputFile> {
    /** Made by picocli. */
    public Converter() {}

    @Override
    public OutputFile convert(String text) {
      return new OutputFile(text);
    }
  }

  /** Returns whether it is standard output. */
  public boolean isStandardOutput() {
    return name.equals("-");
  }

  /** Returns the file, if it is not standard output. */
  public Path path() {
    return Path.of(name);
  }

  /** Returns whether it can be written: a run whose figures can't be would be a waste. */
  public boolean isWritable() {
    return isStandardOutput() || isWritable(path());
  }

  /** Returns whether a file can be written, or made where it is to be. */
  public static boolean isWritable(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    return Files.exists(file)
        ? Files.isRegularFile(file) && Files.isWritable(file)
        : folder != null && Files.isDirectory(folder) && Files.isWritable(folder);
  }

  /** Writes a text and a line's end; {@code out} is standard output. */
  public void write(String text, PrintWriter out) throws IOException {
    if (isStandardOutput()) {
      out.println(text);
      out.flush();
    } else {
      Files.writeString(path(), text + System.lineSeparator());
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
