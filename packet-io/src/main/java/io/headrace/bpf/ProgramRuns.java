package io.headrace.bpf;

/**
 * How often programs have run while the kernel timed them, and for how long.
 *
 * @param count runs
 * @param ns nanoseconds of all of them
 */
public record ProgramRuns(long count, long ns) {
  public static final ProgramRuns NONE = new ProgramRuns(0, 0);

  public ProgramRuns plus(ProgramRuns other) {
    return new ProgramRuns(count + other.count, ns + other.ns);
  }

  /** Those that came since an earlier moment. */
  public ProgramRuns since(ProgramRuns earlier) {
    return new ProgramRuns(count - earlier.count, ns - earlier.ns);
  }

  /** Of one run, in nanoseconds; 0 where there was none. */
  public double meanNs() {
    return count == 0 ? 0 : (double) ns / count;
  }
}
