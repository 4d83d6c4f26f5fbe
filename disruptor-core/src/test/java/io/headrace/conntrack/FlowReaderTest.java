package io.headrace.conntrack;

import static io.headrace.conntrack.Fixture.ACK;
import static io.headrace.conntrack.Fixture.CLIENT;
import static io.headrace.conntrack.Fixture.FIN;
import static io.headrace.conntrack.Fixture.NAT;
import static io.headrace.conntrack.Fixture.SERVER;
import static io.headrace.conntrack.Fixture.SERVICE;
import static io.headrace.conntrack.Fixture.TCP;
import static io.headrace.conntrack.Fixture.UDP;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.conntrack.FlowRecords.End;
import io.headrace.packet.IpAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FlowReaderTest {
  private static final long NETWORK = 0x20010db800000000L;
  private static final IpAddress[] IPV6_NAT = {new IpAddress(NETWORK + 3, 1)};

  private final FlowView view = new FlowView();

  @Test
  void aFlowIsReadAsItIs() {
    try (Fixture fixture = new Fixture(10)) {
      int client = 0xdfffff01; // the highest bits set, so that a lost sign shows
      int flow = fixture.create(TCP, client, 65_535);
      fixture.table.clientLink(flow, 0xfeffffffffffL, 3);
      FlowReader reader = new FlowReader(fixture.table);
      assertEquals(1, reader.end());
      assertTrue(reader.read(flow, view));
      assertEquals(TCP, view.protocol());
      assertEquals(FlowState.SYN_SENT, view.state());
      assertEnd(IpAddress.ofIpv4(client), 65_535, End.CLIENT);
      assertEnd(IpAddress.ofIpv4(SERVICE), 80, End.SERVICE);
      assertEnd(IpAddress.ofIpv4(SERVER), 8080, End.SERVER);
      assertEnd(IpAddress.ofIpv4(NAT), fixture.table.natPort(flow), End.NAT);
      assertEquals(3, view.serverId());
      assertEquals(5, view.serviceId());
      assertEquals(0xfeffffffffffL, view.clientMac());
      assertEquals(fixture.table.deadlineNs(flow), view.deadlineNs());
      assertTrue(view.hasDeadline());
      assertFalse(view.isDurable());
      fixture.table.remove(flow);
      assertFalse(reader.read(flow, view));
      assertEquals(1, reader.end());
    }
  }

  /** Every record is another flow's all the time; each flow's ends say which client it is. */
  @Test
  void aFlowIsNeverAMixtureOfTwo() {
    try (Fixture fixture = new Fixture(4)) {
      AtomicBoolean enough = new AtomicBoolean();
      CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> churn(fixture, enough));
      try {
        FlowReader reader = new FlowReader(fixture.table);
        int different = 0;
        int former = 0;
        for (int found = 0; different < 5_000 || found < 30_000; ) {
          if (reader.end() > 0 && reader.read(0, view)) {
            int client = view.serverId();
            assertEnd(client(client), port(client), End.CLIENT);
            assertEnd(server(client), 8080, End.SERVER);
            assertEquals(-client, view.serviceId());
            assertEquals(bucket(client), NatPorts.bucketOf(view.port(End.NAT)));
            different += client == former ? 0 : 1;
            former = client;
            found++;
          }
          assertFalse(writer.isCompletedExceptionally(), writer::toString);
        }
      } finally {
        enough.set(true);
        writer.join();
      }
    }
  }

  private static void churn(Fixture fixture, AtomicBoolean enough) {
    for (int client = 1; !enough.get(); client++) {
      int flow =
          fixture.table.create(
              bucket(client),
              tuple(client, fixture.tuple),
              server(client),
              8080,
              client,
              -client,
              isIpv6(client) ? IPV6_NAT : Fixture.addresses(NAT),
              fixture.nowNs);
      fixture.table.remove(flow);
    }
  }

  /** Of few: what is kept of a server's NAT ports stays. */
  private static IpAddress server(int client) {
    return isIpv6(client)
        ? new IpAddress(NETWORK + 1, client % 64)
        : IpAddress.ofIpv4(SERVER + client % 64);
  }

  private static boolean isIpv6(int client) {
    return client % 3 == 0;
  }

  private static IpAddress client(int client) {
    return isIpv6(client) ? new IpAddress(NETWORK, client) : IpAddress.ofIpv4(client);
  }

  private static FlowTuple tuple(int client, FlowTuple tuple) {
    return isIpv6(client)
        ? tuple.ipv6(Fixture.HASH, TCP, NETWORK, client, port(client), NETWORK + 2, client, 80)
        : tuple.ipv4(TCP, client, port(client), SERVICE, 80);
  }

  private static int bucket(int client) {
    return isIpv6(client)
        ? Fixture.HASH.bucket(TCP, NETWORK, client, port(client))
        : Fixture.HASH.bucket(TCP, client, port(client));
  }

  private void assertEnd(IpAddress address, int port, End end) {
    assertEquals(address, new IpAddress(view.high(end), view.low(end)));
    assertEquals(port, view.port(end));
  }

  private static int port(int client) {
    return client * 31 & 0xffff;
  }

  @Test
  void freedMemoryIsNeverRead() {
    for (int round = 0; round < 50; round++) {
      Fixture fixture = new Fixture(1000);
      for (int port = 0; port < 1000; port++) {
        fixture.established(CLIENT, port);
      }
      FlowReader reader = new FlowReader(fixture.table);
      CompletableFuture<Void> reading =
          CompletableFuture.runAsync(
              () ->
                  assertThrows(
                      IllegalStateException.class,
                      () -> {
                        for (int flow = 0; ; flow = (flow + 1) % 1000) {
                          assertTrue(reader.read(flow, view));
                        }
                      }));
      fixture.close();
      reading.join();
    }
  }

  @Test
  void whatIsCountedByStateIsWhatThereIs() {
    try (Fixture fixture = new Fixture(1000)) {
      for (int port = 0; port < 500; port++) {
        int flow =
            port % 3 == 0 ? fixture.create(UDP, CLIENT, port) : fixture.established(CLIENT, port);
        switch (port % 5) {
          case 0 -> fixture.server(flow, ACK);
          case 1 -> fixture.client(flow, FIN | ACK);
          case 2 -> {
            fixture.client(flow, FIN | ACK);
            fixture.server(flow, FIN | ACK);
          }
          case 3 -> fixture.table.remove(flow);
          default -> {}
        }
      }
      long[] there = new long[FlowState.values().length];
      FlowReader reader = new FlowReader(fixture.table);
      for (int flow = 0; flow < reader.end(); flow++) {
        if (reader.read(flow, view)) {
          there[view.state().ordinal()]++;
        }
      }
      for (FlowState state : FlowState.values()) {
        assertEquals(there[state.ordinal()], fixture.counters.in(state).get(), state::label);
      }
      assertEquals(
          fixture.table.size(),
          Stream.of(FlowState.values()).mapToLong(state -> fixture.counters.in(state).get()).sum());
      assertTrue(there[FlowState.FIN_CLIENT.ordinal()] > 0);
    }
  }

  @Test
  void lookUpsAreCounted() {
    try (Fixture fixture = new Fixture(100)) {
      int flow = fixture.create(TCP, CLIENT, 1);
      fixture.find(TCP, CLIENT, 1);
      fixture.findReply(TCP, fixture.table.natPort(flow));
      fixture.find(TCP, CLIENT, 2);
      fixture.nowNs = fixture.table.deadlineNs(flow);
      fixture.find(TCP, CLIENT, 1);
      assertEquals(2, fixture.counters.hits().get());
      assertEquals(2, fixture.counters.misses().get(), "one unknown, one past its deadline");
    }
  }
}
