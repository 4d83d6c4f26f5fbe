package io.headrace.listing;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.io.SerializedString;
import io.headrace.config.Protocol;
import io.headrace.conntrack.FlowRecords.End;
import io.headrace.conntrack.FlowState;
import io.headrace.conntrack.FlowView;
import io.headrace.packet.IpAddress;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Writes flows as JSON, an object a line. Nothing is allocated for a flow, since a million of them
 * would make the garbage collector stop the data path.
 *
 * <p>Not thread-safe.
 */
final class FlowJson {
  private static final JsonFactory JSON =
      new JsonFactoryBuilder()
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .rootValueSeparator((String) null)
          .build();
  private static final SerializedString PROTOCOL = new SerializedString("protocol");
  private static final SerializedString STATE = new SerializedString("state");
  private static final SerializedString FRONTEND = new SerializedString("frontend");
  private static final SerializedString CLIENT = new SerializedString("client");
  private static final SerializedString SERVICE = new SerializedString("service");
  private static final SerializedString BACKEND = new SerializedString("backend");
  private static final SerializedString SERVER = new SerializedString("server");
  private static final SerializedString SERVER_ADDRESS = new SerializedString("server_address");
  private static final SerializedString NAT = new SerializedString("nat");
  private static final SerializedString CLIENT_MAC = new SerializedString("client_mac");
  private static final SerializedString EXPIRES = new SerializedString("expires_s");
  private static final SerializedString DURABLE = new SerializedString("durable");
  private static final SerializedString TCP =
      new SerializedString(Protocol.TCP.name().toLowerCase(Locale.ROOT));
  private static final SerializedString UDP =
      new SerializedString(Protocol.UDP.name().toLowerCase(Locale.ROOT));
  private static final SerializedString[] STATES =
      Stream.of(FlowState.values())
          .map(state -> new SerializedString(state.label()))
          .toArray(SerializedString[]::new);

  /** Of 16 bits each, in an address of IPv6. */
  private static final int GROUPS = 8;

  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private final JsonGenerator json;
  private final FlowNames names;
  private final long nowNs;
  private final byte[] text = new byte[64];
  private int length;

  /**
   * @param names of the ids that flows have
   * @param nowNs the time, by the clock of the flows' deadlines
   */
  FlowJson(OutputStream out, FlowNames names, long nowNs) throws IOException {
    this.json = JSON.createGenerator(out);
    this.names = names;
    this.nowNs = nowNs;
  }

  void write(FlowView flow) throws IOException {
    json.writeStartObject();
    name(PROTOCOL, flow.protocol() == Protocol.TCP.number() ? TCP : UDP);
    name(STATE, STATES[flow.state().ordinal()]);
    name(FRONTEND, names.frontend(flow.serviceId()));
    endpoint(CLIENT, flow, End.CLIENT);
    endpoint(SERVICE, flow, End.SERVICE);
    name(BACKEND, names.backend(flow.serverId()));
    name(SERVER, names.server(flow.serverId()));
    endpoint(SERVER_ADDRESS, flow, End.SERVER);
    endpoint(NAT, flow, End.NAT);
    if (flow.clientMac() != 0) {
      mac(flow.clientMac());
    }
    if (flow.hasDeadline()) {
      json.writeFieldName(EXPIRES);
      json.writeNumber(Math.max(0, TimeUnit.NANOSECONDS.toSeconds(flow.deadlineNs() - nowNs)));
    }
    json.writeFieldName(DURABLE);
    json.writeBoolean(flow.isDurable());
    json.writeEndObject();
    json.writeRaw('\n');
  }

  /** Gives everything to the stream. */
  void flush() throws IOException {
    json.flush();
  }

  private void name(SerializedString field, SerializedString value) throws IOException {
    if (value != null) {
      json.writeFieldName(field);
      json.writeString(value);
    }
  }

  private void endpoint(SerializedString field, FlowView flow, End end) throws IOException {
    if (flow.port(end) == 0) {
      return;
    }
    long high = flow.high(end);
    long low = flow.low(end);
    length = 0;
    if (IpAddress.isIpv6(high, low)) {
      text[length++] = '[';
      ipv6(high, low);
      text[length++] = ']';
    } else {
      for (int shift = 24; shift >= 0; shift -= 8) {
        decimal((int) (low >>> shift) & 0xff);
        text[length++] = '.';
      }
      length--;
    }
    text[length++] = ':';
    decimal(flow.port(end));
    json.writeFieldName(field);
    json.writeRawUTF8String(text, 0, length);
  }

  /** In the form of RFC 5952: the longest run of zeros, of two groups at least, is left out. */
  private void ipv6(long high, long low) {
    int best = GROUPS;
    int most = 1;
    for (int first = 0; first < GROUPS; first++) {
      int zeros = 0;
      while (first + zeros < GROUPS && group(high, low, first + zeros) == 0) {
        zeros++;
      }
      if (zeros > most) {
        best = first;
        most = zeros;
      }
    }
    for (int at = 0; at < GROUPS; at++) {
      if (at == best) {
        text[length++] = ':';
        at += most - 1;
        if (at == GROUPS - 1) {
          text[length++] = ':';
        }
      } else {
        if (at > 0) {
          text[length++] = ':';
        }
        hexadecimal(group(high, low, at));
      }
    }
  }

  private static int group(long high, long low, int index) {
    long half = index < GROUPS / 2 ? high : low;
    return (int) (half >>> Short.SIZE * (GROUPS / 2 - 1 - index % (GROUPS / 2))) & 0xffff;
  }

  private void hexadecimal(int value) {
    for (int shift = 12; shift >= 0; shift -= 4) {
      if (shift == 0 || value >>> shift != 0) {
        text[length++] = HEX[value >>> shift & 0xf];
      }
    }
  }

  private void decimal(int value) {
    int most = 1;
    while (value / most >= 10) {
      most *= 10;
    }
    for (int unit = most; unit > 0; unit /= 10) {
      text[length++] = (byte) ('0' + value / unit % 10);
    }
  }

  private void mac(long mac) throws IOException {
    length = 0;
    for (int shift = 40; shift >= 0; shift -= 8) {
      text[length++] = HEX[(int) (mac >>> shift + 4 & 0xf)];
      text[length++] = HEX[(int) (mac >>> shift & 0xf)];
      if (shift > 0) {
        text[length++] = ':';
      }
    }
    json.writeFieldName(CLIENT_MAC);
    json.writeRawUTF8String(text, 0, length);
  }
}
