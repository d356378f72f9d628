package dev.longpin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What holds for every source file, and no compiler checks. */
class SourcesTest {
  private static final int MAX_LINES = 500;

  @Test
  void noJavaFileExceeds500Lines() throws IOException {
    List<Path> sources = javaFiles(repository());
    assertThat(sources).as("Java files").isNotEmpty();

    List<String> tooLong = new ArrayList<>();
    for (Path source : sources) {
      int lines = Files.readAllLines(source).size();
      if (lines > MAX_LINES) {
        tooLong.add(source + ": " + lines + " lines");
      }
    }
    assertThat(tooLong).as("files of more than " + MAX_LINES + " lines: split them").isEmpty();
  }

  /** The repository's root: the nearest folder above this module that has the launcher. */
  private static Path repository() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isRegularFile(folder.resolve("longpin"))) {
      folder = folder.getParent();
      assertThat(folder)
          .as("a folder with the file 'longpin', at or above the module's")
          .isNotNull();
    }
    return folder;
  }

  private static List<Path> javaFiles(Path root) throws IOException {
    List<Path> found = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            String name = folder.getFileName().toString();
            boolean ours = !name.equals("target") && (!name.startsWith(".") || folder.equals(root));
            return ours ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".java")) {
              found.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return found;
  }
}
