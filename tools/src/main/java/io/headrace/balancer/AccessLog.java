package io.headrace.balancer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.headrace.cli.CommandFailure;
import io.headrace.config.Address;
import io.headrace.config.ProxyConfig.LogFormat;
import io.headrace.proxy.ConnectionEnd;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a line for each connection of the proxy, on a thread of its own: whoever tells of a
 * connection never waits for a disk. Lines that the disk is too slow for, or does not take, are
 * dropped, and the log says how many. A file that was moved away (logrotate) is opened anew.
 */
final class AccessLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
  private static final JsonFactory JSON = new JsonFactory();
  private static final int MOST_WAITING = 1 << 16;
  private static final long LOOK_EVERY_MS = 1_000;

  private final Path path;
  private final LogFormat format;
  private final BlockingQueue<ConnectionEnd> waiting = new LinkedBlockingQueue<>(MOST_WAITING);
  private final LongAdder dropped = new LongAdder();
  private final Thread thread;
  private volatile boolean closing;
  private BufferedWriter out;
  private Object file;
  private long lookedNs;

  private AccessLog(Path path, LogFormat format) {
    this.path = path;
    this.format = format;
    this.thread = Thread.ofPlatform().daemon().name("access-log").unstarted(this::run);
  }

  /**
   * Opens the file, to append to it.
   *
   * @throws CommandFailure when it cannot be
   */
  static AccessLog open(Path path, LogFormat format) {
    AccessLog log = new AccessLog(path, format);
    try {
      log.openFile();
    } catch (IOException e) {
      throw new CommandFailure("cannot write the access log " + path + ": " + reason(e));
    }
    log.thread.start();
    return log;
  }

  /** Takes a connection down. Any thread; never waits. */
  void write(ConnectionEnd end) {
    if (!waiting.offer(end)) {
      dropped.increment();
    }
  }

  /** Writes what is waiting, and ends. */
  @Override
  public void close() throws IOException {
    closing = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    out.close();
  }

  private void run() {
    boolean failed = false;
    while (!closing || !waiting.isEmpty()) {
      try {
        writeSome();
        failed = false;
      } catch (IOException e) {
        if (!failed) {
          LOG.error("the access log {} cannot be written: {}", path, reason(e));
        }
        failed = true;
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void writeSome() throws IOException, InterruptedException {
    look();
    ConnectionEnd next = waiting.poll(LOOK_EVERY_MS / 10, TimeUnit.MILLISECONDS);
    int unwritten = 0;
    try {
      while (next != null) {
        unwritten++;
        out.write(format == LogFormat.JSON ? json(next) : text(next));
        next = waiting.poll();
      }
      out.flush();
    } catch (IOException e) {
      dropped.add(unwritten);
      throw e;
    }
  }

  /** Once in a while: is the file still where it was, and were lines dropped? */
  private void look() throws IOException {
    long now = System.nanoTime();
    if (now - lookedNs < TimeUnit.MILLISECONDS.toNanos(LOOK_EVERY_MS)) {
      return;
    }
    lookedNs = now;
    long lost = dropped.sumThenReset();
    if (lost > 0) {
      LOG.warn(
          "access log: {} lines are dropped: the disk was too slow or did not take them", lost);
    }
    if (!Files.exists(path) || !key().equals(file)) {
      out.close();
      openFile();
    }
  }

  private void openFile() throws IOException {
    out = Files.newBufferedWriter(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    file = key();
  }

  private Object key() throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }

  private static String text(ConnectionEnd end) {
    return String.format(
        Locale.ROOT,
        "%s %s %s %s %s %s %d %d %.3f %.3f %s%n",
        end.accepted(),
        end.frontend(),
        Address.format(end.client()),
        end.server().map(each -> end.backend() + "/" + each.name()).orElse(end.backend()),
        end.server().map(each -> Address.format(each.address())).orElse("-"),
        end.how().label(),
        end.bytesFromClient(),
        end.bytesFromServer(),
        end.connect().toNanos() / 1e6,
        end.duration().toNanos() / 1e6,
        end.serverName().orElse("-"));
  }

  private static String json(ConnectionEnd end) {
    StringWriter line = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(line)) {
      json.writeStartObject();
      json.writeStringField("time", end.accepted().toString());
      json.writeStringField("frontend", end.frontend());
      json.writeStringField("protocol", end.protocol().name());
      json.writeStringField("client", Address.format(end.client()));
      json.writeStringField("backend", end.backend());
      if (end.server().isPresent()) {
        json.writeStringField("server", end.server().get().name());
        json.writeStringField("server_addr", Address.format(end.server().get().address()));
      }
      if (end.serverName().isPresent()) {
        json.writeStringField("sni", end.serverName().get());
      }
      json.writeStringField("end", end.how().label());
      json.writeNumberField("bytes_tx", end.bytesFromClient());
      json.writeNumberField("bytes_rx", end.bytesFromServer());
      json.writeNumberField("connect_us", end.connect().toNanos() / 1000);
      json.writeNumberField("duration_us", end.duration().toNanos() / 1000);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return line.append('\n').toString();
  }

  private static String reason(IOException e) {
    return e instanceof NoSuchFileException
        ? "its directory is not there"
        : e instanceof AccessDeniedException ? "permission denied" : e.getMessage();
  }
}
