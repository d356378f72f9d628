package dev.longpin.cli.doctor;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.longpin.cli.output.OutputFile;
import dev.longpin.linux.probe.Doctor;
import dev.longpin.linux.probe.Finding;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code longpin doctor}: what this machine allows. */
@Command(
    name = "doctor",
    description =
        "Looks at what this machine and its kernel allow, says what Longpin will use, and what to"
            + " do about the rest. Makes small files in DIR, and leaves none.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "2:wrong usage", "3:DIR is no directory that files can be made in"})
public final class DoctorCommand implements Callable<Integer> {

  private static final int SCHEMA = 1;
  private static final int ENVIRONMENT = 3;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      defaultValue = ".",
      description = "Where files would be. Default: the working directory.")
  private Path directory;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      converter = OutputFile.Converter.class,
      description = "Write what was found to FILE; with - to standard output, alone.")
  private @Nullable OutputFile json;

  /** Made by picocli. */
  public DoctorCommand() {}

  @Override
  public Integer call() {
    List<Finding> found = new ArrayList<>(Doctor.lookAtMachine());
    String problem = lookAtDirectory(found);
    boolean jsonOnly = json != null && json.isStandardOutput();
    if (!jsonOnly) {
      print(spec.commandLine().getOut(), found);
    }
    try {
      if (json != null) {
        json.write(json(found), spec.commandLine().getOut());
      }
    } catch (IOException e) {
      problem = json + ": can't be written: " + e.getMessage();
    }
    spec.commandLine().getOut().flush();
    if (problem.isEmpty()) {
      return 0;
    }
    spec.commandLine().getErr().println("longpin doctor: " + problem);
    spec.commandLine().getErr().flush();
    return ENVIRONMENT;
  }

  private String lookAtDirectory(List<Finding> found) {
    if (!Files.isDirectory(directory)) {
      return directory + (Files.exists(directory) ? ": not a directory" : ": no such directory");
    }
    try {
      found.addAll(Doctor.lookAt(directory));
      return "";
    } catch (IOException e) {
      return directory + ": can't make a file there: " + e.getMessage();
    }
  }

  private static void print(PrintWriter out, List<Finding> found) {
    String group = "";
    for (Finding finding : found) {
      if (!finding.group().equals(group)) {
        group = finding.group();
        out.printf("%n%s%n", group);
      }
      String name = finding.key().replace('_', ' ');
      out.printf("  %-8s %-19s %s%n", mark(finding), name, finding.seen());
      if (!finding.advice().isEmpty()) {
        out.printf("  %-8s %-19s -> %s%n", "", "", finding.advice());
      }
    }
  }

  private static String mark(Finding finding) {
    return finding.state() == Finding.State.INFO
        ? "-"
        : finding.state().name().toLowerCase(Locale.ROOT);
  }

  private String json(List<Finding> found) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    root.put("schema", SCHEMA).put("directory", directory.toAbsolutePath().toString());
    ObjectNode findings = root.putObject("findings");
    for (Finding finding : found) {
      findings
          .putObject(finding.key())
          .put("state", finding.state().name().toLowerCase(Locale.ROOT))
          .put("seen", finding.seen())
          .put("advice", finding.advice());
    }
    return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root);
  }
}
