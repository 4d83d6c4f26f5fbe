package io.headrace.perf.compare;

import io.headrace.config.Protocol;
import io.headrace.config.Timeouts;
import io.headrace.conntrack.Conntrack;
import io.headrace.conntrack.ConntrackCounters;
import io.headrace.conntrack.FlowFile;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowListener;
import io.headrace.conntrack.FlowTuple;
import io.headrace.conntrack.Limits;
import io.headrace.conntrack.NatPorts;
import io.headrace.counters.Counters;
import io.headrace.packet.IpAddress;
import io.headrace.packet.Tcp;
import java.nio.file.Path;
import java.util.BitSet;

/**
 * Makes the flow file of a balancer that has established connections, by tracking their handshakes.
 */
final class FlowFileFiller {
  private static final int FIRST_CLIENT = 0x0A00_0000; // 10.0.0.0
  private static final int CLIENT_PORT = 40_000;
  private static final long CLIENT_MAC = 0x0200_0000_0001L;

  private FlowFileFiller() {}

  /**
   * Where the flows go.
   *
   * @param service address of the frontend, in host order; NAT uses it too
   * @param port of the frontend and of the servers
   * @param firstServer address; the others follow it
   * @param servers how many
   */
  record Network(int service, int port, int firstServer, int servers) {}

  /**
   * @param file which is not there yet
   * @param flows from as many clients
   * @param capacity of the file
   */
  static void fill(Path file, int flows, int capacity, Network network) {
    BitSet ports = new BitSet();
    ports.set(10_000, 32_768);
    try (FlowFile opened = FlowFile.open(file, capacity, FlowHash.random());
        Conntrack conntrack =
            new Conntrack(
                Limits.of(capacity),
                opened.hash(),
                new NatPorts(ports),
                Timeouts.DEFAULT,
                opened.store(new int[] {1}),
                FlowListener.NOBODY,
                ConntrackCounters.create(Counters.inMemory(), 0))) {
      for (int i = 0; i < flows; i++) {
        establish(conntrack, opened.hash(), i, network);
      }
    }
  }

  private static void establish(Conntrack conntrack, FlowHash hash, int i, Network network) {
    int client = FIRST_CLIENT + i;
    int tcp = Protocol.TCP.number();
    int flow =
        conntrack.create(
            hash.bucket(tcp, client, CLIENT_PORT),
            new FlowTuple().ipv4(tcp, client, CLIENT_PORT, network.service(), network.port()),
            IpAddress.ofIpv4(network.firstServer() + i % network.servers()),
            network.port(),
            0,
            0,
            new IpAddress[] {IpAddress.ofIpv4(network.service())},
            0);
    if (flow < 0) {
      throw new IllegalStateException("flow %d could not be made".formatted(i));
    }
    conntrack.clientLink(flow, CLIENT_MAC, 0);
    conntrack.track(flow, false, Tcp.SYN | Tcp.ACK, 0);
    conntrack.track(flow, true, Tcp.ACK, 0);
  }
}
