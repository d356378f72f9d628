package dev.longpin.cli.lab;

import dev.longpin.cli.output.Terminal;
import dev.longpin.lab.Cell;
import java.util.function.Consumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Shows on a terminal how far a run is; elsewhere it shows nothing. */
final class LabProgress implements Consumer<Cell>, AutoCloseable {

  private final @Nullable ProgressBar bar;

  private LabProgress(@Nullable ProgressBar bar) {
    this.bar = bar;
  }

  static LabProgress of(int cells) {
    return new LabProgress(
        Terminal.isThere()
            ? new ProgressBarBuilder()
                .setTaskName("longpin lab")
                .setInitialMax(cells)
                .setUnit(" cells", 1)
                .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
                .clearDisplayOnFinish()
                .build()
            : null);
  }

  @Override
  public void accept(Cell cell) {
    if (bar != null) {
      bar.setExtraMessage(" " + cell.hazard() + " " + cell.column().label());
      bar.step();
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
