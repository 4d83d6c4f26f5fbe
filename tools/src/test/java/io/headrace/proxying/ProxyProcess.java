package io.headrace.proxying;

import io.headrace.cli.Headrace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** {@code headrace run FILE} on this machine. */
final class ProxyProcess implements AutoCloseable {
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  private final Path directory;
  private final int port;
  private final int statsPort;
  private final LocalProgram program;

  private ProxyProcess(Path directory, int port, int statsPort, LocalProgram program) {
    this.directory = directory;
    this.port = port;
    this.statsPort = statsPort;
    this.program = program;
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** A configuration: one frontend, "web", statistics, and servers at these ports. */
  static String toml(int port, int statsPort, String frontend, int... servers) {
    StringBuilder toml =
        new StringBuilder(
            """
            [stats]
            port = %d
            [frontends.web]
            listen_addr = "127.0.0.1:%d"
            backend = "pool"
            %s
            [backends.pool.health_check]
            interval = "200ms"
            """
                .formatted(statsPort, port, frontend));
    for (int server : servers) {
      toml.append("[backends.pool.servers.s%1$d]\naddr = \"127.0.0.1:%1$d\"\n".formatted(server));
    }
    return toml.toString();
  }

  /**
   * Starts one; returns when it is ready.
   *
   * @param more of the file
   */
  static ProxyProcess start(Path directory, String frontend, String more, int... servers)
      throws IOException {
    int port = freePort();
    int statsPort = freePort();
    return launch(directory, port, statsPort, toml(port, statsPort, frontend, servers) + more)
        .ready();
  }

  /** Starts one and waits for nothing. */
  static ProxyProcess launch(Path directory, int port, int statsPort, String toml)
      throws IOException {
    Files.writeString(directory.resolve("config.toml"), toml);
    return new ProxyProcess(directory, port, statsPort, run(directory));
  }

  /** Starts one that follows this one, whose file it reads; waits for nothing. */
  ProxyProcess upgrade() throws IOException {
    return upgrade(directory, port, statsPort);
  }

  /** Starts one that follows whatever runs with the file in a directory; waits for nothing. */
  static ProxyProcess upgrade(Path directory, int port, int statsPort) throws IOException {
    return new ProxyProcess(directory, port, statsPort, run(directory, "--upgrade"));
  }

  private static LocalProgram run(Path directory, String... more) throws IOException {
    return headrace(directory, Stream.concat(Stream.of("run"), Stream.of(more)));
  }

  /** Another command, {@code headrace WORDS FILE}, of this one's file. */
  LocalProgram command(String... words) throws IOException {
    return headrace(directory, Stream.of(words));
  }

  private static LocalProgram headrace(Path directory, Stream<String> words) throws IOException {
    List<String> command = new ArrayList<>();
    // Root without its powers is as everybody else.
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all"));
    }
    command.addAll(
        List.of(
            JAVA,
            "@" + Path.of(System.getProperty("basedir", "."), "target", "headrace.jvm"),
            // Not the log settings of the tests whose class path this is.
            "-Dlogback.configurationFile=logback.xml",
            "-cp",
            System.getProperty("java.class.path"),
            Headrace.class.getName()));
    words.forEach(command::add);
    command.add(directory.resolve("config.toml").toString());
    return new LocalProgram(directory, command);
  }

  int port() {
    return port;
  }

  LocalProgram program() {
    return program;
  }

  /** Returns when it is ready. */
  ProxyProcess ready() {
    program.awaitOutput(" ready: ");
    return this;
  }

  /** Changes the configuration, and waits until it is in force. */
  void reload(String frontend, int... servers) throws IOException {
    String said = "the configuration has changed and is in force";
    long before = count(said);
    Path fresh = directory.resolve("config.toml.new");
    Files.writeString(fresh, toml(port, statsPort, frontend, servers));
    Files.move(fresh, directory.resolve("config.toml"), StandardCopyOption.ATOMIC_MOVE);
    LocalProgram.await("it has reloaded", () -> count(said) > before, program::output);
  }

  private long count(String text) {
    return program.output().lines().filter(line -> line.contains(text)).count();
  }

  String stats() throws IOException {
    return ask("/stats").body();
  }

  /** What its admin port answers. */
  HttpResponse<String> ask(String page) throws IOException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + statsPort + page)).build(),
          BodyHandlers.ofString());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  int statsPort() {
    return statsPort;
  }

  Socket connect() throws IOException {
    Socket socket = new Socket();
    socket.connect(new InetSocketAddress("127.0.0.1", port), 30_000);
    socket.setSoTimeout(30_000);
    return socket;
  }

  boolean refuses() {
    try {
      connect().close();
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @Override
  public void close() {
    program.close();
  }
}
