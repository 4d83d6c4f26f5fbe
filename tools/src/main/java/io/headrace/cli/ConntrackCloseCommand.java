package io.headrace.cli;

import io.headrace.admin.FlowPages;
import io.headrace.config.ConfigException;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code headrace conntrack close}. */
@Command(
    name = "close",
    description = {
      "Close connections of a running balancer: both ends are reset.",
      "One filter at least says which, or --all."
    },
    mixinStandardHelpOptions = true)
final class ConntrackCloseCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private FlowOptions flows;

  @Option(names = "--all", description = "Every connection, in place of a filter.")
  private boolean all;

  @Override
  public Integer call() throws ConfigException, IOException {
    Map<String, String> query = new HashMap<>(flows.wanted());
    if (query.isEmpty() != all) {
      throw new ParameterException(
          spec.commandLine(),
          "which connections? --frontend, --server, --client, --state, or --all of them");
    }
    if (all) {
      query.put(FlowPages.ALL, "yes");
    }
    Optional<String> done = AdminClient.post(flows.socket(), FlowPages.CLOSE, query);
    if (done.isEmpty()) {
      throw flows.nobody();
    }
    System.out.println(done.get());
    return 0;
  }
}
