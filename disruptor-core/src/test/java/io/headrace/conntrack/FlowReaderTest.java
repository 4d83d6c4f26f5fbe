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

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FlowReaderTest {
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
      assertEquals(client, view.clientAddress());
      assertEquals(65_535, view.clientPort());
      assertEquals(SERVICE, view.serviceAddress());
      assertEquals(80, view.servicePort());
      assertEquals(SERVER, view.serverAddress());
      assertEquals(8080, view.serverPort());
      assertEquals(NAT, view.natAddress());
      assertEquals(fixture.table.natPort(flow), view.natPort());
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
            int client = view.clientAddress();
            assertEquals(port(client), view.clientPort());
            assertEquals(server(client), view.serverAddress());
            assertEquals(client, view.serverId());
            assertEquals(-client, view.serviceId());
            assertEquals(
                Fixture.HASH.bucket(TCP, client, port(client)), NatPorts.bucketOf(view.natPort()));
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
              Fixture.HASH.bucket(TCP, client, port(client)),
              TCP,
              client,
              port(client),
              SERVICE,
              80,
              server(client),
              8080,
              client,
              -client,
              new int[] {NAT},
              fixture.nowNs);
      fixture.table.remove(flow);
    }
  }

  /** Of few: what is kept of a server's NAT ports stays. */
  private static int server(int client) {
    return SERVER + client % 64;
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
