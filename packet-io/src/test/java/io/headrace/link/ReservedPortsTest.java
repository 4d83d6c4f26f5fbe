package io.headrace.link;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ReservedPortsTest {
  @Test
  void localPortsAreReadFromBothFamilies() {
    PortSet ports =
        ReservedPorts.localPorts(
            Stream.of(
                "   0: 0100007F:2710 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0",
                "   1: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A"));
    assertEquals("22,10000", ports.toString());
  }
}
