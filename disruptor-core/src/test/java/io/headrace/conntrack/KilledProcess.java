package io.headrace.conntrack;

import static io.headrace.conntrack.Fixture.CLIENT;
import static io.headrace.conntrack.Fixture.RST;
import static io.headrace.conntrack.Fixture.TCP;

import java.io.PrintStream;
import java.nio.file.Path;

/** What {@link KillTest} kills: establishes and closes flows for ever, and says so after each. */
final class KilledProcess {
  static final int CAPACITY = 100_000;

  /** A flow is closed when so many more have been established. */
  static final int OPEN = 3000;

  private static final int PORTS = 50_000;

  private KilledProcess() {}

  public static void main(String[] args) {
    PrintStream out = new PrintStream(System.out, true);
    FlowFile file = FlowFile.open(Path.of(args[0]), CAPACITY, FlowHash.random());
    Fixture fixture = new Fixture(file);
    for (int i = 0; ; i++) {
      if (i >= OPEN) {
        fixture.client(fixture.find(TCP, address(i - OPEN), port(i - OPEN)), RST);
        out.println("closed " + (i - OPEN));
      }
      fixture.established(address(i), port(i));
      out.println("established " + i);
    }
  }

  static int address(int flow) {
    return CLIENT + flow / PORTS;
  }

  static int port(int flow) {
    return flow % PORTS;
  }
}
