package io.headrace.perf;

import io.headrace.config.Protocol;
import io.headrace.config.Timeouts;
import io.headrace.conntrack.Conntrack;
import io.headrace.conntrack.ConntrackCounters;
import io.headrace.conntrack.FlowFile;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowListener;
import io.headrace.conntrack.FlowStore;
import io.headrace.conntrack.FlowTuple;
import io.headrace.conntrack.Limits;
import io.headrace.conntrack.NatPorts;
import io.headrace.counters.Counters;
import io.headrace.packet.IpAddress;
import io.headrace.packet.Tcp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.stream.IntStream;

/** The flow table of a worker that has all buckets, with its durable copy or without. */
final class WorkerTable implements Connections {
  private static final int TCP = Protocol.TCP.number();
  private static final IpAddress[] NAT_ADDRESSES = {IpAddress.ofIpv4(FRONTEND)};

  private final FlowHash hash = FlowHash.random();
  private final FlowTuple tuple = new FlowTuple();
  private final Path directory;
  private final FlowFile file;
  private final IpAddress[] servers;
  private final Conntrack table;

  /**
   * @param flows for half of its capacity
   * @param durable whether they are in a file, too
   */
  WorkerTable(int flows, boolean durable) {
    try {
      directory = Files.createTempDirectory("headrace-benchmark");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    file = durable ? FlowFile.open(directory.resolve("flows"), 2 * flows, hash) : null;
    servers =
        IntStream.range(0, Math.ceilDiv(flows, MOST_PER_SERVER))
            .mapToObj(server -> IpAddress.ofIpv4(SERVER + server))
            .toArray(IpAddress[]::new);
    BitSet ports = new BitSet();
    ports.set(FIRST_NAT_PORT, LAST_NAT_PORT + 1);
    table =
        new Conntrack(
            Limits.of(2 * flows),
            hash,
            new NatPorts(ports),
            Timeouts.DEFAULT,
            durable ? file.store(new int[1]) : FlowStore.NONE,
            FlowListener.NOBODY,
            ConntrackCounters.create(Counters.inMemory(), 0));
  }

  @Override
  public void begin(int client) {
    int flow =
        table.create(
            hash.bucket(TCP, client, CLIENT_PORT),
            tuple.ipv4(TCP, client, CLIENT_PORT, FRONTEND, PORT),
            servers[client % servers.length],
            PORT,
            0,
            0,
            NAT_ADDRESSES,
            0);
    if (flow < 0) {
      throw new IllegalStateException("a flow could not be made: " + flow);
    }
    table.track(flow, true, Tcp.SYN, 0);
    table.track(flow, false, Tcp.SYN | Tcp.ACK, 0);
    table.track(flow, true, Tcp.ACK, 0);
  }

  /** The flow of a client, or {@link Conntrack#NONE}. */
  int find(int client) {
    tuple.ipv4(TCP, client, CLIENT_PORT, FRONTEND, PORT);
    return table.find(table.hash(tuple), tuple, 0);
  }

  @Override
  public void end(int client) {
    int flow = find(client);
    table.track(flow, true, Tcp.RST, 0);
    table.remove(flow);
  }

  @Override
  public int size() {
    return table.size();
  }

  @Override
  public void close() {
    table.close();
    try {
      if (file != null) {
        file.close();
        Files.delete(directory.resolve("flows"));
        Files.delete(directory.resolve("flows.lock"));
      }
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
