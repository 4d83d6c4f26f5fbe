package io.headrace.listing;

import io.headrace.config.Protocol;
import io.headrace.conntrack.FlowReader;
import io.headrace.conntrack.FlowRecords.End;
import io.headrace.conntrack.FlowState;
import io.headrace.conntrack.FlowView;
import io.headrace.packet.IpAddress;
import io.headrace.passthrough.FlowCloser;
import io.headrace.passthrough.Passthrough;
import io.headrace.proxy.OpenConnection;
import io.headrace.proxy.Proxy;
import io.headrace.registry.Snapshot;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * The flows of data paths that go on meanwhile: those in the tables of passthrough, then the
 * connections of the proxy. Each that is there from the beginning to the end is shown once; one
 * that begins or ends meanwhile perhaps. Those of an earlier process are waited for. For one
 * thread, which need not be a data path's.
 */
public final class LiveFlows implements FlowSource {
  /** Records between two looks at the clock. */
  private static final int STEP = 64;

  private final Optional<Passthrough> passthrough;
  private final Proxy proxy;
  private final FlowNames names;
  private final Pace pace = new Pace();

  /**
   * @param snapshot of the registry that both have
   */
  public LiveFlows(Optional<Passthrough> passthrough, Proxy proxy, Snapshot snapshot) {
    this.passthrough = passthrough;
    this.proxy = proxy;
    FlowNames configured = FlowNames.of(snapshot);
    this.names =
        passthrough.map(each -> configured.and(each.tables().current())).orElse(configured);
  }

  @Override
  public FlowNames names() {
    return names;
  }

  @Override
  public void forEach(Action action) throws IOException {
    FlowView view = new FlowView();
    if (passthrough.isPresent()) {
      forEach(passthrough.get(), view, action);
    }
    for (OpenConnection connection : proxy.connections()) {
      action.accept(view(connection, view));
    }
  }

  /**
   * Closes those that a filter lets pass.
   *
   * @return how many
   */
  public long close(FlowFilter filter) throws IOException {
    long closed = proxy.close(each -> filter.passes(view(each, new FlowView())));
    if (passthrough.isPresent()) {
      FlowCloser closer = passthrough.get().flowCloser();
      forEach(
          passthrough.get(),
          new FlowView(),
          flow -> {
            if (filter.passes(flow)) {
              closer.close(flow);
            }
          });
      closed += closer.finish();
    }
    return closed;
  }

  private void forEach(Passthrough frames, FlowView view, Action action) throws IOException {
    frames.awaitRecovery();
    for (FlowReader reader : frames.flowReaders()) {
      for (int flow = 0; flow < reader.end(); flow++) {
        if (flow % STEP == 0) {
          pace.keep();
        }
        if (reader.read(flow, view)) {
          action.accept(view);
        }
      }
    }
  }

  private static FlowView view(OpenConnection connection, FlowView view) {
    view.begin(
        connection.protocol().number(),
        state(connection),
        connection.onward().map(OpenConnection.Onward::serverId).orElse(FlowView.UNKNOWN),
        connection.frontendId(),
        connection.deadlineNs());
    end(view, End.CLIENT, connection.client());
    end(view, End.SERVICE, connection.service());
    connection
        .onward()
        .ifPresent(
            onward -> {
              end(view, End.SERVER, onward.server());
              end(view, End.NAT, onward.local());
            });
    return view;
  }

  private static void end(FlowView view, End end, InetSocketAddress at) {
    view.end(end, IpAddress.of(at.getAddress()), at.getPort());
  }

  private static FlowState state(OpenConnection connection) {
    boolean tcp = connection.protocol() == Protocol.TCP;
    return switch (connection.stage()) {
      case OPENING -> tcp ? FlowState.SYN_SENT : FlowState.UDP_UNREPLIED;
      case OPEN -> tcp ? FlowState.ESTABLISHED : FlowState.UDP_REPLIED;
      case CLIENT_ENDED -> FlowState.FIN_CLIENT;
      case SERVER_ENDED -> FlowState.FIN_SERVER;
    };
  }
}
