package io.headrace.admin;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;

/**
 * The page for a person: it needs no other file, and asks for the others again and again. A browser
 * runs its own script and nothing else.
 */
public final class DashboardPage implements Site.Page {
  public static final String PATH = "/";

  private static final String POLICY =
      "default-src 'none'; script-src '%s'; style-src '%s'; img-src data:; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final byte[] page;
  private final Media media;

  public DashboardPage() {
    String style = resource("dashboard.css");
    String script = resource("dashboard.js");
    page =
        resource("dashboard.html")
            .replace("${style}", style)
            .replace("${script}", script)
            .getBytes(StandardCharsets.UTF_8);
    media = new Media("text/html; charset=utf-8", POLICY.formatted(hash(script), hash(style)));
  }

  private static String resource(String name) {
    try (InputStream in = DashboardPage.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What Content-Security-Policy calls a hash source. */
  private static String hash(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return "sha256-" + Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Media media() {
    return media;
  }

  @Override
  public void write(Map<String, String> query, OutputStream out) throws IOException {
    out.write(page);
  }
}
