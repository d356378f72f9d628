package dev.longpin.lab.report;

import dev.longpin.lab.Hazard;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A row explained to someone who has never seen it.
 *
 * @param source where it comes from
 */
record HazardText(List<String> paragraphs, String source) {

  static final HazardText NONE = new HazardText(List.of(), "");

  private static final String HEADING = "## ";
  private static final String SOURCE = "Source:";

  /** Reads them: a heading that begins with the row's number, paragraphs, a source. */
  static Map<Hazard, HazardText> read(String markdown) {
    Map<Hazard, HazardText> texts = new EnumMap<>(Hazard.class);
    Hazard hazard = null;
    List<String> paragraphs = new ArrayList<>();
    StringBuilder paragraph = new StringBuilder();
    String source = "";
    for (String line : (markdown + "\n\n" + HEADING).lines().toList()) {
      if (line.startsWith(HEADING)) {
        if (hazard != null) {
          texts.put(hazard, new HazardText(List.copyOf(paragraphs), source));
        }
        hazard = line.equals(HEADING) ? null : Hazard.valueOf(number(line));
        paragraphs.clear();
        source = "";
      } else if (line.startsWith(SOURCE)) {
        source = line.substring(SOURCE.length()).strip();
      } else if (!line.isBlank()) {
        paragraph.append(paragraph.isEmpty() ? "" : " ").append(line.strip());
      } else if (!paragraph.isEmpty()) {
        paragraphs.add(paragraph.toString());
        paragraph.setLength(0);
      }
    }
    return texts;
  }

  private static String number(String heading) {
    String rest = heading.substring(HEADING.length());
    return rest.substring(0, rest.indexOf(' '));
  }
}
