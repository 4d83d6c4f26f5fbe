package io.headrace.listing;

import com.fasterxml.jackson.core.JsonGenerator;
import io.headrace.conntrack.FlowState;
import java.io.IOException;
import java.io.OutputStream;

/** What is said of the flows of a source. */
public final class FlowListing {
  private FlowListing() {}

  /** Writes each flow as a JSON object on a line of its own. */
  public static void list(FlowSource source, FlowFilter filter, OutputStream out)
      throws IOException {
    FlowJson json = new FlowJson(out, source.names(), System.nanoTime());
    source.forEach(
        flow -> {
          if (filter.passes(flow)) {
            json.write(flow);
          }
        });
    json.flush();
  }

  /** How many flows there are, by the ordinal of their state. */
  public static long[] count(FlowSource source, FlowFilter filter) throws IOException {
    long[] counts = new long[FlowState.values().length];
    source.forEach(
        flow -> {
          if (filter.passes(flow)) {
            counts[flow.state().ordinal()]++;
          }
        });
    return counts;
  }

  /** Writes the field {@code flows}: how many there are in each state. */
  public static void writeCounts(long[] counts, JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("flows");
    for (FlowState state : FlowState.values()) {
      json.writeNumberField(state.label(), counts[state.ordinal()]);
    }
    json.writeEndObject();
  }
}
