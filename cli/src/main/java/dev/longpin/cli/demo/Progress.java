package dev.longpin.cli.demo;

import dev.longpin.cli.output.Terminal;
import dev.longpin.cli.workload.Tally;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Shows on a terminal how far a run is; elsewhere it shows nothing. */
final class Progress implements LongConsumer, AutoCloseable {

  private static final int UPDATE_MILLIS = 200;

  private final @Nullable ProgressBar bar;
  private final Tally tally;

  private Progress(@Nullable ProgressBar bar, Tally tally) {
    this.bar = bar;
    this.tally = tally;
  }

  /** Starts the display of a run. */
  static Progress of(Duration time, Tally tally) {
    return new Progress(Terminal.isThere() ? bar(time) : null, tally);
  }

  private static ProgressBar bar(Duration time) {
    return new ProgressBarBuilder()
        .setTaskName("longpin demo")
        .setInitialMax(time.toMillis())
        .setUnit(" s", Duration.ofSeconds(1).toMillis())
        .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
        .setUpdateIntervalMillis(UPDATE_MILLIS)
        .hideEta()
        .clearDisplayOnFinish()
        .build();
  }

  /** The run has worked for so many milliseconds. */
  @Override
  public void accept(long passedMillis) {
    if (bar != null) {
      bar.stepTo(passedMillis);
      bar.setExtraMessage(
          String.format(
              Locale.ROOT,
              " %,d operations, %,d truncates, %,d wrong",
              tally.operations(),
              tally.truncates(),
              tally.wrong()));
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
