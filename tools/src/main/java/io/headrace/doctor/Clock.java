package io.headrace.doctor;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/** How the kernel tells the time: each stage of the pipeline asks for it with every batch. */
final class Clock implements Check {
  private static final Set<String> SLOW = Set.of("hpet", "acpi_pm", "pit", "jiffies");
  private final String file;

  Clock(String file) {
    this.file = file;
  }

  Clock() {
    this("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  }

  @Override
  public String name() {
    return "clock";
  }

  @Override
  public List<Finding> look(Site site) {
    Optional<String> source = Proc.line(file);
    if (source.filter(SLOW::contains).isPresent()) {
      return List.of(
          Finding.warning(
              "the kernel reads the time from %s: each reading is a call of about a microsecond"
                  .formatted(source.get()),
              "boot with clocksource=tsc, if dmesg does not say that it is unstable"));
    }
    return List.of(Finding.ok(source.orElse("not told")));
  }
}
