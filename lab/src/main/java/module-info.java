/** The lab: hazards, the scheduler, oracles, reports. */
module dev.longpin.lab {
  requires static org.jspecify;
  requires dev.longpin.core;
  requires dev.longpin.linux;
  requires com.fasterxml.jackson.databind;

  exports dev.longpin.lab;
  exports dev.longpin.lab.report;
}
