package io.headrace.admin;

import io.headrace.admin.Site.Page;
import io.headrace.admin.Site.Refusal;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The pages that tell whoever supervises a balancer whether it lives, and whether it is ready. */
public final class HealthPages {
  /** Answers with 200 as long as the process does its work. */
  public static final String ALIVE = "/healthz";

  /** Answers with 200 while new connections are let in, else with 503 and the reason. */
  public static final String READY = "/readyz";

  private HealthPages() {}

  /**
   * By their paths.
   *
   * @param obstacle why no new connections are let in; empty when they are
   */
  public static Map<String, Page> pages(Supplier<Optional<String>> obstacle) {
    return Map.of(ALIVE, page(Optional::empty), READY, page(obstacle));
  }

  private static Page page(Supplier<Optional<String>> obstacle) {
    return new Page() {
      @Override
      public Media media() {
        return Media.TEXT;
      }

      @Override
      public void write(Map<String, String> query, OutputStream out) throws IOException {
        Optional<String> reason = obstacle.get();
        if (reason.isPresent()) {
          throw new Refusal(503, reason.get());
        }
        out.write("ok\n".getBytes(StandardCharsets.UTF_8));
      }
    };
  }
}
