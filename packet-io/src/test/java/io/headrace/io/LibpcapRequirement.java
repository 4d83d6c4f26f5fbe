package io.headrace.io;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import org.pcap4j.core.Pcaps;

/** Skips tests where libpcap is not installed, and fails them in continuous integration. */
final class LibpcapRequirement {
  private LibpcapRequirement() {}

  static void check() {
    try {
      Pcaps.libVersion();
    } catch (LinkageError e) {
      String message = "this test needs the package libpcap0.8";
      if ("true".equals(System.getenv("CI"))) {
        fail(message);
      }
      abort(message);
    }
  }
}
