package io.headrace.forward;

import io.headrace.packet.Parse;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** Why a frame was answered, dropped, or left to the kernel. Every reason has a counter. */
public enum Reason {
  // Left to the kernel, which sees every frame anyway.
  ARP(Verdict.PASS, "ARP is answered by the kernel"),
  ICMP(Verdict.PASS, "ICMP that is about no flow"),
  OUTER_TOO_BIG(Verdict.PASS, "an ICMP error: an outer packet was too long on its way to a server"),
  OUTER_UNREACHED(Verdict.PASS, "an ICMP error: an outer packet has not reached its server"),
  FRAGMENT(Verdict.PASS, "a fragment of a packet whose first has not come"),
  OTHER_PROTOCOL(Verdict.PASS, "a protocol that is not balanced"),
  NOT_FOR_US(Verdict.PASS, "addressed to another station's MAC"),
  NO_SERVICE(Verdict.PASS, "neither to a frontend nor to a NAT port"),

  // Malformed: one for each way in which the headers can be wrong.
  ETHERNET_TRUNCATED(Verdict.DROP, "shorter than an Ethernet header"),
  VLAN_TRUNCATED(Verdict.DROP, "ends in a VLAN tag"),
  IPV4_TRUNCATED(Verdict.DROP, "ends in the IPv4 header"),
  IPV4_VERSION(Verdict.DROP, "EtherType IPv4, but the version field is not 4"),
  IPV4_HEADER_LENGTH(Verdict.DROP, "IPv4 header length below 20 bytes"),
  IPV4_TOTAL_LENGTH(Verdict.DROP, "IPv4 total length that the frame does not hold"),
  IPV6_TRUNCATED(Verdict.DROP, "ends in the IPv6 header"),
  IPV6_VERSION(Verdict.DROP, "EtherType IPv6, but the version field is not 6"),
  IPV6_PAYLOAD_LENGTH(Verdict.DROP, "IPv6 payload length that the frame does not hold"),
  IPV6_EXTENSION(Verdict.DROP, "IPv6 extension headers that the packet does not hold, or too many"),
  TCP_TRUNCATED(Verdict.DROP, "ends in the TCP header"),
  TCP_HEADER_LENGTH(Verdict.DROP, "TCP data offset that the segment does not hold"),
  UDP_TRUNCATED(Verdict.DROP, "ends in the UDP header"),
  UDP_LENGTH(Verdict.DROP, "UDP length that the datagram does not hold"),

  // Ours, and yet not forwarded.
  FRAGMENT_OVERLAP(Verdict.DROP, "a fragment of a packet of which two overlap"),
  TOO_BIG_ANSWERED(
      Verdict.ANSWER, "longer than an outer header leaves room for, and answered with an error"),
  UNKNOWN_RESET(Verdict.ANSWER, "of no known flow, and answered with a RST"),
  SERVER_DOWN_RESET(Verdict.ANSWER, "of a flow whose server is down, and answered with a RST"),
  CLOSED_RESET(
      Verdict.ANSWER, "of a connection that an operator has closed, and answered with a RST"),
  TTL_EXPIRED_ANSWERED(Verdict.ANSWER, "its time to live ended here, and answered with an error"),
  NO_FLOW(Verdict.DROP, "of no known flow, and it does not open one"),
  NO_SERVER(Verdict.DROP, "no server of the backend is up"),
  NO_NEXT_HOP(Verdict.DROP, "the server's next hop is not resolved"),
  TABLE_FULL(Verdict.DROP, "the flow table is full"),
  NO_NAT_PORT(Verdict.DROP, "every NAT port towards the server is taken"),
  SOURCE_LIMIT(Verdict.DROP, "the start of one flow too many from its address"),
  TTL_EXPIRED(Verdict.DROP, "its time to live ended here"),
  TOO_BIG(Verdict.DROP, "longer than an outer header leaves room for"),
  FAULT(Verdict.DROP, "a stage failed on it");

  private static final Map<Parse, Reason> OF_PARSE = new EnumMap<>(Parse.class);

  static {
    for (Parse parse : Parse.values()) {
      if (parse != Parse.FLOW && parse != Parse.FIRST_FRAGMENT) {
        OF_PARSE.put(parse, parse == Parse.OTHER ? OTHER_PROTOCOL : valueOf(parse.name()));
      }
    }
  }

  private final Verdict verdict;
  private final String meaning;

  Reason(Verdict verdict, String meaning) {
    this.verdict = verdict;
    this.meaning = meaning;
  }

  /**
   * The reason that stands for what parsing found; every outcome has one but those that have ports.
   */
  public static Reason of(Parse parse) {
    return OF_PARSE.get(parse);
  }

  public Verdict verdict() {
    return verdict;
  }

  /** For a person: completes "the frame is …". */
  public String meaning() {
    return meaning;
  }

  /** The name in counters and JSON. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
