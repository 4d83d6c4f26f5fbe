package io.headrace.cli;

import io.headrace.link.HostClaim;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code headrace purge}: what a balancer that is gone has left in the kernel goes at once. */
@Command(
    name = "purge",
    description = {
      "Remove what a stopped or killed balancer left for its next start: the kernel guard and the",
      "reserved ports. Its live connections are lost with that. Refused while a balancer runs."
    },
    mixinStandardHelpOptions = true)
final class PurgeCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    try (HostClaim claim = HostClaim.take()) {
      claim.purge();
    }
    return 0;
  }
}
