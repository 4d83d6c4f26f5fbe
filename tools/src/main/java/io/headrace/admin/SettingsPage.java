package io.headrace.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.headrace.config.Setting;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The page of what holds for each key of the configuration: an object with {@code value}, {@code
 * stated} and {@code at_start} for each.
 */
public record SettingsPage(Supplier<Map<String, Setting>> running) implements Site.Page {
  public static final String PATH = "/config";

  private static final JsonFactory JSON = new JsonFactory();

  @Override
  public Media media() {
    return Media.JSON;
  }

  @Override
  public void write(Map<String, String> query, OutputStream out) throws IOException {
    try (JsonGenerator json = JSON.createGenerator(out).useDefaultPrettyPrinter()) {
      json.writeStartObject();
      for (Map.Entry<String, Setting> each : running.get().entrySet()) {
        json.writeObjectFieldStart(each.getKey());
        json.writeStringField("value", each.getValue().value());
        json.writeBooleanField("stated", each.getValue().stated());
        json.writeBooleanField("at_start", each.getValue().atStart());
        json.writeEndObject();
      }
      json.writeEndObject();
    }
  }
}
