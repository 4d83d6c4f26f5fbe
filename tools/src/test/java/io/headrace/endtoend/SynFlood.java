package io.headrace.endtoend;

import io.headrace.io.Frame;
import io.headrace.io.PacketSink;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Tcp;
import io.headrace.testbed.Host;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * SYNs from addresses of the network that nobody has: each is a connection that stays half-open.
 */
final class SynFlood {
  private static final int BATCH = 64;
  private static final int STRIDE = 64;
  private static final int FIRST_PORT = 1024;
  private static final int PORTS = 65536 - FIRST_PORT;

  /** Of the testbed's networks of 256 addresses, where hosts are below. */
  private static final int FIRST_FREE = 128;

  private static final int FREE = 100;

  private final UnsafeBuffer frames =
      new UnsafeBuffer(BufferUtil.allocateDirectAligned(BATCH * STRIDE, STRIDE));
  private final SplittableRandom random = new SplittableRandom(1);
  private final String device;
  private final long sourceMac;
  private final long targetMac;
  private final String target;
  private final int port;

  private SynFlood(Host from, Host to, int port) {
    this.device = from.arms().getFirst().device();
    this.sourceMac = mac(from);
    this.targetMac = mac(to);
    this.target = to.address();
    this.port = port;
  }

  /** Sends so many, and returns when they are sent. */
  static void send(Host from, Host to, int port, int count) {
    SynFlood flood = new SynFlood(from, to, port);
    FutureTask<Void> task = new FutureTask<>(() -> flood.send(count), null);
    from.threads().newThread(task).start();
    try {
      task.get();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private void send(int count) {
    Frame frame = new Frame();
    try (PacketSink sink = new PacketSink(device)) {
      for (int i = 0; i < count; i++) {
        int at = i % BATCH * STRIDE;
        byte[] syn = syn();
        frames.putBytes(at, syn);
        frame.wrap(frames.addressOffset() + at, syn.length);
        sink.send(frame);
        if (i % BATCH == BATCH - 1 || i == count - 1) {
          sink.flush();
        }
      }
    }
  }

  private byte[] syn() {
    String network = target.substring(0, target.lastIndexOf('.') + 1);
    String source = network + (FIRST_FREE + random.nextInt(FREE));
    return FrameBuilder.tcp(source, FIRST_PORT + random.nextInt(PORTS), target, port)
        .macs(sourceMac, targetMac)
        .flags(Tcp.SYN)
        .sequence(random.nextInt(), 0)
        .array();
  }

  private static long mac(Host host) {
    String file = "/sys/class/net/%s/address".formatted(host.arms().getFirst().device());
    return Long.parseLong(host.run("cat", file).out().strip().replace(":", ""), 16);
  }
}
