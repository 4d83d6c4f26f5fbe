package io.headrace.schedule;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Smooth weighted round robin, as nginx has it: of the weights 5, 1, 1 come a, a, b, a, c, a, a.
 * Each turn every server gains its weight, the one that has most is chosen, and pays what all have
 * gained. A whole round is worked out beforehand, so that a choice is one step of a counter.
 *
 * <p>A round is as long as the weights need, and at most {@link #LONGEST}: beyond that shares are
 * rounded.
 */
final class RoundRobin implements Scheduler {
  /** 256 KiB. */
  static final int LONGEST = 1 << 16;

  private final int[] round;
  private final AtomicLong turn;

  /**
   * @param turn of the pool: it goes on from one scheduler to the next, so that changes do not
   *     favour those who come first in a round
   */
  RoundRobin(List<Candidate> candidates, AtomicLong turn) {
    this.turn = turn;
    long[] weights = shorten(candidates.stream().mapToLong(Candidate::weight).toArray());
    long sum = Arrays.stream(weights).sum();
    long[] gained = new long[weights.length];
    round = new int[(int) sum];
    for (int i = 0; i < round.length; i++) {
      int most = 0;
      for (int j = 0; j < weights.length; j++) {
        gained[j] += weights[j];
        most = gained[j] > gained[most] ? j : most;
      }
      gained[most] -= sum;
      round[i] = candidates.get(most).id();
    }
  }

  @Override
  public int choose(long hash) {
    return round[(int) Long.remainderUnsigned(turn.getAndIncrement(), round.length)];
  }

  private static long[] shorten(long[] weights) {
    long divisor =
        Arrays.stream(weights)
            .mapToObj(BigInteger::valueOf)
            .reduce(BigInteger.ZERO, BigInteger::gcd)
            .longValue();
    long sum = Arrays.stream(weights).sum();
    if (sum / divisor <= LONGEST) {
      return Arrays.stream(weights).map(each -> each / divisor).toArray();
    }
    return Arrays.stream(weights)
        .map(each -> Math.max(1, Math.round((double) each * LONGEST / sum)))
        .toArray();
  }
}
