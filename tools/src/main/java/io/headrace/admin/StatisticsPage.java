package io.headrace.admin;

import io.headrace.passthrough.Passthrough;
import io.headrace.proxy.Proxy;
import io.headrace.registry.Registry;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** The page of a running balancer's {@link Statistics}. */
public record StatisticsPage(
    Registry registry, Optional<Passthrough> passthrough, Path flowFile, Proxy proxy)
    implements AdminServer.Page {
  public static final String PATH = "/stats";

  @Override
  public String type() {
    return "application/json";
  }

  @Override
  public void write(Map<String, String> query, OutputStream out) throws IOException {
    Statistics.write(registry, passthrough, fileBytes(), proxy, out);
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
