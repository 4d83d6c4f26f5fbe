package io.headrace.counters;

import java.util.Locale;

/**
 * What is counted or measured. Many have several counters: one for each worker, reason, state,
 * frontend or server ({@link Name}).
 */
public enum Metric {
  // Frames of passthrough.
  FRAMES_RECEIVED("frames that capture took from the interfaces"),
  FRAMES_FORWARDED("frames that were given to an interface to send"),
  FRAMES_OFFLOADED("frames that the kernel forwarded by itself, which capture never saw"),
  FRAMES_ANSWERED("frames that were answered, by reason"),
  FRAMES_DROPPED("frames that were dropped, by reason"),
  FRAMES_PASSED("frames that were left to the kernel, by reason"),
  FRAMES_MISSED("frames that were lost before capture took them, by interface"),
  SEND_FAILED("frames that the kernel refused to send, by interface"),
  RING_FULL("times that capture found no free slot"),
  STAGE_FAULTS("exceptions out of a stage"),
  CYCLE_LONGEST("nanoseconds of the longest duty cycle, by thread"),
  CYCLES_STALLED("duty cycles of a millisecond and more, by thread"),

  // Flow tables of passthrough, by worker.
  FLOWS("flows now, by state"),
  FLOW_HITS("look-ups that found a live flow: one for each frame of a known flow"),
  FLOW_MISSES("look-ups that found none"),
  FLOWS_CREATED("flows that began"),
  FLOWS_EXPIRED("flows that ended because no frame came in time"),
  FLOWS_RECYCLED("flows, opening or over, that made room for others"),
  NAT_PORTS_RECYCLED("flows, opening or over, whose NAT port was needed"),
  FLOWS_TABLE_FULL("flows that found no room"),
  FLOWS_NO_NAT_PORT("flows that found no NAT port"),
  FLOWS_NOT_STORED("flows that could not be written to the flow file"),
  FLOWS_SOURCE_LIMITED("flows that were one too many of their source address"),
  FLOWS_RESUMED("flows that went on after a RST"),
  FLOWS_OFFLOADED("flows whose frames the kernel forwards now"),
  FLOWS_NOT_OFFLOADED("flows that the kernel had no room for"),
  FLOWS_WAITING("flows of an earlier process that wait in the flow file now"),
  FLOW_FILE_HITS("those that were asked for before their turn to leave it came"),
  FLOWS_RECOVERED("flows of an earlier process that go on"),
  FLOWS_ORPHANED("flows of an earlier process that do not: what they belonged to is gone"),
  FLOW_CAPACITY("flows that fit"),
  FLOW_FILE_BYTES("length of the flow file"),

  // Frontends, by their ids; in passthrough by worker.
  FRONTEND_CONNECTIONS("connections that were opened"),
  FRONTEND_OPEN("connections that are open now"),
  FRONTEND_BYTES_FROM_CLIENTS("bytes from clients: frames in passthrough, payload in proxy"),
  FRONTEND_BYTES_FROM_SERVERS("bytes from servers"),
  FRONTEND_NO_NAT_PORT("connections that were refused because every NAT port was taken"),
  FRONTEND_RETRIES("servers that were tried after another had failed"),
  FRONTEND_DATAGRAMS_DROPPED("datagrams that could not be sent on as they came"),
  FRONTEND_ENDS("connections that ended, by how"),

  // Servers, by their ids; in passthrough by worker.
  SERVER_CONNECTIONS("connections that were opened"),
  SERVER_OPEN("connections that are open now"),
  SERVER_BYTES_FROM_CLIENTS("bytes from clients"),
  SERVER_BYTES_FROM_SERVERS("bytes from servers"),
  SERVER_NO_NAT_PORT("connections that were refused because every NAT port was taken"),
  SERVER_CONNECT_REFUSED("connections that it refused"),
  SERVER_CONNECT_TIMED_OUT("connections that it did not answer in time"),
  SERVER_CONNECT_FAILED("connections that failed otherwise: no route, no port, no descriptor"),
  SERVER_UP("whether it is up for passthrough: 1 or 0"),

  // Times, in nanoseconds.
  PAUSE_TIME("how long the JVM stopped all threads (a safepoint), by what for"),
  STAGE_TIME("how long frames were in a stage of the pipeline"),
  ACCEPT_TIME("from accept to the order to connect to the server that took the connection"),
  CONNECT_TIME("from the order to connect to a server until it took the connection"),
  FIRST_BYTE_TIME("from then until the server's first byte came"),
  TO_SERVER_TIME("from a read of what a client sent until the kernel had all of it for the server"),
  TO_CLIENT_TIME("from a read of what a server sent until the kernel had all of it for the client"),
  CONNECTION_TIME("from accept to end");

  private final String meaning;

  Metric(String meaning) {
    this.meaning = meaning;
  }

  /** For a person. */
  public String meaning() {
    return meaning;
  }

  /** The name in labels and JSON. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
