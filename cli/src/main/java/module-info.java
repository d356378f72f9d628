/** The longpin command. */
// HdrHistogram is an automatic module: it has no descriptor.
@SuppressWarnings("requires-automatic")
module dev.longpin.cli {
  requires static org.jspecify;
  requires dev.longpin.core;
  requires dev.longpin.linux;
  requires dev.longpin.guest;
  requires dev.longpin.sim;
  requires dev.longpin.lab;
  requires com.fasterxml.jackson.databind;
  requires info.picocli;
  requires HdrHistogram;
  requires me.tongfei.progressbar;

  opens dev.longpin.cli to
      info.picocli;
  opens dev.longpin.cli.demo to
      info.picocli,
      com.fasterxml.jackson.databind;
  opens dev.longpin.cli.doctor to
      info.picocli,
      com.fasterxml.jackson.databind;
  opens dev.longpin.cli.lab to
      info.picocli;
  opens dev.longpin.cli.output to
      info.picocli;
}
