package io.headrace.proxy;

import io.headrace.config.ProxyConfig.Io;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.net.StandardSocketOptions;

/**
 * How event loops talk to the kernel. There is no epoll: Netty's epoll transport lost bytes where a
 * half-close met back-pressure, and was the slower one.
 *
 * @param name for the log
 * @param handlers makes what each event loop waits with
 * @param listening makes a channel that listens
 * @param connecting makes a channel that connects
 * @param datagrams makes a channel for UDP
 * @param reusePort the option that lets each event loop listen by itself
 */
record Transport(
    String name,
    IoHandlerFactory handlers,
    ChannelFactory<ServerSocketChannel> listening,
    ChannelFactory<SocketChannel> connecting,
    ChannelFactory<DatagramChannel> datagrams,
    ChannelOption<Boolean> reusePort) {
  /**
   * Whether a connection that reads as ended, and to which all is not yet written, was reset. With
   * io_uring, a write that the reset meets first has the error, and may be told of after the read.
   */
  boolean isReset(SocketChannel channel) {
    return channel instanceof IoUringSocketChannel && Sockets.tcp(channel).isClosed();
  }

  /**
   * The transport that a configuration asks for.
   *
   * @throws ProxyException when this machine does not have it
   */
  static Transport of(Io io) {
    // An armed poll that is kept does not fire for a reset that came between it and the read: the
    // connection would hang. To be set before Netty looks, once.
    System.setProperty("io.netty.iouring.pollAddMultishotEnabled", "false");
    boolean ring = IoUring.isAvailable();
    if (io == Io.IO_URING && !ring) {
      throw new ProxyException(
          "io = \"io_uring\": the kernel does not allow it ("
              + reason(IoUring.unavailabilityCause())
              + "); io = \"nio\" works everywhere");
    }
    return ring && io != Io.NIO ? ioUring() : nio();
  }

  private static String reason(Throwable cause) {
    Throwable first = cause;
    while (first.getCause() != null) {
      first = first.getCause();
    }
    return first.getMessage() == null ? first.toString() : first.getMessage();
  }

  private static Transport ioUring() {
    return new Transport(
        "io_uring",
        IoUringIoHandler.newFactory(),
        IoUringServerSocketChannel::new,
        IoUringSocketChannel::new,
        IoUringDatagramChannel::new,
        UnixChannelOption.SO_REUSEPORT);
  }

  private static Transport nio() {
    return new Transport(
        "nio",
        NioIoHandler.newFactory(),
        NioServerSocketChannel::new,
        NioSocketChannel::new,
        NioDatagramChannel::new,
        NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT));
  }
}
