package io.headrace.conntrack;

import io.headrace.conntrack.FlowMap.Family;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the flows of one family are on the disk: opens the file, makes it, copies it into another,
 * sets it aside.
 *
 * @param capacity how many flows fit
 */
record FlowMapFile(Family family, Path path, int capacity) {
  private static final Logger LOG = LoggerFactory.getLogger(FlowMapFile.class);

  /** To write one takes seconds. */
  private static final long LARGE = 500_000_000;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss.SSS").withZone(ZoneOffset.UTC);

  /** As {@link #open}; flows that were made with another key are set aside. */
  FlowMap openWith(FlowHash hash) throws IOException {
    FlowMap flows = open(hash);
    if (flows.hash().orElseThrow().equals(hash)) {
      return flows;
    }
    flows.close();
    setAside("its key is another", "no flow in it can go on");
    return fresh(hash);
  }

  /**
   * @param hash of a file that is made; one that is there has its own
   */
  FlowMap open(FlowHash hash) throws IOException {
    if (Files.notExists(path)) {
      return fresh(hash);
    }
    if (!Files.isRegularFile(path)) {
      throw new IOException("it is no regular file");
    }
    AtomicInteger damages = new AtomicInteger();
    FlowMap former;
    try {
      Optional<FlowMap> intact = FlowMap.openIntact(family, path);
      former = intact.isPresent() ? intact.get() : recover(damages::incrementAndGet);
    } catch (FileSystemException e) {
      // It may be as good as ever.
      throw e;
    } catch (IOException | RuntimeException | InternalError | AssertionError e) {
      setAside(e.getMessage(), "no flow in it could be recovered");
      return fresh(hash);
    }
    if (former.hash().isEmpty()) {
      former.close();
      setAside("its key is lost", "no flow in it can go on");
      return fresh(hash);
    }
    if (damages.get() == 0 && former.capacity() == capacity) {
      return former;
    }
    try (former) {
      if (damages.get() > 0) {
        setAside(damages + " entries or parts are wrong", "the flows that are right go on");
      }
      return copy(former);
    }
  }

  private FlowMap recover(Runnable damage) throws IOException {
    LOG.info("flow file {} was left in the middle of a write: its entries are put right", path);
    return FlowMap.recover(family, path, damage);
  }

  private FlowMap copy(FlowMap former) throws IOException {
    int size = (int) Math.min(former.map().longSize(), Conntrack.MAX_CAPACITY);
    FlowMap flows = fresh(Math.max(capacity, size), former.hash().orElseThrow());
    try {
      former.forEach((key, value) -> flows.map().put(key, value));
    } catch (RuntimeException | InternalError e) {
      LOG.warn(
          "only {} flows of flow file {} could be copied: {}",
          flows.map().longSize() - 1,
          path,
          e.getMessage());
    }
    return flows;
  }

  private FlowMap fresh(FlowHash hash) throws IOException {
    return fresh(capacity, hash);
  }

  /**
   * Under another name until it is complete, so that a half-made file is never found under this
   * one.
   */
  private FlowMap fresh(int size, FlowHash hash) throws IOException {
    Path unfinished = Path.of(path + ".new");
    Files.deleteIfExists(unfinished);
    FlowMap flows = FlowMap.create(family, unfinished, size, hash);
    try {
      long bytes = Files.size(unfinished);
      if (bytes >= LARGE) {
        LOG.info("making flow file {}: {} MB", path, bytes / 1_000_000);
      }
      allocate(unfinished);
      Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
      return flows;
    } catch (IOException e) {
      flows.close();
      Files.delete(unfinished);
      throw e;
    }
  }

  /** Writes the file over itself, so that it has all its blocks before the disk is full. */
  private static void allocate(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocateDirect(1 << 16);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long at = 0;
      while (channel.read(bytes.clear(), at) > 0) {
        at += channel.write(bytes.flip(), at);
      }
    }
  }

  private void setAside(String reason, String outcome) throws IOException {
    Path aside = Path.of(path + ".damaged-" + TIME.format(Instant.now()));
    Files.move(path, aside, StandardCopyOption.ATOMIC_MOVE);
    LOG.warn("flow file {} is damaged ({}): set aside as {}; {}", path, reason, aside, outcome);
  }
}
