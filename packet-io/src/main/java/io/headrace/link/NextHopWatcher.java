package io.headrace.link;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the next hops of a set of destinations, and the interfaces, as they change. It has a
 * daemon thread of its own, which the listener is called on: first with what is found at the start,
 * then whenever that has changed. The network namespace is that of the thread that starts it.
 *
 * <p>The thread takes any news from the kernel, and an overrun of news too, as a reason to read the
 * tables again; so it cannot miss anything, and news that came together are one reading. It also
 * keeps the neighbours alive: frames that the balancer sends do not pass the kernel's table, so the
 * kernel would forget their receivers.
 */
public final class NextHopWatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NextHopWatcher.class);
  private static final int PROBE_INTERVAL_MS = 2_000;
  private static final int SETTLE_MS = 10;
  private static final short POLLIN = 1;
  private static final int EVENTFD_FLAGS = 0x800 | 0x80000; // EFD_NONBLOCK | EFD_CLOEXEC

  private final Links links;
  private final NetlinkSocket news;
  private final int wakeUp;
  private final Consumer<LinkView> listener;
  private final Thread thread;
  private volatile Set<InetAddress> destinations = Set.of();
  private volatile boolean closed;
  private String probeTrouble = "";
  private String reportedTrouble = "";
  private boolean released;

  private NextHopWatcher(Links links, NetlinkSocket news, Consumer<LinkView> listener) {
    this.links = links;
    this.news = news;
    this.listener = listener;
    this.wakeUp = Libc.eventfd(EVENTFD_FLAGS);
    if (wakeUp < 0) {
      throw LinkException.of("make an event descriptor", -wakeUp);
    }
    this.thread = Thread.ofPlatform().daemon().name("next-hop-watcher").unstarted(this::run);
  }

  /**
   * Starts to follow.
   *
   * @param destinations to begin with; see {@link #watch}
   * @param listener what to call; what it throws is logged
   * @throws LinkException when the kernel cannot be asked
   */
  public static NextHopWatcher start(
      Collection<InetAddress> destinations, Consumer<LinkView> listener) {
    Links links = Links.open();
    try {
      NetlinkSocket news =
          NetlinkSocket.open(
              Rtnetlink.GROUP_LINK,
              Rtnetlink.GROUP_NEIGHBOUR,
              Rtnetlink.GROUP_IPV4_ADDRESS,
              Rtnetlink.GROUP_IPV4_ROUTE,
              Rtnetlink.GROUP_IPV6_ADDRESS,
              Rtnetlink.GROUP_IPV6_ROUTE);
      NextHopWatcher watcher = new NextHopWatcher(links, news, listener);
      watcher.destinations = Set.copyOf(destinations);
      watcher.thread.start();
      return watcher;
    } catch (LinkException e) {
      links.close();
      throw e;
    }
  }

  /** Follows these destinations from now on, and no others. May be called by any thread. */
  public void watch(Collection<InetAddress> addresses) {
    destinations = Set.copyOf(addresses);
    wake();
  }

  private void run() {
    LinkView seen = new LinkView(List.of(), Map.of());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pollfds = arena.allocate(2L * Long.BYTES, Long.BYTES);
      MemorySegment count = arena.allocate(Long.BYTES, Long.BYTES);
      while (!closed) {
        seen = look(seen);
        await(pollfds);
        news.drain();
        Libc.read(wakeUp, count);
      }
    } finally {
      release();
    }
  }

  private LinkView look(LinkView seen) {
    LinkView view = seen;
    String trouble = "";
    try {
      view = readTables();
    } catch (LinkException e) {
      trouble = e.getMessage();
    }
    report(trouble.isEmpty() ? probeTrouble : trouble);
    if (!view.equals(seen)) {
      tell(view);
    }
    return view;
  }

  private LinkView readTables() {
    probeTrouble = "";
    List<Interface> interfaces = links.interfaces();
    Map<InetAddress, Resolution> nextHops = new HashMap<>();
    for (InetAddress destination : destinations) {
      Links.Path path = links.path(destination, interfaces);
      path.probe().ifPresent(this::probe);
      nextHops.put(destination, path.resolution());
    }
    return new LinkView(interfaces, nextHops);
  }

  /** A neighbour that cannot be asked now (its link just went, say) must not hide the others. */
  private void probe(Route.Via via) {
    try {
      links.probe(via.interfaceIndex(), via.gateway());
    } catch (LinkException e) {
      probeTrouble = e.getMessage();
    }
  }

  private void report(String trouble) {
    if (!trouble.isEmpty() && !trouble.equals(reportedTrouble)) {
      LOG.warn("{}", trouble);
    }
    reportedTrouble = trouble;
  }

  private void tell(LinkView view) {
    try {
      listener.accept(view);
    } catch (RuntimeException e) {
      LOG.error("the listener to next hops failed", e);
    }
  }

  private void await(MemorySegment pollfds) {
    put(pollfds, 0, news.descriptor());
    put(pollfds, Long.BYTES, wakeUp);
    if (Libc.poll(pollfds, PROBE_INTERVAL_MS) > 0 && !closed) {
      pause();
    }
  }

  /** News come in bursts; a reading for each would be wasted. */
  private static void pause() {
    try {
      Thread.sleep(SETTLE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void put(MemorySegment pollfds, long offset, int fd) {
    pollfds.set(ValueLayout.JAVA_INT, offset, fd);
    pollfds.set(ValueLayout.JAVA_SHORT, offset + Integer.BYTES, POLLIN);
  }

  private synchronized void wake() {
    if (!released) {
      Libc.eventfdWrite(wakeUp);
    }
  }

  private synchronized void release() {
    released = true;
    news.close();
    links.close();
    Libc.close(wakeUp);
  }

  /** Ends the thread; when this returns, the listener is not called any more. */
  @Override
  public void close() {
    closed = true;
    wake();
    try {
      if (thread != Thread.currentThread()) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
