package io.headrace.conntrack;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.headrace.config.Timeouts;
import io.headrace.counters.Counters;
import io.headrace.packet.IpAddress;
import java.time.Duration;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * A flow table with all that it needs, a clock that the test moves, and short words for its calls.
 */
final class Fixture implements AutoCloseable {
  static final int TCP = 6;
  static final int UDP = 17;
  static final int FIN = 0x01;
  static final int SYN = 0x02;
  static final int RST = 0x04;
  static final int PSH = 0x08;
  static final int ACK = 0x10;
  static final int CLIENT = 0x0a000001;
  static final int SERVICE = 0xc0a80001;
  static final int SERVER = 0xac100001;
  static final int NAT = 0xac1000fe;
  static final int[] NAT_ADDRESSES = {NAT};

  /** Made once, as what is measured is what the table allocates. */
  private static final IpAddress[] USUAL_ADDRESSES = addresses(NAT);

  private static final IpAddress SERVER_ADDRESS = IpAddress.ofIpv4(SERVER);
  static final FlowHash HASH = FlowHash.fixed();
  static final int[] ARM_IDS = {0xabc0, 0xabc1, 0xabc2, 0xffff};

  private final FlowHash hash;
  final FlowTuple tuple = new FlowTuple();
  final ConntrackCounters counters;
  final Conntrack table;
  int connections;
  int restored;
  long nowNs = Duration.ofDays(20_000).toNanos();

  Fixture(int capacity) {
    this(capacity, ports(10_000, 32_767));
  }

  Fixture(int capacity, NatPorts ports) {
    this(Limits.of(capacity), ports);
  }

  Fixture(Limits limits, NatPorts ports) {
    this(limits, ports, HASH, FlowStore.NONE);
  }

  Fixture(Limits limits, NatPorts ports, FlowFile file) {
    this(limits, ports, file.hash(), file.store(ARM_IDS));
  }

  /** Of a hash with a key of its own. */
  Fixture(FlowHash hash) {
    this(Limits.of(100_000), ports(10_000, 32_767), hash, FlowStore.NONE);
  }

  /** A worker of a balancer that has this file. */
  Fixture(FlowFile file) {
    this(Limits.of(10_000), ports(10_000, 32_767), file.hash(), file.store(ARM_IDS));
  }

  private Fixture(Limits limits, NatPorts ports, FlowHash hash, FlowStore store) {
    this.hash = hash;
    counters = ConntrackCounters.create(Counters.inMemory(), 0);
    FlowListener listener =
        new FlowListener() {
          @Override
          public void flowOpened(int serverId, int serviceId) {
            connections++;
          }

          @Override
          public void flowRestored(int serverId, int serviceId) {
            connections++;
            restored++;
          }

          @Override
          public void flowClosed(int serverId, int serviceId) {
            connections--;
          }
        };
    table = new Conntrack(limits, hash, ports, Timeouts.DEFAULT, store, listener, counters);
  }

  /** Has all flows wait that are in a file, as a start does. */
  void recoverFrom(FlowFile file) {
    recoverFrom(file.waiting(1).getFirst());
  }

  void recoverFrom(WaitingFlows waiting) {
    table.recoverFrom(waiting, this::restore);
  }

  int restore(StoredFlow flow, long atNs) {
    return table.restore(flow, 0, 3, 5, atNs);
  }

  /** Takes over all flows that wait. */
  void recoverAll() {
    assertFalse(table.recover(Integer.MAX_VALUE, nowNs));
  }

  static NatPorts ports(int first, int last) {
    BitSet ports = new BitSet();
    ports.set(first, last + 1);
    return new NatPorts(ports);
  }

  int create(int protocol, int clientAddress, int clientPort) {
    return create(protocol, clientAddress, clientPort, SERVER);
  }

  int create(int protocol, int clientAddress, int clientPort, int serverAddress) {
    return create(protocol, clientAddress, clientPort, serverAddress, NAT_ADDRESSES);
  }

  int create(
      int protocol, int clientAddress, int clientPort, int serverAddress, int[] natAddresses) {
    int bucket = hash.bucket(protocol, clientAddress, clientPort);
    return table.create(
        bucket,
        tuple.ipv4(protocol, clientAddress, clientPort, SERVICE, 80),
        serverAddress == SERVER ? SERVER_ADDRESS : IpAddress.ofIpv4(serverAddress),
        8080,
        3,
        5,
        natAddresses == NAT_ADDRESSES ? USUAL_ADDRESSES : addresses(natAddresses),
        nowNs);
  }

  static IpAddress[] addresses(int... ipv4) {
    return IntStream.of(ipv4).mapToObj(IpAddress::ofIpv4).toArray(IpAddress[]::new);
  }

  int established(int clientAddress, int clientPort) {
    return established(clientAddress, clientPort, NAT_ADDRESSES);
  }

  int established(int clientAddress, int clientPort, int[] natAddresses) {
    int flow = create(TCP, clientAddress, clientPort, SERVER, natAddresses);
    if (flow >= 0) {
      table.announce(flow, 1400);
      client(flow, SYN);
      server(flow, SYN | ACK);
      client(flow, ACK);
    }
    return flow;
  }

  int find(int protocol, int clientAddress, int clientPort) {
    tuple.ipv4(protocol, clientAddress, clientPort, SERVICE, 80);
    return table.find(table.hash(tuple), tuple, nowNs);
  }

  int findReply(int protocol, int natPort) {
    tuple.ipv4(protocol, SERVER, 8080, NAT, natPort);
    return table.findReply(table.hash(tuple), tuple, nowNs);
  }

  void client(int flow, int flags) {
    table.track(flow, true, flags, nowNs);
  }

  void server(int flow, int flags) {
    table.track(flow, false, flags, nowNs);
  }

  void pass(Duration time) {
    nowNs += time.toNanos();
  }

  int expireAll() {
    int removed = 0;
    int now;
    do {
      now = table.expire(nowNs);
      removed += now;
    } while (now > 0);
    return removed;
  }

  @Override
  public void close() {
    table.close();
  }
}
