package io.headrace.proxy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.Config;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.config.ProxyConfig;
import io.headrace.counters.Counters;
import io.headrace.registry.Registry;
import io.netty.channel.ChannelException;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UdpTest {
  private static final int PATIENCE_MS = 30_000;

  /** Answers each datagram with its name and what was in it. */
  private static final class Server implements AutoCloseable {
    private final DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));

    Server(String name) throws IOException {
      Thread.ofPlatform().daemon().start(() -> answer(name));
    }

    private void answer(String name) {
      byte[] buffer = new byte[65536];
      byte[] prefix = name.getBytes(StandardCharsets.UTF_8);
      try {
        while (true) {
          DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
          socket.receive(packet);
          byte[] answer = Arrays.copyOf(prefix, prefix.length + packet.getLength());
          System.arraycopy(buffer, 0, answer, prefix.length, packet.getLength());
          socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
        }
      } catch (IOException e) {
        // It is closed.
      }
    }

    InetSocketAddress address() {
      return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  private static Bench bench(String io, String frontend, Server... servers) throws IOException {
    return new Bench(toml(io, frontend, servers));
  }

  private static String toml(String io, String frontend, Server... servers) throws IOException {
    int port;
    try (DatagramSocket free =
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
      port = free.getLocalPort();
    }
    return Bench.toml(
            port,
            "protocol = 'udp'\n" + frontend,
            "",
            Arrays.stream(servers).map(Server::address).toArray(InetSocketAddress[]::new))
        + "[proxy]\nevent_loops = 2\nio = '"
        + io
        + "'\n";
  }

  private static DatagramSocket client(Bench bench) throws IOException {
    DatagramSocket socket = new DatagramSocket();
    socket.connect(bench.address());
    socket.setSoTimeout(PATIENCE_MS);
    return socket;
  }

  private static byte[] ask(DatagramSocket client, byte[] data) throws IOException {
    client.send(new DatagramPacket(data, data.length));
    DatagramPacket answer = new DatagramPacket(new byte[65536], 65536);
    client.receive(answer);
    return Arrays.copyOf(answer.getData(), answer.getLength());
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void aFrontendOfIpv6HasServersOfIpv4(String io) throws Exception {
    try (Server server = new Server("s");
        Bench bench =
            new Bench(
                toml(io, "", server)
                    .replace("listen_addr = '127.0.0.1:", "listen_addr = '[::1]:"));
        DatagramSocket client = client(bench)) {
      assertTrue(client.getInetAddress() instanceof Inet6Address);
      assertEquals(
          "squestion",
          new String(
              ask(client, "question".getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void aClientKeepsItsServerAndGetsItsAnswersAloneWhateverTheirSize(String io) throws Exception {
    try (Server a = new Server("a");
        Server b = new Server("b");
        Bench bench = bench(io, "", a, b)) {
      Set<String> used = new HashSet<>();
      Random random = new Random(1);
      // All are open until the end: a port that comes again would be the same client.
      List<DatagramSocket> clients = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        DatagramSocket client = client(bench);
        clients.add(client);
        String server = null;
        for (int size : new int[] {1, 100, 1400, 9000, 65000}) {
          byte[] data = new byte[size];
          random.nextBytes(data);
          byte[] answer = ask(client, data);
          String name = new String(answer, 0, 1, StandardCharsets.UTF_8);
          server = server == null ? name : server;
          assertEquals(server, name);
          assertArrayEquals(data, Arrays.copyOfRange(answer, 1, answer.length));
        }
        used.add(server);
      }
      clients.forEach(DatagramSocket::close);
      assertEquals(Set.of("a", "b"), used);
      assertEquals(40, bench.counts().totalConnections());
      assertEquals(40 * 75501L, bench.counts().bytesFromClients());
      assertEquals(40 * 75506L, bench.counts().bytesFromServers());
      Bench.await(
          "each datagram has a time in its direction",
          () ->
              bench.counts().toServerTime().count() == 200
                  && bench.counts().toClientTime().count() == 200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void aClientLeavesAServerThatIsDownAtOnce(String io) throws Exception {
    try (Server a = new Server("a");
        Server b = new Server("b");
        Bench bench = bench(io, "", a, b);
        DatagramSocket client = client(bench)) {
      byte[] first = ask(client, new byte[1]);
      String other = first[0] == 'a' ? "b" : "a";
      bench.health(first[0] == 'a' ? "s0" : "s1", false);
      assertEquals(other.charAt(0), ask(client, new byte[1])[0]);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void sessionsEndWhenIdleAndAreNoMoreThanMayBe(String io) throws Exception {
    try (Server a = new Server("a");
        Bench bench = bench(io, "idle_timeout = '1s'\nmax_connections = 2", a);
        DatagramSocket one = client(bench);
        DatagramSocket two = client(bench);
        DatagramSocket three = client(bench)) {
      ask(one, new byte[1]);
      ask(two, new byte[1]);
      three.setSoTimeout(200);
      assertThrows(SocketTimeoutException.class, () -> ask(three, new byte[1]));
      assertTrue(bench.ends(Ended.QUEUE_FULL) >= 1);
      Bench.await("idle sessions end", () -> bench.counts().currentConnections() == 0);
      three.setSoTimeout(PATIENCE_MS);
      ask(three, new byte[1]);
      assertEquals(2, bench.ends(Ended.DONE));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void aServerThatIsNotThereIsCountedAndLeftAlone(String io) throws Exception {
    InetSocketAddress address;
    try (DatagramSocket free =
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
      address = (InetSocketAddress) free.getLocalSocketAddress();
    }
    int port = Bench.freePort();
    try (Bench bench =
            new Bench(
                Bench.toml(port, "protocol = 'udp'", "", address) + "[proxy]\nio='" + io + "'\n");
        DatagramSocket client = client(bench)) {
      client.send(new DatagramPacket(new byte[1], 1));
      bench.awaitEnds(Ended.SERVER_RESET, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void aFrontendThatWasRemovedCanComeBackWhileASessionLives(String io) throws Exception {
    try (Server a = new Server("a");
        Bench bench = bench(io, "", a);
        DatagramSocket client = client(bench);
        DatagramSocket other = client(bench)) {
      ask(client, new byte[1]);
      String tail = "[proxy]\nevent_loops = 2\nio = '" + io + "'\n";
      String there =
          Bench.toml(bench.address().getPort(), "protocol = 'udp'", "", a.address()) + tail;
      for (int i = 0; i < 3; i++) {
        bench.apply(Bench.toml(Bench.freePort(), "protocol = 'udp'", "", a.address()) + tail);
        bench.apply(there);
        ask(other, new byte[1]);
        ask(client, new byte[1]);
      }
    }
  }

  @Test
  void aSessionThatGetsNoDescriptorGivesItsPlacesBack() throws Exception {
    int port = Bench.freePort();
    Config config =
        ConfigReader.read(
            Bench.toml(
                    port,
                    "protocol = 'udp'\nmax_connections = 1",
                    "",
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 9))
                + "max_connections = 1\n",
            Path.of("test.toml"),
            Mode.PROXY);
    Roster roster = new Roster(Counters.inMemory());
    Frontend frontend = roster.update(new Registry(config).snapshot(), config).getFirst();
    Transport nio = Transport.of(ProxyConfig.Io.NIO);
    AtomicBoolean none = new AtomicBoolean();
    Transport scarce =
        new Transport(
            nio.name(),
            nio.handlers(),
            nio.listening(),
            nio.connecting(),
            () -> {
              if (none.get()) {
                throw new ChannelException("too many open files");
              }
              return nio.datagrams().newChannel();
            },
            nio.reusePort());
    MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, nio.handlers());
    try (DatagramSocket client = new DatagramSocket()) {
      Loop loop =
          new Loop(
              group.next(), 1, scarce, new ProcessLimits(4, 1L << 40, 1L << 40), roster, _ -> {});
      UdpListener listener =
          UdpListener.bind(frontend.service().listen(), List.of(loop), List.of());
      none.set(true);
      listener.serve(frontend);
      client.connect(frontend.service().listen());
      for (long i = 1; i <= 3; i++) {
        client.send(new DatagramPacket(new byte[1], 1));
        long ends = i;
        Bench.await(
            "it is refused for want of a descriptor",
            () -> frontend.counts().ends().get(Ended.NO_DESCRIPTOR) == ends);
      }
      assertEquals(0, frontend.counts().currentConnections());
      assertTrue(frontend.limit().hasRoom());
      assertTrue(frontend.backend().hasRoom(List.of()));
      assertTrue(loop.limits().take());
      listener.close();
    } finally {
      group.shutdownGracefully(50, 2000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
    }
  }
}
