package dev.longpin.cli.lab;

import dev.longpin.cli.output.OutputFile;
import dev.longpin.lab.Cell;
import dev.longpin.lab.Column;
import dev.longpin.lab.Hazard;
import dev.longpin.lab.Lab;
import dev.longpin.lab.LabOptions;
import dev.longpin.lab.LabResult;
import dev.longpin.lab.report.HtmlReport;
import dev.longpin.lab.report.LabJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code longpin lab}: every hazard against every policy. */
@Command(
    name = "lab",
    description =
        "Tries each hazard between a device and a file against each policy, over many"
            + " interleavings of the shipped code, and on this machine's kernel.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every policy held, and the unprotected column broke as it must",
      "1:a policy broke a guarantee, or a canary lived",
      "2:wrong usage",
      "3:the environment"
    })
public final class LabCommand implements Callable<Integer> {

  private static final int FAILED = 1;
  private static final int ENVIRONMENT = 3;

  /** How long each policy is measured without the scheduler. */
  private static final Duration COST_TIME = Duration.ofSeconds(1);

  @Spec private CommandSpec spec;

  @Option(
      names = "--hazard",
      split = ",",
      paramLabel = "H",
      description = "Only these rows: ${COMPLETION-CANDIDATES}.")
  private @Nullable List<Hazard> hazards;

  @Option(
      names = "--policy",
      split = ",",
      paramLabel = "P",
      description = "Only these columns, such as revoke.")
  private @Nullable List<String> policies;

  @Option(
      names = "--schedules",
      paramLabel = "N",
      defaultValue = "8000",
      description = "Interleavings a cell. Default: ${DEFAULT-VALUE}.")
  private int schedules;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "What samples depend on. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--replay",
      paramLabel = "ID",
      description = "Run one interleaving again, as a cell gave it, and draw it.")
  private @Nullable String replay;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      converter = OutputFile.Converter.class,
      description = "Write what was found to FILE; with - to standard output, alone.")
  private @Nullable OutputFile json;

  @Option(
      names = "--report",
      paramLabel = "FILE.html",
      description = "Write a report to FILE: one file that needs no network.")
  private @Nullable Path report;

  /** Made by picocli. */
  public LabCommand() {}

  @Override
  public Integer call() {
    if (schedules < 1) {
      throw new ParameterException(spec.commandLine(), "--schedules: at least 1");
    }
    if (json != null && !json.isWritable()) {
      return complain(json + ": can't be written", ENVIRONMENT);
    }
    if (report != null && !OutputFile.isWritable(report)) {
      return complain(report + ": can't be written", ENVIRONMENT);
    }
    LabOptions options =
        new LabOptions(
            hazards == null ? EnumSet.allOf(Hazard.class) : EnumSet.copyOf(hazards),
            columns(),
            schedules,
            seed,
            folder());
    try {
      Lab lab = new Lab(options);
      return replay == null ? run(lab) : replay(lab, replay);
    } catch (IllegalStateException e) {
      return complain(String.valueOf(e.getMessage()), ENVIRONMENT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return complain("interrupted", FAILED);
    } catch (IOException e) {
      return complain(e.toString(), ENVIRONMENT);
    }
  }

  /** The working directory's file system is of interest, if we may make files there. */
  private static Path folder() {
    Path here = Path.of("").toAbsolutePath();
    return Files.isWritable(here) ? here : Path.of(System.getProperty("java.io.tmpdir"));
  }

  private Set<Column> columns() {
    if (policies == null) {
      return EnumSet.allOf(Column.class);
    }
    Set<Column> columns = EnumSet.noneOf(Column.class);
    for (String policy : policies) {
      try {
        columns.add(Column.of(policy));
      } catch (IllegalArgumentException e) {
        throw new ParameterException(
            spec.commandLine(), "--policy: " + policy + " is none of " + List.of(Column.values()));
      }
    }
    return columns;
  }

  private int complain(String what, int code) {
    spec.commandLine().getErr().println("longpin lab: " + what);
    spec.commandLine().getErr().flush();
    return code;
  }

  private int replay(Lab lab, String id) {
    Cell cell;
    try {
      cell = lab.replay(id);
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new ParameterException(spec.commandLine(), "--replay: " + id + " is no schedule", e);
    }
    new LabTable(spec.commandLine().getOut()).timeline(cell);
    return cell.violations() == 0 ? 0 : FAILED;
  }

  private int run(Lab lab) throws InterruptedException, IOException {
    boolean jsonOnly = json != null && json.isStandardOutput();
    PrintWriter people = jsonOnly ? spec.commandLine().getErr() : spec.commandLine().getOut();
    long start = System.nanoTime();
    List<Cell> cells;
    try (LabProgress progress = LabProgress.of(lab.cellCount())) {
      cells = lab.run(progress);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    boolean wantsCosts = json != null || report != null;
    LabResult result =
        new LabResult(seed, seconds, cells, wantsCosts ? lab.costs(COST_TIME) : List.of());
    new LabTable(people).print(result);
    if (json != null) {
      json.write(LabJson.of(result), spec.commandLine().getOut());
    }
    if (report != null) {
      Files.writeString(report, HtmlReport.of(result));
      people.println("The report is in " + report + ".");
      people.flush();
    }
    spec.commandLine().getOut().flush();
    return result.isGood() ? 0 : FAILED;
  }
}
