package io.headrace.perf.compare;

import io.headrace.config.Protocol;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.Testbed;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** As many HTTP requests as go through: wrk, and answers of 70 bytes from two nginx servers. */
record HttpWorkload(Wrk.Load load) implements Workload {
  private static final Figure REQUESTS =
      new Figure("requests_per_second", "requests", "per second", 0, true);
  private static final Figure CPU =
      new Figure(
          "cpu_ms_per_1000_requests", "CPU of the machine", "ms per 1000 requests", 2, false);
  private static final Figure P99 = new Figure("p99_us", "request", "µs at p99", 0, false);

  @Override
  public List<Figure> figures() {
    return List.of(REQUESTS, P99, CPU);
  }

  @Override
  public Service prepare(Testbed bed) {
    bed.servers().forEach(NginxServer::start);
    // Else connections that are over keep the client's ports for a minute: a long warm-up uses them
    // up, and the rest measures how wrk's kernel looks for one.
    bed.client().run("sysctl", "-qw", "net.ipv4.tcp_tw_reuse=1");
    bed.balancer().run("sysctl", "-qw", "net.ipv4.tcp_tw_reuse=1");
    return new Service(bed, Protocol.TCP, NginxServer.PORT, bed.servers(), OptionalInt.empty());
  }

  /**
   * Warms up in runs as the measured one: a Java program compiles anew what it has not seen, and
   * the coming and going of the connections is part of that.
   */
  @Override
  public Sample measure(Run run) {
    Answers.require(run);
    String url = "http://%s:%d/small".formatted(run.target(), run.service().port());
    for (int left = run.warmup(); left > 0; left -= run.seconds()) {
      Wrk.run(run.client(), load, url, Math.min(left, run.seconds()));
    }
    Meter meter = new Meter();
    Wrk wrk = Wrk.run(run.client(), load, url, run.seconds());
    CpuTimes cpu = meter.read().cpu();
    return new Sample(
        Map.of(
            REQUESTS, wrk.perSecond(), P99, wrk.p99Us(), CPU, cpu.busyMs() * 1000 / wrk.requests()),
        cpu.stealShare());
  }
}
