package io.headrace.balancer;

import com.sun.management.GarbageCollectorMXBean;
import com.sun.management.GcInfo;
import io.headrace.counters.Counters;
import io.headrace.counters.Event;
import io.headrace.counters.Metric;
import io.headrace.counters.Name;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * Counts the pauses of the garbage collectors, so that a long time in a stage has a name. The JVM
 * tells them in milliseconds. For one thread.
 */
final class Pauses {
  private final List<Collector> collectors;
  private final Counters counters;

  private static final class Collector {
    private final GarbageCollectorMXBean bean;
    private final AtomicCounter count;
    private final AtomicCounter time;

    Collector(GarbageCollectorMXBean bean, Counters counters) {
      this.bean = bean;
      this.count = counters.counter(Name.of(Metric.PAUSES).kind(bean.getName()));
      this.time = counters.counter(Name.of(Metric.PAUSE_TIME).kind(bean.getName()));
    }
  }

  Pauses(Counters counters) {
    this.counters = counters;
    this.collectors =
        ManagementFactory.getPlatformMXBeans(GarbageCollectorMXBean.class).stream()
            .map(bean -> new Collector(bean, counters))
            .toList();
  }

  /** Looks at what has been collected since the last time. */
  void look() {
    for (Collector each : collectors) {
      long count = each.bean.getCollectionCount();
      if (count > each.count.get()) {
        each.count.setRelease(count);
        each.time.setRelease(TimeUnit.MILLISECONDS.toNanos(each.bean.getCollectionTime()));
        GcInfo last = each.bean.getLastGcInfo();
        if (last != null) {
          counters
              .events()
              .add(
                  new Event(
                      Event.Kind.GC,
                      startOfJvmNs() + TimeUnit.MILLISECONDS.toNanos(last.getStartTime()),
                      TimeUnit.MILLISECONDS.toNanos(last.getDuration()),
                      each.bean.getName()));
        }
      }
    }
  }

  /** By the monotonic clock. */
  private static long startOfJvmNs() {
    return System.nanoTime()
        - TimeUnit.MILLISECONDS.toNanos(ManagementFactory.getRuntimeMXBean().getUptime());
  }
}
