package io.headrace.cli;

import io.headrace.config.PassthroughConfig.Io;
import io.headrace.demo.CaptureDemo;
import io.headrace.demo.CaptureReport;
import io.headrace.demo.Demo;
import io.headrace.demo.DemoOptions;
import io.headrace.demo.DsrDemo;
import io.headrace.demo.DsrReport;
import io.headrace.demo.Progress;
import io.headrace.demo.ProxyDemo;
import io.headrace.demo.ProxyReport;
import io.headrace.demo.Report;
import io.headrace.testbed.Prerequisites;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code headrace demo}: a whole network on this machine, and a report. */
@Command(
    name = "demo",
    description = {
      "Build a network in namespaces of this machine, send real HTTP through a balancer in it, and"
          + " report.",
      "Takes root and about 40 s, and leaves nothing behind. Without root: a replay over a capture"
          + " that it makes."
    },
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--io",
      paramLabel = "packet|pcap",
      description = "How the balancer gets its frames. Default: packet")
  private Optional<Io> io;

  @Option(
      names = "--pcap",
      paramLabel = "FILE",
      description = {
        "Keep what crosses the balancer's interface, but for the flat-out runs;",
        "without root: what the replay puts out."
      })
  private Optional<Path> pcap;

  @Option(
      names = "--proxy",
      description = {
        "Show mode proxy instead, on this machine's loopback: no network of its own, no root, about"
            + " 20 s."
      })
  private boolean proxy;

  @Option(
      names = "--dsr",
      description = {
        "Show mode dsr instead: that answers do not cross the balancer. Takes root and about 15 s."
      })
  private boolean dsr;

  @Option(names = "--json", description = "Print the report as JSON.")
  private boolean json;

  private volatile boolean over;
  private volatile boolean interrupted;

  @Override
  public Integer call() throws Exception {
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(this::atExit));
    Progress progress = new Progress(System.err, Terminal.isStandardError());
    try {
      if (proxy && dsr) {
        throw new ParameterException(spec.commandLine(), "--proxy and --dsr: one at a time");
      }
      if (proxy) {
        return asProxy(progress);
      }
      List<String> missing = Prerequisites.missing();
      if (dsr) {
        return asDsr(missing, progress);
      }
      return missing.isEmpty() ? onNetwork(progress) : onCapture(missing, progress);
    } catch (RuntimeException | InterruptedException e) {
      if (interrupted) {
        // Ctrl-C reached the demo's programs too: that they ended is no news.
        return 130;
      }
      throw e;
    } finally {
      over = true;
    }
  }

  private void atExit() {
    if (!over) {
      interrupted = true;
      System.err.println();
      System.err.println("headrace: interrupted; removing what the demo has made");
    }
  }

  private Integer onNetwork(Progress progress) throws Exception {
    DemoOptions options = new DemoOptions(io.orElse(Io.PACKET), pcap.map(Path::toAbsolutePath));
    Report report = Demo.run(options, progress);
    if (json) {
      System.out.println(report.json());
    } else {
      report.print(System.out);
    }
    int status = status(report.problems());
    if (status != 0) {
      report.log().forEach(line -> System.err.println("  balancer: " + line));
    }
    return status;
  }

  private Integer asProxy(Progress progress) throws Exception {
    if (io.isPresent() || pcap.isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "--io and --pcap are of no use to --proxy: it has no frames");
    }
    ProxyReport report = ProxyDemo.run(progress);
    if (json) {
      System.out.println(report.json());
    } else {
      report.print(System.out);
    }
    return status(report.problems());
  }

  private Integer asDsr(List<String> missing, Progress progress) throws Exception {
    if (io.isPresent() || pcap.isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "--io and --pcap are of the demo of passthrough, without --dsr");
    }
    if (!missing.isEmpty()) {
      throw new CommandFailure(
          "--dsr needs a network of its own, and that needs\n  " + String.join("\n  ", missing));
    }
    DsrReport report = DsrDemo.run(progress);
    if (json) {
      System.out.println(report.json());
    } else {
      report.print(System.out);
    }
    return status(report.problems());
  }

  private static int status(List<String> problems) {
    problems.forEach(problem -> System.err.println("headrace: " + problem));
    return problems.isEmpty() ? 0 : 1;
  }

  private Integer onCapture(List<String> missing, Progress progress) throws Exception {
    System.err.println("headrace: a network of its own would need:");
    missing.forEach(each -> System.err.println("  " + each));
    System.err.println("headrace: without, the same pipeline runs over a capture file");
    if (io.isPresent()) {
      System.err.println("headrace: --io is of no use to it: there is no interface");
    }
    CaptureReport report = CaptureDemo.run(pcap, progress);
    if (json) {
      System.out.println(report.json(missing));
    } else {
      report.print(System.out);
    }
    return status(report.problems());
  }
}
