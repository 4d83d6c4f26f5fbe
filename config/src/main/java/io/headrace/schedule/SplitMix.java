package io.headrace.schedule;

/**
 * A mixer of 64 bits: the finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014; variant 13 of
 * Stafford). Not keyed: for what nobody can choose.
 */
public final class SplitMix {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private SplitMix() {}

  public static long mix(long value) {
    long z = value;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }

  /** The next of a row of hashes that have nothing to do with each other. */
  public static long next(long hash) {
    return mix(hash + GOLDEN);
  }
}
