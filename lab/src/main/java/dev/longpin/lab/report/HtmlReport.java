package dev.longpin.lab.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.longpin.lab.Column;
import dev.longpin.lab.Hazard;
import dev.longpin.lab.LabResult;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A run as one HTML file: data, text, style and scripts are all in it. */
public final class HtmlReport {

  private static final String FOLDER = "/dev/longpin/lab/";
  private static final String CHARTS =
      "META-INF/resources/webjars/chart.js/4.4.9/dist/chart.umd.js";

  private HtmlReport() {}

  /**
   * Returns the file's text.
   *
   * @throws IOException if a part of the lab's own jar can't be read
   */
  public static String of(LabResult result) throws IOException {
    Map<Hazard, HazardText> texts = HazardText.read(resource(FOLDER + "hazards.md"));
    return resource(FOLDER + "report.html")
        .replace("/*STYLE*/", resource(FOLDER + "report.css"))
        .replace("/*DATA*/", data(result, texts))
        .replace("/*SCRIPT*/", resource(FOLDER + "report.js"))
        .replace("/*CHARTS*/", forScript(charts()));
  }

  private static String data(LabResult result, Map<Hazard, HazardText> texts) {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    try {
      root.set("run", mapper.readTree(LabJson.of(result)));
      ObjectNode hazards = root.putObject("hazards");
      for (Hazard hazard : Hazard.values()) {
        HazardText text = texts.getOrDefault(hazard, HazardText.NONE);
        hazards
            .putObject(hazard.name())
            .put("title", hazard.title())
            .put("guarantee", hazard.guarantee())
            .put("source", text.source())
            .put("canary", hazard.canary())
            .set("paragraphs", mapper.valueToTree(text.paragraphs()));
      }
      ObjectNode columns = root.putObject("columns");
      for (Column column : Column.values()) {
        columns
            .putObject(column.label())
            .put("meaning", column.meaning())
            .put("ships", column.ships());
      }
      root.put("good", result.isGood());
      return forScript(mapper.writeValueAsString(root));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values", e);
    }
  }

  /** In a script element nothing may look like its end. */
  private static String forScript(String text) {
    return text.replace("</", "<\\/");
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
      return text(name, in);
    }
  }

  /** It lies in another module, in a folder that is no package. */
  private static String charts() throws IOException {
    try (InputStream in = HtmlReport.class.getClassLoader().getResourceAsStream(CHARTS)) {
      return text(CHARTS, in);
    }
  }

  private static String text(String name, @Nullable InputStream in) throws IOException {
    if (in == null) {
      throw new IOException("missing in the jars: " + name);
    }
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }
}
