package io.headrace.forward;

import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.NatPorts;
import io.headrace.packet.Ethernet;
import io.headrace.packet.Headers;
import io.headrace.packet.Parse;
import io.headrace.packet.QuotedPacket;

/**
 * Finds the bucket of a frame, and so the worker that owns it; decides what belongs to no flow. For
 * one thread at a time, as it remembers fragments.
 *
 * <p>A frame to a frontend has the bucket of its client. An answer to a NAT port has the bucket of
 * that port, its low bits, since a port is only ever given to a flow of its bucket. An answer to a
 * client's own address has the bucket of that client. An ICMP error has that of the flow whose
 * packet it quotes; one about an outer packet is of no flow, and {@link OuterError} hears it.
 */
public final class Classifier {
  private final FlowHash hash;
  private final FragmentTable fragments;

  public Classifier(FlowHash hash) {
    this.hash = hash;
    this.fragments = new FragmentTable(hash);
  }

  /** Parses the slot's frame and finds its bucket, or refuses it. */
  public void classify(Slot slot, ForwardingTable table) {
    Headers headers = slot.headers();
    Parse parse = headers.parse(slot.frame().buffer());
    switch (parse) {
      case FLOW -> classifyFlow(slot, table);
      case FIRST_FRAGMENT -> classifyFirst(slot, table);
      case FRAGMENT -> classifyLater(slot, table);
      case ICMP -> classifyError(slot, table);
      default -> slot.noFlow(Reason.of(parse));
    }
  }

  private void classifyFirst(Slot slot, ForwardingTable table) {
    classifyFlow(slot, table);
    if (slot.bucket() != Slot.NO_BUCKET && !fragments.admitFirst(slot.headers(), slot.nowNs())) {
      slot.noFlow(Reason.FRAGMENT_OVERLAP);
    }
  }

  private void classifyLater(Slot slot, ForwardingTable table) {
    Reason refusal = fragments.refuseLater(slot.headers(), slot.nowNs());
    if (refusal == null) {
      classifyFlow(slot, table);
    } else {
      slot.noFlow(refusal);
    }
  }

  private void classifyFlow(Slot slot, ForwardingTable table) {
    Headers headers = slot.headers();
    if (!isForUs(slot, table)) {
      slot.noFlow(Reason.NOT_FOR_US);
    } else if (headers.isIpv6()) {
      classify(
          slot,
          table,
          headers.protocol(),
          headers.destinationHigh(),
          headers.destinationLow(),
          headers.destinationPort(),
          headers.sourceHigh(),
          headers.sourceLow(),
          headers.sourcePort());
    } else {
      classify(
          slot,
          table,
          headers.protocol(),
          headers.destinationAddress(),
          headers.destinationPort(),
          headers.sourceAddress(),
          headers.sourcePort());
    }
  }

  /** What is quoted has been sent by us: what is destination else is source here. */
  private void classifyError(Slot slot, ForwardingTable table) {
    QuotedPacket quoted = slot.quoted();
    if (!quoted.parse(slot.frame().buffer(), slot.headers())) {
      slot.noFlow(Reason.ICMP);
      return;
    }
    if (!isForUs(slot, table)) {
      slot.noFlow(Reason.NOT_FOR_US);
      return;
    }
    Reason outer = OuterError.heed(slot, table);
    if (outer != Reason.ICMP || !quoted.hasPorts()) {
      slot.noFlow(outer);
      return;
    }
    if (quoted.isIpv6()) {
      classify(
          slot,
          table,
          quoted.protocol(),
          quoted.sourceHigh(),
          quoted.sourceLow(),
          quoted.sourcePort(),
          quoted.destinationHigh(),
          quoted.destinationLow(),
          quoted.destinationPort());
    } else {
      classify(
          slot,
          table,
          quoted.protocol(),
          quoted.sourceAddress(),
          quoted.sourcePort(),
          quoted.destinationAddress(),
          quoted.destinationPort());
    }
    if (slot.bucket() == Slot.NO_BUCKET) {
      slot.noFlow(Reason.ICMP);
    } else {
      slot.aboutFlow();
    }
  }

  private static boolean isForUs(Slot slot, ForwardingTable table) {
    long mac = table.armMac(slot.arm());
    return mac == ForwardingTable.ANY_MAC
        || mac == Ethernet.getMac(slot.frame().buffer(), Ethernet.DESTINATION);
  }

  private void classify(
      Slot slot,
      ForwardingTable table,
      int protocol,
      int address,
      int port,
      int peerAddress,
      int peerPort) {
    Frontend frontend = table.frontendAt(protocol, address, port);
    if (frontend != null) {
      slot.fromClient(hash.bucket(protocol, peerAddress, peerPort), frontend);
    } else if (table.isNatEndpoint(address, port)) {
      slot.fromServer(NatPorts.bucketOf(port));
    } else {
      classifyAnswer(slot, table, protocol, address, port, peerAddress, peerPort);
    }
  }

  private void classifyAnswer(
      Slot slot,
      ForwardingTable table,
      int protocol,
      int client,
      int clientPort,
      int server,
      int serverPort) {
    Frontend from = table.answeringAt(protocol, server, serverPort);
    // What a server answers to the balancer's own checks is the kernel's.
    if (from == null || table.isOwn(client)) {
      slot.noFlow(Reason.NO_SERVICE);
    } else {
      slot.fromServer(hash.bucket(protocol, client, clientPort), from);
    }
  }

  private void classify(
      Slot slot,
      ForwardingTable table,
      int protocol,
      long high,
      long low,
      int port,
      long peerHigh,
      long peerLow,
      int peerPort) {
    Frontend frontend = table.frontendAt(protocol, high, low, port);
    if (frontend != null) {
      slot.fromClient(hash.bucket(protocol, peerHigh, peerLow, peerPort), frontend);
    } else if (table.isNatEndpoint(high, low, port)) {
      slot.fromServer(NatPorts.bucketOf(port));
    } else {
      classifyAnswer(slot, table, protocol, high, low, port, peerHigh, peerLow, peerPort);
    }
  }

  private void classifyAnswer(
      Slot slot,
      ForwardingTable table,
      int protocol,
      long clientHigh,
      long clientLow,
      int clientPort,
      long serverHigh,
      long serverLow,
      int serverPort) {
    Frontend from = table.answeringAt(protocol, serverHigh, serverLow, serverPort);
    if (from == null || table.isOwn(clientHigh, clientLow)) {
      slot.noFlow(Reason.NO_SERVICE);
    } else {
      slot.fromServer(hash.bucket(protocol, clientHigh, clientLow, clientPort), from);
    }
  }
}
