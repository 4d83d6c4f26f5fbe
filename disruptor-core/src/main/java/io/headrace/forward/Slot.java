package io.headrace.forward;

import io.headrace.io.Frame;
import io.headrace.packet.Headers;
import io.headrace.packet.IpAddress;
import io.headrace.packet.QuotedPacket;
import io.headrace.schedule.SourceHash;

/**
 * One frame on its way through the ring, with what each stage found out about it. Preallocated;
 * handed from stage to stage by the ring, so that each field has one writer at a time.
 */
public final class Slot {
  /** The bucket of a frame that belongs to no flow: no worker takes it. */
  public static final int NO_BUCKET = -1;

  private final Frame frame = new Frame();
  private final Headers headers = new Headers();
  private final QuotedPacket quoted = new QuotedPacket();

  // Written by capture.
  private int arm;
  private long capturedNs;
  private long kernelNs;
  private long publishedNs;
  private long nowNs;
  private int bucket;
  private Frontend frontend;
  private boolean fromClient;
  private boolean error;

  // Written by the worker that owns the bucket.
  private int flowHash;
  private long tupleHash;
  private long workStartNs;
  private long workEndNs;

  // Written by capture for what belongs to no flow, else by the worker that owns the bucket.
  private Verdict verdict;
  private Reason reason;
  private int egressArm;
  private OuterHeader outerHeader;
  private long outerSourceHigh;
  private long outerSourceLow;
  private IpAddress outerDestination;
  private int segmentSize;

  public Frame frame() {
    return frame;
  }

  public Headers headers() {
    return headers;
  }

  /** The packet that the frame's ICMP error is about, if it {@linkplain #isError is one}. */
  QuotedPacket quoted() {
    return quoted;
  }

  /** Index of the arm that the frame came in by. */
  public int arm() {
    return arm;
  }

  /**
   * When capture took the frame, by the monotonic clock in nanoseconds: the start of its latency.
   */
  public long capturedNs() {
    return capturedNs;
  }

  /** The time that flows live by, in nanoseconds: monotonic, or the capture file's own. */
  public long nowNs() {
    return nowNs;
  }

  /** How long the frame had waited in the kernel by then; 0 where nobody knows. */
  public long kernelNs() {
    return kernelNs;
  }

  /**
   * @param waitedNs in the kernel
   */
  public void captured(int byArm, long atNs, long waitedNs, long flowTimeNs) {
    outerHeader = null;
    arm = byArm;
    capturedNs = atNs;
    kernelNs = waitedNs;
    nowNs = flowTimeNs;
  }

  /** When capture published the frame's batch. As {@link #capturedNs}, like those that follow. */
  public long publishedNs() {
    return publishedNs;
  }

  public void published(long atNs) {
    publishedNs = atNs;
  }

  /** When the worker began with the frame's batch. */
  public long workStartNs() {
    return workStartNs;
  }

  /** When the worker was done with the frame's batch. */
  public long workEndNs() {
    return workEndNs;
  }

  /** A worker that began before the batch was published has waited for nothing. */
  public void worked(long startNs, long endNs) {
    workStartNs = Math.max(startNs, publishedNs);
    workEndNs = Math.max(endNs, workStartNs);
  }

  public int bucket() {
    return bucket;
  }

  /** Whether the frame is for a frontend; else it is a server's answer. */
  public boolean isFromClient() {
    return fromClient;
  }

  /**
   * The frontend that the frame is for, or that an answer is from where that is known by the server
   * alone; else null.
   */
  public Frontend frontend() {
    return frontend;
  }

  /** Whether the frame is an ICMP error, about a packet of a flow that it is not of itself. */
  boolean isError() {
    return error;
  }

  void aboutFlow() {
    error = true;
  }

  void fromClient(int flowBucket, Frontend to) {
    belongs(flowBucket, to, true);
  }

  /** An answer to a NAT port. */
  void fromServer(int flowBucket) {
    belongs(flowBucket, null, false);
  }

  /** An answer to a client's own address. */
  void fromServer(int flowBucket, Frontend from) {
    belongs(flowBucket, from, false);
  }

  private void belongs(int flowBucket, Frontend of, boolean client) {
    bucket = flowBucket;
    frontend = of;
    fromClient = client;
    error = false;
    // What no worker decides is not forwarded.
    refuse(Reason.FAULT);
  }

  void noFlow(Reason why) {
    belongs(NO_BUCKET, null, false);
    refuse(why);
  }

  /** What the flow is found by. */
  int flowHash() {
    return flowHash;
  }

  void flowHash(int value) {
    flowHash = value;
  }

  /** What stands for the flow where it has no record. */
  public long tupleHash() {
    return tupleHash;
  }

  void tupleHash(long value) {
    tupleHash = value;
  }

  /** The hash of the client's address, that a scheduler by source goes by. */
  long sourceHash() {
    if (error) {
      return quoted.isIpv6()
          ? SourceHash.ofNetwork(quoted.destinationHigh())
          : SourceHash.of(quoted.destinationAddress());
    }
    return headers.isIpv6()
        ? SourceHash.ofNetwork(headers.sourceHigh())
        : SourceHash.of(headers.sourceAddress());
  }

  public Verdict verdict() {
    return verdict;
  }

  /** Why the frame is not forwarded; meaningful only then. */
  public Reason reason() {
    return reason;
  }

  /** Index of the arm to send from, when the frame is forwarded or an answer. */
  public int egressArm() {
    return egressArm;
  }

  /** Whether the frame, when it is forwarded, travels in another packet. */
  public boolean isEncapsulated() {
    return outerHeader != null;
  }

  /** What goes before the packet, when it {@linkplain #isEncapsulated travels in another}. */
  public OuterHeader outerHeader() {
    return outerHeader;
  }

  /** Source of the outer packet, as {@link IpAddress} has it. */
  public long outerSourceHigh() {
    return outerSourceHigh;
  }

  public long outerSourceLow() {
    return outerSourceLow;
  }

  /** Destination of the outer packet. */
  public IpAddress outerDestination() {
    return outerDestination;
  }

  /** Payload bytes of the segments that the frame is to be cut into first; 0 for none. */
  public int segmentSize() {
    return segmentSize;
  }

  void encapsulate(
      OuterHeader header, long sourceHigh, long sourceLow, IpAddress destination, int cutInto) {
    outerHeader = header;
    outerSourceHigh = sourceHigh;
    outerSourceLow = sourceLow;
    outerDestination = destination;
    segmentSize = cutInto;
  }

  void forward(int byArm) {
    verdict = Verdict.FORWARD;
    egressArm = byArm;
  }

  /** Sends the frame back, which has become an answer. */
  void answer(Reason why) {
    refuse(why);
    egressArm = arm;
  }

  /** Drops the frame because a stage failed on it, whatever it had decided before. */
  public void fault() {
    noFlow(Reason.FAULT);
  }

  /** Does with the frame what the reason has. */
  void refuse(Reason why) {
    verdict = why.verdict();
    reason = why;
  }
}
