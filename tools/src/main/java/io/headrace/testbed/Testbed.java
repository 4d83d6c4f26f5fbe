package io.headrace.testbed;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A network of its own: a client, a balancer and servers, joined by a switch. Each is a network
 * namespace, the switch too, so that not even an interface of the surrounding machine is touched.
 *
 * <pre>
 *   one arm, 192.0.2.0/24                two arms
 *
 *   client .10 ──┐                       client .10 ── 198.51.100.0/24 ── .1 balancer
 *   balancer .1 ─┤ br0                                                        │ .1
 *   server1 .21 ─┤                       server1 .21, server2 .22, … ── 192.0.2.0/24
 *   server2 .22 ─┘
 * </pre>
 *
 * Each host has an IPv6 address, too, that ends as the other: 2001:db8:2::/64 goes with
 * 192.0.2.0/24, 2001:db8:100::/64 with 198.51.100.0/24.
 *
 * <p>The links are veth pairs with the offloads that they have by default: partial checksums and
 * super-size frames occur. Nobody has a default route and the balancer's kernel does not forward,
 * so whatever crosses the balancer, the balancer's program has carried.
 *
 * <p>Needs the privileges that {@link Prerequisites} names. {@link #close} removes everything, the
 * programs that still run included; so does the end of the JVM, Ctrl-C included. What a killed JVM
 * leaves, the next testbed removes. Safe for several threads.
 */
public final class Testbed implements AutoCloseable {
  private static final int MAX_SERVERS = 200;
  private static final int ROUNDS = 100;
  private static final String SERVER_SIDE = "192.0.2.";
  private static final String CLIENT_SIDE = "198.51.100.";

  private final String id;
  private final Path directory;
  private final Host client;
  private final Host balancer;
  private final List<Host> servers;
  private final Thread closer = new Thread(this::close, "testbed-close");
  private boolean closed;

  private Testbed(
      int serverCount, List<Arm> clientArms, List<Arm> balancerArms, String serverBridge) {
    if (serverCount < 1 || serverCount > MAX_SERVERS) {
      throw new IllegalArgumentException(
          "a testbed has 1 to %d servers, not %d".formatted(MAX_SERVERS, serverCount));
    }
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    directory = ownDirectory(temporary);
    id = directory.getFileName().toString();
    client = host("client", clientArms);
    balancer = host("balancer", balancerArms);
    servers =
        IntStream.rangeClosed(1, serverCount)
            .mapToObj(
                i ->
                    host(
                        "server" + i,
                        List.of(new Arm("eth0", serverBridge, SERVER_SIDE + (20 + i)))))
            .toList();
    Runtime.getRuntime().addShutdownHook(closer);
    build(temporary);
  }

  /** Client, balancer and servers on one network: the client reaches a server straight as well. */
  public static Testbed oneArm(int servers) {
    return new Testbed(
        servers,
        List.of(new Arm("eth0", "br0", SERVER_SIDE + "10")),
        List.of(new Arm("eth0", "br0", SERVER_SIDE + "1")),
        "br0");
  }

  /**
   * Two networks that only the balancer is on both of. Neither client nor servers have a route to
   * the other side.
   */
  public static Testbed twoArm(int servers) {
    return new Testbed(
        servers,
        List.of(new Arm("eth0", "br0", CLIENT_SIDE + "10")),
        List.of(
            new Arm("eth0", "br0", CLIENT_SIDE + "1"), new Arm("eth1", "br1", SERVER_SIDE + "1")),
        "br1");
  }

  public Host client() {
    return client;
  }

  public Host balancer() {
    return balancer;
  }

  public List<Host> servers() {
    return servers;
  }

  /** What all names of this testbed begin with, such as {@code hr-4711-0}. */
  public String id() {
    return id;
  }

  /** Files that live as long as the testbed. */
  public Path directory() {
    return directory;
  }

  /**
   * Stops every program that was started and removes the network and the files. A second call does
   * nothing.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      hosts().parallel().forEach(Host::stopAll);
    } finally {
      try {
        Namespaces.remove(directory, Namespaces.named(id + "-"));
      } finally {
        removeFiles();
        forgetCloser();
      }
    }
  }

  private Stream<Host> hosts() {
    return Stream.concat(Stream.of(client, balancer), servers.stream());
  }

  private Host host(String name, List<Arm> arms) {
    return new Host(name, "%s-%s".formatted(id, name), arms, directory.resolve(name));
  }

  /** Holds the monitor, so that a Ctrl-C meanwhile waits and then finds all there is to remove. */
  private synchronized void build(Path temporary) {
    try {
      for (Host host : hosts().toList()) {
        Files.createDirectory(host.directory());
      }
      Leftovers.remove(directory, temporary);
      Wiring.build(directory, id + "-switch", hosts().toList());
      writeSetting(balancer, "/proc/sys/net/ipv4/ip_forward");
    } catch (IOException e) {
      close();
      throw new TestbedException("cannot write to %s: %s".formatted(directory, e.getMessage()), e);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** A new namespace inherits this from the machine, and a container host has it on. */
  private static void writeSetting(Host host, String path) {
    Result result = host.run("sh", "-c", "echo 0 > " + path);
    if (!result.ok()) {
      throw new TestbedException(
          "cannot write %s on %s: %s".formatted(path, host, result.err().strip()));
    }
  }

  /**
   * Creating the directory claims the name: it fails where another testbed of this process has it.
   */
  private static Path ownDirectory(Path temporary) {
    var onlyOwner =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    for (int number = 0; ; number++) {
      Path path =
          temporary.resolve(
              "%s%d-%d".formatted(Leftovers.PREFIX, ProcessHandle.current().pid(), number));
      try {
        return Files.createDirectory(path, onlyOwner);
      } catch (FileAlreadyExistsException e) {
        continue;
      } catch (IOException e) {
        throw new TestbedException("cannot create %s: %s".formatted(path, e.getMessage()), e);
      }
    }
  }

  /** At a Ctrl-C another thread may be writing still: once the directory is gone, it cannot. */
  private void removeFiles() {
    for (int round = 1; Files.exists(directory); round++) {
      try {
        Leftovers.removeTree(directory);
      } catch (IOException e) {
        if (round == ROUNDS) {
          throw new TestbedException(
              "cannot remove %s: %s".formatted(directory, e.getMessage()), e);
        }
      }
    }
  }

  private void forgetCloser() {
    try {
      Runtime.getRuntime().removeShutdownHook(closer);
    } catch (IllegalStateException e) {
      // The JVM is on its way down and this may well be the hook itself.
      return;
    }
  }
}
