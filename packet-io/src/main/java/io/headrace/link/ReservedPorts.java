package io.headrace.link;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * The balancer's share of the kernel's ip_local_reserved_ports: ports that the kernel gives to no
 * socket by itself. The list also has what the operator reserved, for purposes of his own.
 *
 * <p>A file says which ports of the list are the balancer's. They are never the operator's as well,
 * so his are the list less the file, whenever that is worked out: after a crash at any point, and
 * after he changed the list while the balancer ran. For that the file is written before the list,
 * and while the list changes it names both the ports of before and those of after.
 *
 * <p>Works in the network namespace of the thread that calls (/proc/sys/net is that of the thread).
 */
final class ReservedPorts {
  static final Path SYSCTL = Path.of("/proc/sys/net/ipv4/ip_local_reserved_ports");

  private static final List<String> SOCKET_TABLES =
      List.of("tcp", "tcp6", "udp", "udp6", "udplite", "udplite6");
  private static final int LONGEST_LIST = 256 * 1024;

  private static final String NAME = "ports";

  private final Path file;

  /**
   * @param directory where the file is kept; must not outlive the kernel's list, so not the reboot
   */
  ReservedPorts(Path directory) {
    this.file = directory.resolve(NAME);
  }

  /**
   * Reserves ports, in place of what the balancer had reserved.
   *
   * @param natPorts for source NAT; those that are in use, that the operator reserved or that
   *     frontends listen on are left out
   * @param frontendPorts that clients send to; they must not become the local port of a connection
   *     of the box, whose answers would be taken for clients
   * @return the ports that source NAT may use
   */
  PortSet reserve(PortSet natPorts, PortSet frontendPorts) {
    try {
      PortSet before = ours();
      PortSet operators = list().minus(before);
      PortSet usable = usable(natPorts, operators, frontendPorts, inUse());
      PortSet after = usable.plus(frontendPorts).minus(operators);
      writeOurs(before.plus(after));
      writeList(operators.plus(after));
      writeOurs(after);
      return usable;
    } catch (IOException e) {
      throw explain(e);
    }
  }

  /** The NAT ports of those that are wanted that nobody else has or may get. */
  static PortSet usable(PortSet natPorts, PortSet operators, PortSet frontendPorts, PortSet inUse) {
    return natPorts.minus(operators).minus(frontendPorts).minus(inUse);
  }

  /** Takes the balancer's ports out of the list. */
  void putBack() {
    try {
      PortSet ours = ours();
      if (!ours.isEmpty()) {
        writeList(list().minus(ours));
      }
      Files.deleteIfExists(file);
      Files.deleteIfExists(fresh());
    } catch (IOException e) {
      throw explain(e);
    }
  }

  /** Ports that are reserved now, by whomever. */
  PortSet list() throws IOException {
    // In one read: the kernel gives what fits into the first, and nothing to a second.
    try (InputStream in = new FileInputStream(SYSCTL.toFile())) {
      byte[] text = new byte[LONGEST_LIST];
      int length = Math.max(0, in.read(text));
      return PortSet.parse(new String(text, 0, length, StandardCharsets.US_ASCII));
    }
  }

  /**
   * Ports of the list that the balancer put there. The file may be that of a network namespace that
   * is no more, whose number this one has got: what is not in the list is nobody's.
   */
  PortSet ours() throws IOException {
    try {
      PortSet list = list();
      return list.minus(list.minus(PortSet.parse(Files.readString(file))));
    } catch (NoSuchFileException e) {
      return PortSet.EMPTY;
    }
  }

  /** The local ports in /proc/net's table of sockets (proc_net_tcp): " 0: 0100007F:0035 …". */
  static PortSet localPorts(Stream<String> lines) {
    return PortSet.of(
        lines
            .map(line -> line.strip().split("\\s+"))
            .filter(fields -> fields.length > 1 && fields[1].contains(":"))
            .map(fields -> fields[1].substring(fields[1].lastIndexOf(':') + 1))
            .mapToInt(port -> Integer.parseInt(port, 16)));
  }

  /** Local ports of every socket that is open now. */
  static PortSet inUse() throws IOException {
    PortSet ports = PortSet.EMPTY;
    for (String table : SOCKET_TABLES) {
      Path path = Path.of("/proc/thread-self/net", table);
      if (Files.exists(path)) {
        try (Stream<String> lines = Files.lines(path)) {
          ports = ports.plus(localPorts(lines.skip(1)));
        }
      }
    }
    return ports;
  }

  private void writeOurs(PortSet ports) throws IOException {
    Files.writeString(fresh(), ports + "\n");
    Files.move(fresh(), file, StandardCopyOption.ATOMIC_MOVE);
  }

  private Path fresh() {
    return file.resolveSibling("ports.new");
  }

  private static void writeList(PortSet ports) throws IOException {
    Files.writeString(SYSCTL, ports + "\n");
  }

  private static LinkException explain(IOException e) {
    String what = "reserve ports in " + SYSCTL;
    return e instanceof AccessDeniedException
        ? LinkException.missingPrivilege(what)
        : new LinkException("cannot " + what + ": " + e.getMessage(), e);
  }
}
