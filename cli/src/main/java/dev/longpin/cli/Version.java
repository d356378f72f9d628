package dev.longpin.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** What {@code longpin --version} says. The build writes the version into a resource. */
final class Version implements IVersionProvider {
  private static final String RESOURCE = "version.properties";

  @Override
  public String[] getVersion() throws IOException {
    try (InputStream in = Version.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("this build of longpin lacks its " + RESOURCE);
      }
      Properties properties = new Properties();
      properties.load(in);
      return new String[] {
        "longpin " + properties.getProperty("version"),
        "Java " + Runtime.version() + ", " + System.getProperty("os.name"),
      };
    }
  }
}
