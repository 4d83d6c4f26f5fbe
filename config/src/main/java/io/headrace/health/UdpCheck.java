package io.headrace.health;

import io.headrace.config.ProbeConfig;
import io.headrace.registry.Server;
import java.io.IOException;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

/** Sends a datagram and waits for the right one back. */
final class UdpCheck implements Check {
  private final ProbeConfig.Udp config;

  UdpCheck(ProbeConfig.Udp config) {
    this.config = config;
  }

  @Override
  public void run(Server server, Place at, Deadline deadline) throws IOException {
    try (DatagramChannel channel = deadline.guard(newChannel())) {
      channel.connect(at.connected());
      channel.write(ByteBuffer.wrap(config.send().bytes()));
      Answer answer = new Answer();
      channel.read(answer.room());
      if (config.expect().isPresent() && !answer.contains(config.expect().get().bytes())) {
        throw new CheckException("not the expected answer: " + answer.beginning());
      }
    } catch (PortUnreachableException e) {
      throw new CheckException("nobody listens there");
    }
  }

  private static DatagramChannel newChannel() throws NoCheckException {
    try {
      return DatagramChannel.open();
    } catch (IOException e) {
      throw new NoCheckException("no socket could be opened: " + e.getMessage(), e);
    }
  }
}
