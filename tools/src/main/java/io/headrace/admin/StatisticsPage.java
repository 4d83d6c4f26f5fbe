package io.headrace.admin;

import io.headrace.passthrough.Passthrough;
import io.headrace.registry.Registry;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The page of a running balancer's {@link Statistics}. */
public record StatisticsPage(Registry registry, Passthrough passthrough, Path flowFile)
    implements AdminServer.Page {
  public static final String PATH = "/stats";

  @Override
  public String type() {
    return "application/json";
  }

  @Override
  public void write(Map<String, String> query, OutputStream out) throws IOException {
    Statistics.write(registry.snapshot(), passthrough, fileBytes(), out);
  }

  /** 0 when the file has lost its name: the balancer goes on with what it has open. */
  private long fileBytes() {
    try {
      return Files.size(flowFile);
    } catch (IOException e) {
      return 0;
    }
  }
}
