package io.headrace.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.headrace.io.Frame;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Builds frames for tests: {@code FrameBuilder.tcp("10.0.0.1", 40000, "10.0.0.2",
 * 80).flags(Tcp.SYN).buffer()}. Addresses with a colon make it IPv6. What is not said has a plain
 * default; lengths and checksums come out right unless a test asks for something else.
 */
public final class FrameBuilder {
  public static final long SOURCE_MAC = 0x02_00_00_00_00_01L;
  public static final long DESTINATION_MAC = 0x02_00_00_00_00_02L;

  private final int protocol;
  private final InetAddress source;
  private final int sourcePort;
  private final InetAddress destination;
  private final int destinationPort;
  private long sourceMac = SOURCE_MAC;
  private long destinationMac = DESTINATION_MAC;
  private int[] vlans = {};
  private byte[] ipOptions = {};
  private final List<Extension> extensions = new ArrayList<>();
  private byte[] tcpOptions = {};
  private byte[] payload = {};
  private int timeToLive = 64;
  private int typeOfService;
  private int identification = 1;
  private int fragment = Ipv4.DONT_FRAGMENT;
  private int flags = Tcp.ACK;
  private int sequence = 1000;
  private int acknowledgment = 2000;
  private int padTo;
  private boolean partial;
  private boolean noChecksum;
  private int checksumError;

  private record Extension(int number, byte[] bytes) {}

  private FrameBuilder(
      int protocol, String source, int sourcePort, String destination, int destinationPort) {
    this.protocol = protocol;
    this.source = InetAddress.ofLiteral(source);
    this.sourcePort = sourcePort;
    this.destination = InetAddress.ofLiteral(destination);
    this.destinationPort = destinationPort;
  }

  public static FrameBuilder tcp(String source, int sourcePort, String dest, int destPort) {
    return new FrameBuilder(Ipv4.PROTOCOL_TCP, source, sourcePort, dest, destPort);
  }

  public static FrameBuilder udp(String source, int sourcePort, String dest, int destPort) {
    return new FrameBuilder(Ipv4.PROTOCOL_UDP, source, sourcePort, dest, destPort);
  }

  /** An ICMP echo request without data. */
  public static FrameBuilder icmp(String source, String dest) {
    return new FrameBuilder(Ipv4.PROTOCOL_ICMP, source, 0, dest, 0)
        .payload(new byte[] {8, 0, 0, 0, 0, 0, 0, 0});
  }

  /**
   * An ICMP error, of the version of the addresses.
   *
   * @param rest its second word: the MTU of the next hop
   * @param quoted a frame whose packet it quotes
   * @param length how many bytes of it
   */
  public static FrameBuilder icmpError(
      String source, String dest, int type, int code, int rest, UnsafeBuffer quoted, int length) {
    Headers headers = new Headers();
    headers.parse(quoted);
    byte[] message = new byte[Icmp.LENGTH + length];
    UnsafeBuffer buffer = new UnsafeBuffer(message);
    buffer.putByte(Icmp.TYPE, (byte) type);
    buffer.putByte(Icmp.CODE, (byte) code);
    buffer.putInt(2 * Short.BYTES, rest, BIG_ENDIAN);
    buffer.putBytes(Icmp.LENGTH, quoted, headers.networkOffset(), length);
    int protocol = source.contains(":") ? Ipv6.PROTOCOL_ICMP : Ipv4.PROTOCOL_ICMP;
    return new FrameBuilder(protocol, source, 0, dest, 0).payload(message);
  }

  /** A dotted IPv4 address as an int. */
  public static int address(String dotted) {
    int address = 0;
    for (String part : dotted.split("\\.")) {
      address = address << 8 | Integer.parseInt(part);
    }
    return address;
  }

  /** Bytes that are the same in every run. */
  public static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  /** A frame from its hexadecimal digits; blanks are ignored. */
  public static UnsafeBuffer hex(String digits) {
    return new UnsafeBuffer(HexFormat.of().parseHex(digits.replaceAll("\\s", "")));
  }

  public FrameBuilder macs(long sourceMac, long destinationMac) {
    this.sourceMac = sourceMac;
    this.destinationMac = destinationMac;
    return this;
  }

  /** Tags the frame, outermost identifier first. */
  public FrameBuilder vlans(int... ids) {
    vlans = ids;
    return this;
  }

  /** A multiple of four bytes. */
  public FrameBuilder ipOptions(byte... options) {
    ipOptions = options;
    return this;
  }

  /**
   * Adds an extension header of IPv6.
   *
   * @param number of its kind
   * @param rest of its bytes, behind the number of the next header
   */
  public FrameBuilder extension(int number, int... rest) {
    byte[] bytes = new byte[1 + rest.length];
    for (int i = 0; i < rest.length; i++) {
      bytes[1 + i] = (byte) rest[i];
    }
    extensions.add(new Extension(number, bytes));
    return this;
  }

  /** A multiple of four bytes. */
  public FrameBuilder tcpOptions(byte... options) {
    tcpOptions = options;
    return this;
  }

  public FrameBuilder payload(byte[] payload) {
    this.payload = payload;
    return this;
  }

  /** DSCP and ECN. */
  public FrameBuilder typeOfService(int typeOfService) {
    this.typeOfService = typeOfService;
    return this;
  }

  public FrameBuilder timeToLive(int timeToLive) {
    this.timeToLive = timeToLive;
    return this;
  }

  public FrameBuilder identification(int identification) {
    this.identification = identification;
    return this;
  }

  /** Flags and offset of the IPv4 header, see {@link Ipv4#FRAGMENT}. */
  public FrameBuilder fragment(int fragment) {
    this.fragment = fragment;
    return this;
  }

  /** The TCP flags; ACK unless said. */
  public FrameBuilder flags(int flags) {
    this.flags = flags;
    return this;
  }

  public FrameBuilder sequence(int sequence, int acknowledgment) {
    this.sequence = sequence;
    this.acknowledgment = acknowledgment;
    return this;
  }

  /** Pads the frame with zeros to a length, as a network card does to 60 bytes. */
  public FrameBuilder padTo(int length) {
    padTo = length;
    return this;
  }

  /** Leaves the transport checksum partial: the sum of the pseudo-header. */
  public FrameBuilder partialChecksum() {
    partial = true;
    return this;
  }

  /** Leaves the UDP checksum out. */
  public FrameBuilder noChecksum() {
    noChecksum = true;
    return this;
  }

  /** Makes the transport checksum wrong by an exclusive or. */
  public FrameBuilder checksumError(int bits) {
    checksumError = bits;
    return this;
  }

  /** The frame, in memory of its own. */
  public UnsafeBuffer buffer() {
    int networkOffset = Ethernet.LENGTH + vlans.length * Vlan.LENGTH;
    int transportOffset =
        networkOffset
            + (isIpv6() ? Ipv6.LENGTH : Ipv4.LENGTH)
            + ipOptions.length
            + extensions.stream().mapToInt(each -> each.bytes.length).sum();
    int headerLength =
        switch (protocol) {
          case Ipv4.PROTOCOL_TCP -> Tcp.LENGTH + tcpOptions.length;
          case Ipv4.PROTOCOL_UDP -> Udp.LENGTH;
          default -> 0;
        };
    int end = transportOffset + headerLength + payload.length;
    UnsafeBuffer buffer = new UnsafeBuffer(new byte[Math.max(end, padTo)]);
    putEthernet(buffer);
    if (isIpv6()) {
      putIpv6(buffer, networkOffset, end - networkOffset - Ipv6.LENGTH);
    } else {
      putIpv4(buffer, networkOffset, end - networkOffset);
    }
    buffer.putBytes(transportOffset + headerLength, payload);
    if (protocol == Ipv4.PROTOCOL_TCP) {
      putTcp(buffer, transportOffset, headerLength);
    } else if (protocol == Ipv4.PROTOCOL_UDP) {
      putUdp(buffer, transportOffset, end - transportOffset);
    }
    Headers headers = new Headers();
    Parse parse = headers.parse(buffer);
    if (parse == Parse.ICMP) {
      putShort(buffer, transportOffset + Icmp.CHECKSUM, 0);
      int sum = Checksums.sum(buffer, transportOffset, headers.transportLength());
      int pseudo =
          headers.isIpv6() ? Checksums.pseudoHeader(headers, headers.transportLength()) : 0;
      putShort(buffer, transportOffset + Icmp.CHECKSUM, ~Checksums.add(sum, pseudo));
    } else if (parse == Parse.FLOW && !noChecksum) {
      int field =
          partial
              ? Checksums.pseudoHeader(headers, end - transportOffset)
              : Checksums.transport(buffer, headers);
      putShort(buffer, Checksums.checksumOffset(headers), field ^ checksumError);
    }
    return buffer;
  }

  /** The bytes of the frame. */
  public byte[] array() {
    return buffer().byteArray();
  }

  /** The frame as a source that knows about partial checksums hands it out. */
  public Frame frame() {
    Frame frame = frame(buffer());
    if (partial) {
      Headers headers = new Headers();
      headers.parse(frame.buffer());
      int start = headers.transportOffset();
      frame.partialChecksum(start, Checksums.checksumOffset(headers) - start);
    }
    return frame;
  }

  /** A view of a copy of the bytes; the memory is kept until the JVM ends. */
  public static Frame frame(UnsafeBuffer bytes) {
    MemorySegment memory = Arena.global().allocate(bytes.capacity(), Long.BYTES);
    Frame frame = new Frame();
    frame.wrap(memory.address(), bytes.capacity());
    frame.buffer().putBytes(0, bytes, 0, bytes.capacity());
    return frame;
  }

  private void putEthernet(UnsafeBuffer buffer) {
    Ethernet.putMac(buffer, Ethernet.DESTINATION, destinationMac);
    Ethernet.putMac(buffer, Ethernet.SOURCE, sourceMac);
    int at = Ethernet.TYPE;
    for (int i = 0; i < vlans.length; i++) {
      boolean outerOfTwo = i + 1 < vlans.length;
      putShort(buffer, at, outerOfTwo ? Ethernet.TYPE_SERVICE_VLAN : Ethernet.TYPE_VLAN);
      putShort(buffer, at + 2, vlans[i]);
      at += Vlan.LENGTH;
    }
    putShort(buffer, at, isIpv6() ? Ethernet.TYPE_IPV6 : Ethernet.TYPE_IPV4);
  }

  private void putIpv4(UnsafeBuffer buffer, int offset, int totalLength) {
    Ipv4 ipv4 = new Ipv4();
    ipv4.wrap(buffer, offset);
    ipv4.headerLength(Ipv4.LENGTH + ipOptions.length);
    ipv4.totalLength(totalLength);
    ipv4.identification(identification);
    ipv4.fragment(fragment);
    ipv4.timeToLive(timeToLive);
    ipv4.typeOfService(typeOfService);
    ipv4.protocol(protocol);
    ipv4.source(address(source.getHostAddress()));
    ipv4.destination(address(destination.getHostAddress()));
    buffer.putBytes(offset + Ipv4.LENGTH, ipOptions);
    ipv4.checksum(Checksums.ipv4(buffer, offset));
  }

  private boolean isIpv6() {
    return source instanceof Inet6Address;
  }

  private void putIpv6(UnsafeBuffer buffer, int offset, int payloadLength) {
    Ipv6 ipv6 = new Ipv6();
    ipv6.wrap(buffer, offset);
    ipv6.versionClassLabel(0, 0x12345);
    ipv6.payloadLength(payloadLength);
    ipv6.hopLimit(timeToLive);
    buffer.putBytes(offset + Ipv6.SOURCE, source.getAddress());
    buffer.putBytes(offset + Ipv6.DESTINATION, destination.getAddress());
    int number = offset + Ipv6.NEXT_HEADER;
    int at = offset + Ipv6.LENGTH;
    for (Extension extension : extensions) {
      buffer.putByte(number, (byte) extension.number);
      buffer.putBytes(at, extension.bytes);
      number = at;
      at += extension.bytes.length;
    }
    buffer.putByte(number, (byte) protocol);
  }

  private void putTcp(UnsafeBuffer buffer, int offset, int headerLength) {
    Tcp tcp = new Tcp();
    tcp.wrap(buffer, offset);
    tcp.sourcePort(sourcePort);
    tcp.destinationPort(destinationPort);
    tcp.sequence(sequence);
    tcp.acknowledgment(acknowledgment);
    tcp.headerLength(headerLength);
    tcp.flags(flags);
    tcp.window(64240);
    buffer.putBytes(offset + Tcp.LENGTH, tcpOptions);
  }

  private void putUdp(UnsafeBuffer buffer, int offset, int length) {
    Udp udp = new Udp();
    udp.wrap(buffer, offset);
    udp.sourcePort(sourcePort);
    udp.destinationPort(destinationPort);
    udp.length(length);
  }

  private static void putShort(UnsafeBuffer buffer, int index, int value) {
    buffer.putShort(index, (short) value, BIG_ENDIAN);
  }
}
