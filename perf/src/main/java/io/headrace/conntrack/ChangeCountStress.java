package io.headrace.conntrack;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A worker changes a record while another thread reads it ({@link FlowReader}): what is read is of
 * one moment, or the reader is told to read again. This is all that two threads share of a flow.
 */
@JCStressTest
@State
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "before the change")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "after it")
@Outcome(id = "-1, -1", expect = Expect.ACCEPTABLE, desc = "to be read again")
@Outcome(expect = Expect.FORBIDDEN, desc = "a mixture of two flows")
public class ChangeCountStress {
  private static final int AGAIN = -1;

  private final ChangeCount changes = new ChangeCount();
  private int first;
  private int second;

  @Actor
  public void worker() {
    changes.begin();
    first = 1;
    second = 1;
    changes.end();
  }

  @Actor
  public void reader(II_Result result) {
    long before = changes.now();
    int one = first;
    int other = second;
    boolean isOfOneMoment = !ChangeCount.isChanging(before) && changes.isStill(before);
    result.r1 = isOfOneMoment ? one : AGAIN;
    result.r2 = isOfOneMoment ? other : AGAIN;
  }
}
