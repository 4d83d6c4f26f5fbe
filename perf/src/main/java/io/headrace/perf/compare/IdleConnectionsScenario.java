package io.headrace.perf.compare;

import io.headrace.config.Protocol;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.Testbed;
import io.headrace.testbed.TestbedException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What idle connections take of the process that carries them: 20,000, or as many as the limit of
 * open files allows, which each has two of. Each has carried a byte there and back before.
 */
final class IdleConnectionsScenario implements Scenario {
  private static final Figure MEMORY =
      new Figure("kb_per_connection", "memory", "kB a connection", 2, false);
  private static final Figure COUNT = new Figure("connections", "connections", "open", 0, true);
  private static final int WANTED = 20_000;

  /** For all else that this program and the balancer have open. */
  private static final int OTHER_FILES = 600;

  private static final int PORT = 7;
  private static final int WARM_UP = 200;
  private static final long SETTLE_MS = 2_000;
  private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB$");
  private static final Pattern OPEN_FILES = Pattern.compile("(?m)^Max open files +(\\d+) ");

  private final List<Forwarder> forwarders =
      List.of(new HeadraceProxy("io_uring"), new HeadraceProxy("nio"));

  @Override
  public String name() {
    return "crowd";
  }

  @Override
  public String description() {
    return "process memory of 20,000 idle connections of mode proxy, or as many as ulimit -n allows";
  }

  @Override
  public List<Figure> figures() {
    return List.of(MEMORY, COUNT);
  }

  @Override
  public List<String> contestants() {
    return forwarders.stream().map(Forwarder::name).toList();
  }

  @Override
  public List<String> peers() {
    return List.of();
  }

  @Override
  public Sample measure(String contestant, Timing timing) {
    Forwarder forwarder =
        forwarders.stream()
            .filter(each -> each.name().equals(contestant))
            .findFirst()
            .orElseThrow();
    try (Testbed bed = Testbed.oneArm(1)) {
      Service service = new Service(bed, Protocol.TCP, PORT, bed.servers(), OptionalInt.empty());
      HostProcess program = forwarder.start(service).orElseThrow();
      Meter meter = new Meter();
      List<SocketChannel> open = new ArrayList<>();
      try (ServerSocketChannel _ =
          HostTask.start(bed.servers().getFirst(), () -> listen(open)).result()) {
        InetSocketAddress target = new InetSocketAddress(service.address(), PORT);
        HostTask.start(bed.client(), () -> connect(target, WARM_UP, open)).result();
        long before = resident(program);
        int count = most() - WARM_UP;
        HostTask.start(bed.client(), () -> connect(target, count, open)).result();
        long after = resident(program);
        return new Sample(
            Map.of(MEMORY, (after - before) / (double) count, COUNT, (double) count + WARM_UP),
            meter.read().cpu().stealShare());
      } finally {
        close(open);
      }
    } catch (IOException | InterruptedException e) {
      throw new TestbedException(e.getMessage(), e);
    }
  }

  /** Both ends of each connection are in this program. */
  static int most() throws IOException {
    Matcher limit = OPEN_FILES.matcher(Files.readString(Path.of("/proc/self/limits")));
    return limit.find()
        ? (int) Math.min(WANTED, (Long.parseLong(limit.group(1)) - OTHER_FILES) / 2)
        : WANTED;
  }

  private static ServerSocketChannel listen(List<SocketChannel> open) throws IOException {
    ServerSocketChannel listener =
        ServerSocketChannel.open().bind(new InetSocketAddress(PORT), 4096);
    Thread.ofPlatform().daemon().start(() -> answer(listener, open));
    return listener;
  }

  private static void answer(ServerSocketChannel listener, List<SocketChannel> open) {
    ByteBuffer one = ByteBuffer.allocate(1);
    try {
      while (true) {
        SocketChannel socket = listener.accept();
        add(open, socket);
        if (socket.read(one.clear()) == 1) {
          socket.write(one.flip());
        }
      }
    } catch (IOException e) {
      // The run is over.
    }
  }

  private static Integer connect(InetSocketAddress target, int count, List<SocketChannel> open)
      throws IOException {
    ByteBuffer one = ByteBuffer.allocate(1);
    for (int i = 0; i < count; i++) {
      SocketChannel socket = SocketChannel.open(target);
      add(open, socket);
      socket.write(one.clear());
      if (socket.read(one.clear()) != 1) {
        throw new TestbedException("connection %d of %d was refused".formatted(i + 1, count));
      }
    }
    return count;
  }

  private static void add(List<SocketChannel> open, SocketChannel socket) {
    synchronized (open) {
      open.add(socket);
    }
  }

  private static void close(List<SocketChannel> open) throws IOException {
    synchronized (open) {
      for (SocketChannel each : open) {
        each.close();
      }
    }
  }

  /** In kB. */
  private static long resident(HostProcess program) throws IOException, InterruptedException {
    Thread.sleep(SETTLE_MS);
    Matcher memory =
        RESIDENT.matcher(Files.readString(Path.of("/proc/" + program.pid() + "/status")));
    if (!memory.find()) {
      throw new TestbedException("the balancer is gone");
    }
    return Long.parseLong(memory.group(1));
  }
}
