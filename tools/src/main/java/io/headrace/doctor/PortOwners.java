package io.headrace.doctor;

import io.headrace.config.Protocol;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Whose the sockets are that listen in this network namespace (proc(5), /proc/net/tcp). */
final class PortOwners {
  private static final String TCP_LISTENS = "0A";
  private static final String UDP_UNCONNECTED = "07";

  /**
   * Who has a port.
   *
   * @param process its number; empty where it may not be known
   */
  record Owner(Optional<Long> process) {
    /** For a person. */
    String text() {
      return process
          .map(pid -> Proc.line("/proc/" + pid + "/comm").orElse("a program") + ", process " + pid)
          .orElse("another program");
    }
  }

  private PortOwners() {}

  /** The processes of sockets that take what is sent to an address and port. */
  static List<Owner> of(Protocol protocol, InetSocketAddress wanted) {
    String table = protocol == Protocol.TCP ? "tcp" : "udp";
    String state = protocol == Protocol.TCP ? TCP_LISTENS : UDP_UNCONNECTED;
    List<Owner> owners = new ArrayList<>();
    Stream.of(table, table + "6")
        .flatMap(name -> Proc.lines("/proc/thread-self/net/" + name).stream().skip(1))
        .map(line -> line.strip().split("\\s+"))
        .filter(fields -> fields.length > 9 && fields[3].equals(state))
        .filter(fields -> overlap(address(fields[1]), wanted))
        .forEach(fields -> owners.add(new Owner(process("socket:[" + fields[9] + "]"))));
    return owners;
  }

  private static boolean overlap(InetSocketAddress listening, InetSocketAddress wanted) {
    InetAddress one = listening.getAddress();
    InetAddress other = wanted.getAddress();
    // A wildcard of IPv6 takes IPv4 as well.
    return listening.getPort() == wanted.getPort()
        && (one.equals(other) || one.isAnyLocalAddress() || other.isAnyLocalAddress());
  }

  /** Words of four bytes in the machine's order, then the port. */
  private static InetSocketAddress address(String text) {
    int colon = text.indexOf(':');
    ByteBuffer words = ByteBuffer.wrap(HexFormat.of().parseHex(text.substring(0, colon)));
    ByteBuffer bytes = ByteBuffer.allocate(words.capacity()).order(ByteOrder.nativeOrder());
    while (words.hasRemaining()) {
      bytes.putInt(words.getInt());
    }
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(bytes.array()), Integer.parseInt(text.substring(colon + 1), 16));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("the kernel wrote an address as " + text, e);
    }
  }

  private static Optional<Long> process(String socket) {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        if (has(process, socket)) {
          return Optional.of(Long.valueOf(process.getFileName().toString()));
        }
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return Optional.empty();
  }

  private static boolean has(Path process, String socket) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path file : files) {
        if (Files.readSymbolicLink(file).toString().equals(socket)) {
          return true;
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // Of another user, or gone by now.
      return false;
    }
    return false;
  }
}
