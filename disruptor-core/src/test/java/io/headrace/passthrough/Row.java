package io.headrace.passthrough;

import io.headrace.io.NetworkNamespace;
import io.headrace.io.PacketSink;
import io.headrace.io.PacketSource;
import io.headrace.link.Interface;
import io.headrace.link.Links;
import io.headrace.offload.KernelFlows;
import io.headrace.pipeline.Arm;
import java.util.List;

/**
 * A client, a box with two arms and a server in a row, each a network namespace without an address,
 * so that on the wires is only what a test sends.
 */
final class Row {
  static final String FRONT = "front";
  static final String BACK = "back";
  private static final String END = "eth0";
  private static final int FRAMES = 64;
  private static final int MTU = 1500;

  private final NetworkNamespace box = NetworkNamespace.create("box");
  private final End client;
  private final End server;
  private final Interface front;
  private final Interface back;

  /** What stands at one end: it sends, and sees what comes. */
  record End(NetworkNamespace namespace, PacketSink sink, PacketSource source) {
    private static End connect(NetworkNamespace box, String arm, String role) throws Exception {
      NetworkNamespace namespace = NetworkNamespace.create(role);
      NetworkNamespace.link(box, arm, namespace, END);
      return namespace.call(
          () -> new End(namespace, new PacketSink(END), new PacketSource(END, FRAMES)));
    }

    void close() throws Exception {
      sink.close();
      source.close();
      namespace.delete();
    }
  }

  Row() throws Exception {
    client = End.connect(box, FRONT, "client");
    server = End.connect(box, BACK, "server");
    front = box.call(() -> find(FRONT));
    back = box.call(() -> find(BACK));
  }

  private static Interface find(String name) {
    try (Links links = Links.open()) {
      return links.interfaces().stream()
          .filter(each -> each.name().equals(name))
          .findFirst()
          .orElseThrow();
    }
  }

  End client() {
    return client;
  }

  End server() {
    return server;
  }

  Interface front() {
    return front;
  }

  Interface back() {
    return back;
  }

  /** Opens an arm of the box; whoever asks closes its source and sink. */
  Arm open(Interface on) throws Exception {
    return box.call(
        () ->
            new Arm(
                on.name(),
                on.mac(),
                new PacketSource(on.name(), FRAMES),
                new PacketSink(on.name())));
  }

  /** Has the kernel of the box ready for flows of these arms. */
  KernelFlows offload(List<Interface> interfaces, List<Arm> arms, int flows) throws Exception {
    List<KernelFlows.Port> ports = interfaces.stream().map(Row::port).toList();
    KernelFlows kernel = KernelFlows.load(flows);
    box.call(
        () -> {
          kernel.attach(ports);
          return kernel;
        });
    arms.forEach(each -> ((PacketSource) each.source()).filter(kernel.filter()));
    return kernel;
  }

  private static KernelFlows.Port port(Interface on) {
    return new KernelFlows.Port(on.index(), on.name(), MTU);
  }

  /** Takes all down. */
  void close() throws Exception {
    client.close();
    server.close();
    box.delete();
  }
}
