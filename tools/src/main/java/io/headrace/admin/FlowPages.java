package io.headrace.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.headrace.admin.Site.Action;
import io.headrace.admin.Site.Page;
import io.headrace.admin.Site.Refusal;
import io.headrace.listing.FlowFilter;
import io.headrace.listing.FlowListing;
import io.headrace.listing.LiveFlows;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pages that show a running balancer's flows, and what closes some. Each request goes through
 * all of the tables, so few are answered at a time.
 */
public final class FlowPages {
  /** Answers with each flow as a JSON object on a line of its own. */
  public static final String LIST = "/conntrack/flows";

  /** Answers with the number of flows in each state, as a JSON object. */
  public static final String COUNT = "/conntrack/count";

  /** Closes flows; a query without a filter has to have {@link #ALL}. */
  public static final String CLOSE = "/conntrack/close";

  /** The parameter that stands for no filter. */
  public static final String ALL = "all";

  private static final Logger LOG = LoggerFactory.getLogger(FlowPages.class);
  private static final int MOST_AT_ONCE = 4;
  private static final JsonFactory JSON = new JsonFactory();

  private final Supplier<LiveFlows> flows;
  private final Semaphore permits = new Semaphore(MOST_AT_ONCE);

  /**
   * @param flows those of a request; their tables may be closed when the server is
   */
  public FlowPages(Supplier<LiveFlows> flows) {
    this.flows = flows;
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
        FlowPages.this.answer(query, out, answer);
      }
    };
  }

  private void answer(Map<String, String> query, OutputStream out, Answer answer)
      throws IOException {
    if (!permits.tryAcquire()) {
      throw new Refusal(503, MOST_AT_ONCE + " others read the flows already; try again later");
    }
    try {
      LiveFlows there = flows.get();
      answer.write(there, filter(query, there), out);
    } finally {
      permits.release();
    }
  }

  /** By its path. The query is as that of the pages. */
  public Map<String, Action> actions() {
    return Map.of(CLOSE, this::close);
  }

  private String close(Map<String, String> query, String who) throws Refusal {
    Map<String, String> wanted = new TreeMap<>(query);
    boolean all = wanted.remove(ALL) != null;
    if (wanted.isEmpty() != all) {
      throw new Refusal(400, "which connections? Name a filter, or all of them");
    }
    AtomicLong closed = new AtomicLong();
    try {
      answer(
          wanted,
          OutputStream.nullOutputStream(),
          (there, filter, _) -> closed.set(there.close(filter)));
    } catch (Refusal refusal) {
      throw refusal;
    } catch (IOException | IllegalStateException e) {
      throw new Refusal(503, "not all may be closed: " + e.getMessage());
    }
    String what = "connections closed: " + closed;
    LOG.info("{} ({}), asked for by {}", what, all ? "all" : wanted, who);
    return what;
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
