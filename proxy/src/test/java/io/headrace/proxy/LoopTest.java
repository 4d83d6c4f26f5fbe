package io.headrace.proxy;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.ProxyConfig;
import io.headrace.counters.Counters;
import io.netty.buffer.ByteBuf;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the channels of an event loop have in common. */
class LoopTest {
  private final TestServer server = new TestServer(socket -> socket.getInputStream().read());
  private MultiThreadIoEventLoopGroup group;

  LoopTest() throws IOException {}

  private Loop loop(String io) {
    Transport transport = Transport.of(ProxyConfig.Io.valueOf(io.toUpperCase(Locale.ROOT)));
    group = new MultiThreadIoEventLoopGroup(1, transport.handlers());
    return new Loop(
        group.next(),
        1,
        transport,
        new ProcessLimits(4, 1L << 40, 1L << 40),
        new Roster(Counters.inMemory()),
        _ -> {});
  }

  private SocketChannel connected(Loop loop) {
    SocketChannel channel = loop.newConnection();
    loop.executor().register(channel).syncUninterruptibly();
    channel.connect(server.address()).syncUninterruptibly();
    return channel;
  }

  @AfterEach
  void close() throws IOException {
    group.shutdownGracefully(50, 2000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void nothingIsHeldBackByTheKernelAndItLooksAfterSilentPeers(String io) {
    SocketChannel channel = connected(loop(io));
    assertTrue(channel.config().isTcpNoDelay());
    assertTrue(channel.config().isKeepAlive());
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void whatAloneFillsABufferCountsAsOne(String io) {
    Loop loop = loop(io);
    SocketChannel channel = connected(loop);
    int held =
        loop.executor()
            .submit(
                () -> {
                  int count = 0;
                  for (; channel.isWritable() && count < 1000; count++) {
                    ByteBuf data = channel.alloc().directBuffer(2 << 10);
                    channel.write(data.writeByte(1));
                  }
                  return count;
                })
            .syncUninterruptibly()
            .getNow();
    assertTrue(held * (2 << 10) <= 20 << 10, () -> held + " buffers of 2 KB");
    channel.close().syncUninterruptibly();
  }
}
