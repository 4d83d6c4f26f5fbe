package io.headrace.forward;

import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.NatPorts;
import io.headrace.packet.Ethernet;
import io.headrace.packet.Headers;
import io.headrace.packet.Parse;

/**
 * Finds the bucket of a frame, and so the worker that owns it; decides what belongs to no flow.
 * Stateless, so that capture may call it from any thread.
 *
 * <p>A frame to a frontend has the bucket of its client. An answer to a NAT port has the bucket of
 * that port, its low bits, since a port is only ever given to a flow of its bucket. An answer to a
 * client's own address has the bucket of that client.
 */
public final class Classifier {
  private final FlowHash hash;

  public Classifier(FlowHash hash) {
    this.hash = hash;
  }

  /** Parses the slot's frame and finds its bucket, or refuses it. */
  public void classify(Slot slot, ForwardingTable table) {
    Headers headers = slot.headers();
    Parse parse = headers.parse(slot.frame().buffer());
    if (parse != Parse.FLOW) {
      slot.noFlow(Reason.of(parse));
      return;
    }
    long mac = table.armMac(slot.arm());
    if (mac != ForwardingTable.ANY_MAC
        && mac != Ethernet.getMac(slot.frame().buffer(), Ethernet.DESTINATION)) {
      slot.noFlow(Reason.NOT_FOR_US);
      return;
    }
    if (headers.isIpv6()) {
      classifyIpv6(slot, table);
    } else {
      classifyIpv4(slot, table);
    }
  }

  private void classifyIpv4(Slot slot, ForwardingTable table) {
    Headers headers = slot.headers();
    int protocol = headers.protocol();
    int address = headers.destinationAddress();
    int port = headers.destinationPort();
    Frontend frontend = table.frontendAt(protocol, address, port);
    if (frontend != null) {
      slot.fromClient(
          hash.bucket(protocol, headers.sourceAddress(), headers.sourcePort()), frontend);
    } else if (table.isNatEndpoint(address, port)) {
      slot.fromServer(NatPorts.bucketOf(port));
    } else {
      answer(slot, table);
    }
  }

  private void answer(Slot slot, ForwardingTable table) {
    Headers headers = slot.headers();
    int protocol = headers.protocol();
    int client = headers.destinationAddress();
    Frontend from = table.answeringAt(protocol, headers.sourceAddress(), headers.sourcePort());
    // What a server answers to the balancer's own checks is the kernel's.
    if (from == null || table.isOwn(client)) {
      slot.noFlow(Reason.NO_SERVICE);
    } else {
      slot.fromServer(hash.bucket(protocol, client, headers.destinationPort()), from);
    }
  }

  private void classifyIpv6(Slot slot, ForwardingTable table) {
    Headers headers = slot.headers();
    int protocol = headers.protocol();
    long high = headers.destinationHigh();
    long low = headers.destinationLow();
    int port = headers.destinationPort();
    Frontend frontend = table.frontendAt(protocol, high, low, port);
    if (frontend != null) {
      slot.fromClient(
          hash.bucket(protocol, headers.sourceHigh(), headers.sourceLow(), headers.sourcePort()),
          frontend);
    } else if (table.isNatEndpoint(high, low, port)) {
      slot.fromServer(NatPorts.bucketOf(port));
    } else {
      slot.noFlow(Reason.NO_SERVICE);
    }
  }
}
