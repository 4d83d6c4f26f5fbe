package io.headrace.perf.compare;

import io.headrace.config.Protocol;
import io.headrace.testbed.Host;
import io.headrace.testbed.Testbed;
import io.headrace.testbed.TestbedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a forwarder is to carry.
 *
 * @param port of the balancer's address, and of the servers
 * @param servers among which it spreads connections evenly
 * @param core the only one that the forwarder's program may run on
 */
record Service(Testbed bed, Protocol protocol, int port, List<Host> servers, OptionalInt core) {

  Host balancer() {
    return bed.balancer();
  }

  /** The address that clients connect to. */
  String address() {
    return balancer().address();
  }

  boolean isUdp() {
    return protocol == Protocol.UDP;
  }

  /**
   * A line for each server.
   *
   * @param format of its number from 0, its address and the port
   */
  String lines(String format) {
    return IntStream.range(0, servers.size())
        .mapToObj(i -> format.formatted(i, servers.get(i).address(), port))
        .collect(Collectors.joining("\n"));
  }

  /** The command line that runs a program where the forwarder may run. */
  String[] command(List<String> program) {
    List<String> line = new ArrayList<>();
    core.ifPresent(number -> line.addAll(List.of("taskset", "-c", String.valueOf(number))));
    line.addAll(program);
    return line.toArray(String[]::new);
  }

  /** A configuration file of the forwarder. */
  Path write(String name, String text) {
    try {
      return Files.writeString(balancer().directory().resolve(name), text);
    } catch (IOException e) {
      throw new TestbedException("cannot write %s: %s".formatted(name, e.getMessage()), e);
    }
  }
}
