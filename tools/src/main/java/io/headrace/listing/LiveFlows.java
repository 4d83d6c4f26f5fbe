package io.headrace.listing;

import io.headrace.conntrack.FlowReader;
import io.headrace.conntrack.FlowView;
import io.headrace.passthrough.Passthrough;
import java.io.IOException;
import java.util.List;

/**
 * The flows of a data path that goes on meanwhile. Each flow that is there from the beginning to
 * the end is shown once; one that begins or ends meanwhile perhaps. For one thread, which need not
 * be the data path's.
 */
public final class LiveFlows implements FlowSource {
  /** Records between two looks at the clock. */
  private static final int STEP = 64;

  private final FlowNames names;
  private final List<FlowReader> readers;
  private final Pace pace = new Pace();

  public LiveFlows(Passthrough passthrough) {
    this.readers = passthrough.flowReaders();
    this.names = FlowNames.of(passthrough.tables().current());
  }

  @Override
  public FlowNames names() {
    return names;
  }

  @Override
  public void forEach(Action action) throws IOException {
    FlowView view = new FlowView();
    for (FlowReader reader : readers) {
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
}
