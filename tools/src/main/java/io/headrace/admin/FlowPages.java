package io.headrace.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.headrace.admin.Site.Page;
import io.headrace.admin.Site.Refusal;
import io.headrace.listing.FlowFilter;
import io.headrace.listing.FlowListing;
import io.headrace.listing.LiveFlows;
import io.headrace.passthrough.Passthrough;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * The pages that show a running balancer's flows. Each request goes through all of the tables, so
 * few are answered at a time.
 */
public final class FlowPages {
  /** Answers with each flow as a JSON object on a line of its own. */
  public static final String LIST = "/conntrack/flows";

  /** Answers with the number of flows in each state, as a JSON object. */
  public static final String COUNT = "/conntrack/count";

  private static final int MOST_AT_ONCE = 4;
  private static final JsonFactory JSON = new JsonFactory();

  private final Passthrough passthrough;
  private final Semaphore permits = new Semaphore(MOST_AT_ONCE);

  /**
   * @param passthrough whose flow tables may be closed when the server is
   */
  public FlowPages(Passthrough passthrough) {
    this.passthrough = passthrough;
  }

  /** By their paths. The query of a request is what {@link FlowFilter} reads. */
  public Map<String, Page> pages() {
    return Map.of(
        LIST, page(Media.JSON_LINES, FlowListing::list),
        COUNT, page(Media.JSON, FlowPages::count));
  }

  private interface Answer {
    void write(LiveFlows flows, FlowFilter filter, OutputStream out) throws IOException;
  }

  private Page page(Media media, Answer answer) {
    return new Page() {
      @Override
      public Media media() {
        return media;
      }

      @Override
      public void write(Map<String, String> query, OutputStream out) throws IOException {
        if (!permits.tryAcquire()) {
          throw new Refusal(503, MOST_AT_ONCE + " others read the flows already; try again later");
        }
        try {
          LiveFlows flows = new LiveFlows(passthrough);
          answer.write(flows, filter(query, flows), out);
        } finally {
          permits.release();
        }
      }
    };
  }

  private static FlowFilter filter(Map<String, String> query, LiveFlows flows) throws Refusal {
    try {
      return new FlowFilter(query, flows.names());
    } catch (IllegalArgumentException e) {
      throw new Refusal(400, e.getMessage());
    }
  }

  private static void count(LiveFlows flows, FlowFilter filter, OutputStream out)
      throws IOException {
    long[] counts = FlowListing.count(flows, filter);
    try (JsonGenerator json = JSON.createGenerator(out).useDefaultPrettyPrinter()) {
      json.writeStartObject();
      FlowListing.writeCounts(counts, json);
      json.writeEndObject();
    }
  }
}
