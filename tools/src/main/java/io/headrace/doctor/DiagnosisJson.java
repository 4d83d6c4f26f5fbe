package io.headrace.doctor;

import com.fasterxml.jackson.core.JsonGenerator;
import io.headrace.doctor.Diagnosis.Entry;
import java.io.IOException;
import java.util.Locale;

/** A diagnosis for programs. */
public final class DiagnosisJson {
  private DiagnosisJson() {}

  /** Writes it as a field of the object that is open. */
  public static void write(String name, Diagnosis diagnosis, JsonGenerator out) throws IOException {
    out.writeArrayFieldStart(name);
    for (Entry each : diagnosis.entries()) {
      out.writeStartObject();
      out.writeStringField("level", each.level().name().toLowerCase(Locale.ROOT));
      out.writeStringField("check", each.check());
      out.writeStringField("text", each.finding().text());
      if (!each.finding().mend().isEmpty()) {
        out.writeStringField("mend", each.finding().mend());
      }
      out.writeEndObject();
    }
    out.writeEndArray();
  }
}
