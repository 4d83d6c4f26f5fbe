package io.headrace.pipeline;

import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.Sequence;
import io.headrace.config.PassthroughConfig;
import io.headrace.counters.Counters;
import io.headrace.counters.Cycles;
import io.headrace.forward.Classifier;
import io.headrace.forward.Forwarder;
import io.headrace.forward.ForwardingTables;
import io.headrace.forward.Slot;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.BusySpinIdleStrategy;
import org.agrona.concurrent.CompositeAgent;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.YieldingIdleStrategy;

/**
 * Capture, the parallel workers and transmit, on one ring.
 *
 * <pre>
 *   sources ─► capture ─► [ ring of slots ] ─► transmit ─► sinks
 *                             │   │   │
 *                          worker 0 … n-1
 * </pre>
 *
 * Each stage is an agent that polls the ring. What runs on which thread is a setting: all stages in
 * one duty cycle on one thread, or a thread for each.
 */
public final class Pipeline implements AutoCloseable {
  private final RingBuffer<Slot> ring;
  private final Sequence transmitted;
  private final List<Arm> arms;
  private final Capture capture;
  private final List<Worker> workers = new ArrayList<>();
  private final List<Agent> consumers = new ArrayList<>();
  private final List<AgentRunner> runners = new ArrayList<>();
  private final List<DutyCycle> cycles = new ArrayList<>();
  private final PipelineCounts counts;
  private final FaultLog faults;
  private final PassthroughConfig settings;
  private final Counters counters;

  /**
   * @param settings ring size, threading, idle strategy
   * @param arms where frames come from and go to
   * @param flowTime the time that flows live by
   * @param classifier finds the bucket of a frame
   * @param tables what the stages know of the world
   * @param forwarders one for each worker
   * @param counters where the stages count
   */
  public Pipeline(
      PassthroughConfig settings,
      List<Arm> arms,
      FlowTime flowTime,
      Classifier classifier,
      ForwardingTables tables,
      List<? extends Forwarder> forwarders,
      Counters counters) {
    this.settings = settings;
    this.counters = counters;
    this.arms = List.copyOf(arms);
    // Nothing ever waits on the ring itself: stages poll it, and their agents idle.
    ring =
        RingBuffer.createSingleProducer(Slot::new, settings.ringSize(), new BusySpinWaitStrategy());
    counts = new PipelineCounts(counters, this.arms);
    faults = new FaultLog(counters);
    capture =
        new Capture(
            ring,
            this.arms,
            classifier,
            tables,
            flowTime,
            faults,
            counts.received(),
            counts.ringFull());
    int count = forwarders.size();
    Sequence[] worked = new Sequence[count];
    for (int i = 0; i < count; i++) {
      EventPoller<Slot> poller = ring.newPoller();
      worked[i] = poller.getSequence();
      workers.add(new Worker(i, count, poller, forwarders.get(i), tables, flowTime, faults));
    }
    consumers.addAll(workers);
    EventPoller<Slot> last = ring.newPoller(worked);
    transmitted = last.getSequence();
    ring.addGatingSequences(transmitted);
    consumers.add(new Transmit(last, this.arms, count, faults, counters, counts));
  }

  /** Starts the threads. */
  public void start() {
    if (settings.threading() == PassthroughConfig.Threading.SHARED) {
      List<Agent> stages = new ArrayList<>(consumers);
      stages.addFirst(capture);
      start(new CompositeAgent(stages), "all stages", captureIdle());
    } else {
      consumers.forEach(stage -> start(stage, stage.roleName(), stageIdle()));
      start(capture, capture.roleName(), captureIdle());
    }
  }

  private void start(Agent stage, String thread, IdleStrategy idle) {
    DutyCycle agent = new DutyCycle(stage, new Cycles(counters, thread));
    cycles.add(agent);
    AgentRunner runner =
        new AgentRunner(idle, fault -> faults.add(agent.roleName(), fault), null, agent);
    runners.add(runner);
    AgentRunner.startOnThread(runner);
  }

  private IdleStrategy captureIdle() {
    return switch (settings.idle()) {
      case BACKOFF -> new FrameIdleStrategy(arms.stream().map(Arm::source).toList());
      case YIELD -> new YieldingIdleStrategy();
      case SPIN -> new BusySpinIdleStrategy();
    };
  }

  private IdleStrategy stageIdle() {
    return switch (settings.idle()) {
      case BACKOFF -> new BackoffIdleStrategy(100, 10, 1_000, 100_000);
      case YIELD -> new YieldingIdleStrategy();
      case SPIN -> new BusySpinIdleStrategy();
    };
  }

  /**
   * Runs every stage once on the calling thread, in place of {@link #start}.
   *
   * @return how much there was to do; 0 for nothing
   */
  public int runOnce() throws Exception {
    int work = capture.doWork();
    for (Agent stage : consumers) {
      work += stage.doWork();
    }
    return work;
  }

  /**
   * Has a worker run a command before long, on its own thread. Frames wait for it: it should be
   * short. Any thread.
   *
   * @param worker its index
   */
  public void tell(int worker, Runnable command) {
    workers.get(worker).tell(command);
  }

  /**
   * Whether every thread has had a turn since this was last asked; with frames or without, they
   * have one every few milliseconds. Any one thread, after {@link #start}.
   */
  public boolean hasTurned() {
    boolean all = true;
    for (DutyCycle each : cycles) {
      all &= each.hasTurned();
    }
    return all;
  }

  /** Whether every captured frame has been dealt with. */
  public boolean isDrained() {
    return transmitted.get() == ring.getCursor();
  }

  /** What the stages have counted. */
  public PipelineCounts counts() {
    return counts;
  }

  /** Stops capture, lets what was captured run through, then stops the rest. The arms stay open. */
  @Override
  public void close() {
    runners.reversed().forEach(AgentRunner::close);
    try {
      for (Agent stage : consumers) {
        stage.doWork();
      }
    } catch (Exception e) {
      faults.add("close", e);
    }
  }
}
