package io.headrace.link;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * The balancer's claim on the box it runs on: frames that the kernel is to leave alone ({@link
 * KernelGuard}) and ports that it is to give to nobody. There is one claim in a network namespace,
 * and it is that of the thread that takes it; the same thread, or another in that namespace, calls
 * the rest. Not thread-safe.
 *
 * <p>A claim outlives its process, because established flows do: after a crash until the next
 * start, after an orderly stop until a time of grace is over. Whoever takes it finds what is left,
 * and goes on from there. What is known of it lies in a directory that vanishes at a reboot, as the
 * claim does:
 *
 * <pre>
 *   lock      held by the process that has the claim
 *   ports     the reserved ports that are the balancer's ({@link ReservedPorts})
 *   leaving   after an orderly stop: a token, the reserved ports as they are, as they shall be
 * </pre>
 *
 * <p>The rules run out by themselves. Nothing in the kernel lets reserved ports run out, so a
 * detached shell sleeps through the time of grace and clears up, unless the claim was taken again.
 * Should that shell be killed (by systemd, say, which ends all of a service's processes), some
 * ports stay reserved until the next start: nothing else is wrong then.
 *
 * <p>Every method throws {@link LinkException} with what to do about it.
 */
public final class HostClaim implements AutoCloseable {
  private static final Path STATE = Path.of("/run/headrace");
  private static final String LEAVING = "leaving";
  private static final String CLEAR_UP =
      """
      sleep "$1"
      cd "$2" && exec 9<lock && flock -n 9 || exit
      { read -r token; read -r reserved; read -r before; } <leaving || exit
      [ "$token" = "$3" ] || exit
      "$4" list tables netdev | sed -n 's/^table netdev headrace_/delete &/p' | "$4" -f -
      if [ "$(cat "$5")" = "$reserved" ]; then echo "$before" >"$5" && rm -f ports ports.new; fi
      rm -f leaving
      [ -e ports ] || { rm -f lock; cd / && rmdir "$2"; }
      """;

  private final Path directory;
  private final StateLock lock;
  private final boolean inherited;
  private final Nft nft;
  private final KernelGuard guard;
  private final ReservedPorts ports;

  private HostClaim(Path directory, StateLock lock, boolean inherited, Nft nft) {
    this.directory = directory;
    this.lock = lock;
    this.inherited = inherited;
    this.nft = nft;
    this.guard = new KernelGuard(nft);
    this.ports = new ReservedPorts(directory);
  }

  /** Takes the claim, with whatever an earlier process left of it. */
  public static HostClaim take() {
    return take(directory());
  }

  /** Looks at it, and leaves it as it is. Needs no privilege. */
  public static ClaimView look() {
    Path directory = directory();
    ReservedPorts ports = new ReservedPorts(directory);
    try {
      PortSet ours = ports.ours();
      return new ClaimView(
          StateLock.isHeld(directory), ours, ports.list().minus(ours), ReservedPorts.inUse());
    } catch (IOException e) {
      throw new LinkException("cannot read what is reserved: " + e.getMessage(), e);
    }
  }

  private static Path directory() {
    try {
      String namespace = Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
      return STATE.resolve(namespace.replaceAll("\\D", ""));
    } catch (IOException e) {
      throw new LinkException("cannot tell the network namespace: " + e.getMessage(), e);
    }
  }

  /**
   * @param directory for what is known of the claim
   */
  static HostClaim take(Path directory) {
    Nft nft = Nft.find();
    StateLock lock = StateLock.take(directory);
    try {
      boolean inherited = !new ReservedPorts(directory).ours().isEmpty();
      Files.deleteIfExists(directory.resolve(LEAVING));
      CheckInterface.removeLeftover();
      IngressFilter.removeLeftovers();
      return new HostClaim(directory, lock, inherited, nft);
    } catch (LinkException e) {
      lock.close();
      throw e;
    } catch (IOException e) {
      lock.close();
      throw new LinkException("cannot use the directory " + directory + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reserves ports in place of those that were reserved before. To be called again when frontends
   * are added.
   *
   * @param natPorts the ports that source NAT would like to use
   * @param frontendPorts the ports that frontends listen on
   * @return the NAT ports that may be used: without those that are in use now by a socket of the
   *     box, that the operator reserved for something else, or that a frontend listens on
   */
  public PortSet reserve(PortSet natPorts, PortSet frontendPorts) {
    return ports.reserve(natPorts, frontendPorts);
  }

  /** Keeps the kernel from the frames of a state, as {@link KernelGuard#apply} does. */
  public void guard(GuardState state) {
    guard.apply(state);
  }

  /** Whether the guard is still there; {@link #guard} puts it up again. */
  public boolean isGuarded() {
    return guard.stands();
  }

  /**
   * Leaves flows behind that another process shall go on with: the claim lasts for the time of
   * grace and then goes by itself. To be followed by {@link #close}.
   *
   * @param live what has live flows
   * @param grace at least a second
   */
  public void release(GuardState live, Duration grace) {
    guard.release(live, grace);
    String token = UUID.randomUUID().toString();
    try {
      PortSet reserved = ports.list();
      String lines = token + "\n" + reserved + "\n" + reserved.minus(ports.ours()) + "\n";
      Files.writeString(directory.resolve(LEAVING), lines);
      new ProcessBuilder(clearUp(token, grace))
          .redirectInput(Path.of("/dev/null").toFile())
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      throw new LinkException("cannot have the reserved ports put back: " + e.getMessage(), e);
    }
  }

  private List<String> clearUp(String token, Duration grace) {
    return List.of(
        "setsid",
        "sh",
        "-c",
        CLEAR_UP,
        "headrace-grace",
        String.valueOf(Math.max(1, grace.toSeconds())),
        directory.toAbsolutePath().toString(),
        token,
        nft.command().toString(),
        ReservedPorts.SYSCTL.toString());
  }

  /**
   * Undoes a start that failed before there was a guard. What an earlier process left stays, for
   * the flows that a later start may save.
   */
  public void abandon() {
    if (!inherited) {
      giveBack();
    }
  }

  /** Gives everything back at once: rules, ports and what was kept of them. */
  public void purge() {
    guard.purge();
    giveBack();
  }

  private void giveBack() {
    ports.putBack();
    try {
      Files.deleteIfExists(directory.resolve("lock"));
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      throw new LinkException("cannot remove " + directory + ": " + e.getMessage(), e);
    }
  }

  /** Lets another process take the claim. Rules and ports stay as they are. */
  @Override
  public void close() {
    lock.close();
  }
}
