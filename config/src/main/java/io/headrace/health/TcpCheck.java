package io.headrace.health;

import io.headrace.config.Payload;
import io.headrace.config.ProbeConfig;
import io.headrace.registry.Server;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Connects over TCP, says something if it is to, and waits for what it is to hear. */
final class TcpCheck implements Check {
  private final ProbeConfig.Tcp config;

  TcpCheck(ProbeConfig.Tcp config) {
    this.config = config;
  }

  @Override
  public void run(Server server, Place at, Deadline deadline) throws IOException {
    try (SocketChannel channel = Connection.open(at.connected(), deadline)) {
      if (config.send().isPresent()) {
        ByteBuffer words = ByteBuffer.wrap(config.send().get().bytes());
        while (words.hasRemaining()) {
          channel.write(words);
        }
      }
      if (config.expect().isPresent()) {
        hear(channel, config.expect().get());
      }
    }
  }

  private static void hear(SocketChannel channel, Payload expected) throws IOException {
    byte[] word = expected.bytes();
    Answer answer = new Answer();
    while (!answer.contains(word)) {
      if (!answer.room().hasRemaining() || channel.read(answer.room()) < 0) {
        throw new CheckException("not the expected answer: " + answer.beginning());
      }
    }
  }
}
