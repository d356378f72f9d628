package dev.longpin.lab;

import dev.longpin.base.Seam;
import dev.longpin.lab.cost.CostRun;
import dev.longpin.lab.kernel.LiveKernel;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Runs the matrix. */
public final class Lab {

  private final LabOptions options;

  /**
   * Makes one.
   *
   * @throws IllegalStateException if the JVM was not started so that schedulers can take control
   */
  public Lab(LabOptions options) {
    if (!Seam.CONTROLLED) {
      throw new IllegalStateException("the JVM needs -Dlongpin.seam.controlled=true");
    }
    this.options = options;
  }

  /** Returns how many cells there are. */
  public int cellCount() {
    return options.hazards().size() * options.columns().size();
  }

  /**
   * Tries every cell, several at a time.
   *
   * @param done is told of each, from any thread
   * @return them by rows
   */
  public List<Cell> run(Consumer<Cell> done) throws InterruptedException {
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors());
    List<Future<Cell>> cells = new ArrayList<>();
    try (ExecutorService workers =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("lab-", 0).factory())) {
      for (Hazard hazard : options.hazards()) {
        for (Column column : options.columns()) {
          cells.add(
              workers.submit(() -> {
                Cell cell = runOne(hazard, column);
                done.accept(cell);
                return cell;
              }));
        }
      }
      List<Cell> all = new ArrayList<>();
      for (Future<Cell> cell : cells) {
        all.add(get(cell));
      }
      return all;
    }
  }

  /**
   * Measures what each policy costs, one after the other, on real threads.
   *
   * @throws IOException if there is no room for a small file
   */
  public List<PolicyCost> costs(Duration each) throws IOException, InterruptedException {
    List<PolicyCost> costs = new ArrayList<>();
    for (Column column : options.columns()) {
      if (column.policy() != null) {
        costs.add(CostRun.measure(column, options.folder(), each));
      }
    }
    return costs;
  }

  private static Cell get(Future<Cell> cell) throws InterruptedException {
    try {
      return cell.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the lab itself failed: " + e.getCause(), e.getCause());
    }
  }

  private Cell runOne(Hazard hazard, Column column) {
    try {
      return column == Column.KERNEL
          ? LiveKernel.run(hazard, options.folder())
          : new CellRunner(hazard, column, options).run();
    } catch (RuntimeException e) {
      throw new IllegalStateException(hazard + " " + column.label() + ": " + e.getMessage(), e);
    }
  }

  /**
   * Runs one schedule again.
   *
   * @param id as a cell gave it: {@code H1/unprotected/0/12:1,40:2}
   * @throws IllegalArgumentException if it is none
   */
  public Cell replay(String id) {
    String[] parts = id.split("/", 3);
    if (parts.length < 3) {
      throw new IllegalArgumentException("not a schedule: " + id);
    }
    Hazard hazard = Hazard.valueOf(parts[0]);
    Column column = Column.of(parts[1]);
    return new CellRunner(hazard, column, options).replay(parts[2]);
  }
}
