package io.headrace.cli;

import io.headrace.link.HostClaim;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code headrace purge}: what a balancer that is gone has left in the kernel goes at once. */
@Command(
    name = "purge",
    description = {
      "Remove what a stopped or killed balancer left in the kernel for its next start.",
      "That is the guard, the reserved ports, the interface of its checks and, before Linux 6.6, the BPF programs of flow offload; its live connections are lost with them. Refused while a balancer runs."
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
