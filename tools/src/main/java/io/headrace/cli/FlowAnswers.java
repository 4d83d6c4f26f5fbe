package io.headrace.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.headrace.admin.FlowPages;
import io.headrace.admin.StatisticsPage;
import io.headrace.config.Address;
import io.headrace.config.Config;
import io.headrace.conntrack.StoredFlows;
import io.headrace.listing.FileFlows;
import io.headrace.listing.FlowFilter;
import io.headrace.listing.FlowListing;
import io.headrace.registry.Registry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Answers questions about the connections of the balancer with a configuration. One that runs is
 * asked, on its control socket or at the address of its statistics; of one that does not, the flow
 * file is read.
 */
final class FlowAnswers {
  private static final JsonFactory JSON = new JsonFactory();

  private final Config config;
  private final Path socket;
  private final Optional<Long> process;
  private final Map<String, String> wanted;
  private final Path file;
  private int damages;

  /** A filter that makes no sense; the message is one line for a user. */
  static final class WrongFilterException extends RuntimeException {
    private static final long serialVersionUID = 1;

    WrongFilterException(String message) {
      super(message);
    }
  }

  /**
   * @param socket where it is asked first
   * @param process one that another has followed, which is asked there alone
   * @param wanted which connections, as {@link FlowFilter} has it
   */
  FlowAnswers(Config config, Path socket, Optional<Long> process, Map<String, String> wanted) {
    this.config = config;
    this.socket = socket;
    this.process = process;
    this.wanted = wanted;
    this.file = config.passthrough().connectionTrackerFile();
  }

  /** Writes each connection as a JSON object on a line of its own. */
  void list(OutputStream out) throws IOException {
    Optional<InputStream> live = ask(FlowPages.LIST);
    if (live.isPresent()) {
      try (InputStream answer = live.get()) {
        AdminClient.copy(answer, out);
      }
      return;
    }
    try (StoredFlows stored = open()) {
      FileFlows flows = flows(stored);
      FlowListing.list(flows, filter(flows), out);
    }
  }

  /** Counts, as a JSON object. */
  String count() throws IOException {
    StringWriter counts = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(counts).useDefaultPrettyPrinter()) {
      if (!countLive(json)) {
        try (StoredFlows stored = open()) {
          count(stored, json);
        }
      }
    }
    return counts.toString();
  }

  /** False when no balancer runs. Without a filter, a flow table counts more than flows. */
  private boolean countLive(JsonGenerator json) throws IOException {
    if (wanted.isEmpty()) {
      Optional<InputStream> statistics = ask(StatisticsPage.PATH);
      if (statistics.isPresent() && copyCounts(statistics.get(), true, json)) {
        return true;
      }
    }
    Optional<InputStream> counts = ask(FlowPages.COUNT);
    return counts.isPresent() && copyCounts(counts.get(), false, json);
  }

  /**
   * @param statistics whether the counts are a part of these, unless there is no flow table
   */
  private boolean copyCounts(InputStream live, boolean statistics, JsonGenerator json) {
    try (JsonParser answer = JSON.createParser(live)) {
      answer.nextToken();
      if (statistics && !skipTo("conntrack", answer)) {
        return false;
      }
      json.copyCurrentStructure(answer);
      return true;
    } catch (IOException e) {
      throw new CommandFailure("the balancer's answer is cut short");
    }
  }

  private void count(StoredFlows stored, JsonGenerator json) throws IOException {
    FileFlows flows = flows(stored);
    json.writeStartObject();
    FlowListing.writeCounts(FlowListing.count(flows, filter(flows)), json);
    if (wanted.isEmpty()) {
      json.writeNumberField("capacity", stored.capacity());
      json.writeNumberField("file_bytes", stored.fileBytes());
    }
    json.writeEndObject();
  }

  private static boolean skipTo(String field, JsonParser object) throws IOException {
    while (object.nextToken() == JsonToken.FIELD_NAME && !object.currentName().equals(field)) {
      object.nextToken();
      object.skipChildren();
    }
    return object.nextToken() == JsonToken.START_OBJECT;
  }

  /** The answer of the balancer; empty when nobody listens there and nobody has the flow file. */
  private Optional<InputStream> ask(String path) throws IOException {
    Optional<InputStream> local = AdminClient.get(socket, path, wanted);
    if (local.isPresent()) {
      return local;
    }
    if (process.isPresent()) {
      throw doesNotDrain(process.get());
    }
    Optional<InetSocketAddress> listen = config.stats().listen();
    if (listen.isPresent()) {
      Optional<InputStream> answer = AdminClient.get(listen.get(), path, wanted);
      if (answer.isPresent()) {
        return answer;
      }
    }
    StoredFlows.user(file)
        .ifPresent(
            process -> {
              throw new CommandFailure(
                  "a balancer has flow file %s (process %s), and cannot be asked: %s"
                      .formatted(
                          file,
                          process,
                          listen
                              .map(
                                  at ->
                                      "nobody listens on " + Address.format(at) + ", [stats] here")
                              .orElse("there is no [stats] in its configuration")));
            });
    return Optional.empty();
  }

  /** Nobody listens on the socket of such a process. */
  static CommandFailure doesNotDrain(long process) {
    return new CommandFailure(
        "process %d, if there is one, is none of yours that drains with this configuration"
            .formatted(process));
  }

  private StoredFlows open() {
    StoredFlows stored = StoredFlows.open(file);
    damages = stored.damages();
    Failures.say("no balancer runs; this is its flow file " + file);
    return stored;
  }

  private FileFlows flows(StoredFlows stored) {
    return new FileFlows(stored, new Registry(config).snapshot());
  }

  private FlowFilter filter(FileFlows flows) {
    try {
      return new FlowFilter(wanted, flows.names());
    } catch (IllegalArgumentException e) {
      throw new WrongFilterException(e.getMessage());
    }
  }

  /**
   * To be asked when the answer was shown.
   *
   * @throws CommandFailure when something may be missing in it
   */
  void requireWhole() {
    if (damages > 0) {
      throw new CommandFailure(
          "flow file %s is damaged: %d entries or parts are wrong, and not shown"
              .formatted(file, damages));
    }
  }
}
