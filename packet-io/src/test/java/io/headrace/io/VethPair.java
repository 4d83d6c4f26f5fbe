package io.headrace.io;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;

/** A sink on one end of a veth pair, and a source on the other. */
@Tag("network")
@Timeout(30)
abstract class VethPair {
  static final long SECOND = 1_000_000_000;

  NetworkNamespace near;
  NetworkNamespace far;
  PacketSink sink;
  PacketSource source;
  Poller poller;
  final Frame frame = new Frame();

  @BeforeEach
  void connect() throws Exception {
    near = NetworkNamespace.create("near");
    far = NetworkNamespace.create("far");
    NetworkNamespace.link(near, "n0", far, "f0");
    sink = near.call(() -> new PacketSink("n0"));
    source = far.call(() -> new PacketSource("f0", 1));
    poller = new Poller(source.descriptor());
  }

  @AfterEach
  void removeAll() throws Exception {
    if (sink != null) {
      sink.close();
    }
    if (source != null) {
      source.close();
    }
    for (NetworkNamespace namespace : new NetworkNamespace[] {near, far}) {
      if (namespace != null) {
        namespace.delete();
      }
    }
  }

  final void send(Frame sent) {
    sink.send(sent);
    sink.flush();
  }

  final void receive() {
    while (!source.receive(frame)) {
      assertTrue(poller.await(5 * SECOND), "no frame came");
    }
  }
}
