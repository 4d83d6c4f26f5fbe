package io.headrace.perf;

import io.headrace.config.Protocol;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowTuple;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * What a table of connections takes at least when Java's own collections are all that there is: a
 * map for each direction, and NAT ports as {@link FlowHash} has the worker's table choose them. It
 * has no states, time-outs, counters, bounds or readers, and its maps have no keyed hash.
 */
final class PlainTable implements Connections {
  private static final int TCP = Protocol.TCP.number();
  private static final int PORTS_OF_BUCKET =
      (LAST_NAT_PORT + 1 - FIRST_NAT_PORT) / FlowHash.BUCKETS;

  /** The two ends of a frame. */
  private record Ends(
      int protocol, int source, int sourcePort, int destination, int destinationPort) {}

  /**
   * @param ports those that are taken towards its server
   * @param port its own among them
   */
  private record Connection(Ends answer, BitSet ports, int port) {}

  private final FlowHash hash = FlowHash.random();
  private final FlowTuple tuple = new FlowTuple();
  private final Map<Ends, Connection> byClient;
  private final Map<Ends, Connection> byServer;

  /** Of each server and bucket. */
  private final BitSet[][] taken;

  /**
   * @param connections for which it has room from the start
   */
  PlainTable(int connections) {
    byClient = HashMap.newHashMap(connections);
    byServer = HashMap.newHashMap(connections);
    taken = new BitSet[Math.ceilDiv(connections, MOST_PER_SERVER)][FlowHash.BUCKETS];
    for (BitSet[] ofServer : taken) {
      for (int bucket = 0; bucket < FlowHash.BUCKETS; bucket++) {
        ofServer[bucket] = new BitSet(PORTS_OF_BUCKET);
      }
    }
  }

  @Override
  public void begin(int client) {
    int bucket = hash.bucket(TCP, client, CLIENT_PORT);
    int server = client % taken.length;
    BitSet ports = taken[server][bucket];
    int port = freePort(ports, client, SERVER + server);
    ports.set(port);
    int natPort = FIRST_NAT_PORT + port * FlowHash.BUCKETS + bucket;
    Ends answer = new Ends(TCP, SERVER + server, PORT, FRONTEND, natPort);
    Connection connection = new Connection(answer, ports, port);
    byClient.put(ends(client), connection);
    byServer.put(answer, connection);
  }

  /** The first that is free from where a keyed hash of client and server says. */
  private int freePort(BitSet ports, int client, int server) {
    long order = hash.tuple(tuple.ipv4(TCP, client, CLIENT_PORT, server, PORT));
    int port = ports.nextClearBit((int) Math.unsignedMultiplyHigh(order, (long) PORTS_OF_BUCKET));
    if (port >= PORTS_OF_BUCKET) {
      port = ports.nextClearBit(0);
    }
    if (port >= PORTS_OF_BUCKET) {
      throw new IllegalStateException("every port is in use");
    }
    return port;
  }

  @Override
  public void end(int client) {
    Connection connection = byClient.remove(ends(client));
    byServer.remove(connection.answer);
    connection.ports.clear(connection.port);
  }

  private static Ends ends(int client) {
    return new Ends(TCP, client, CLIENT_PORT, FRONTEND, PORT);
  }

  @Override
  public int size() {
    return byClient.size();
  }

  @Override
  public void close() {}
}
