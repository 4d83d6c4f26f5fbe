package io.headrace.conntrack;

import static io.headrace.conntrack.Fixture.ACK;
import static io.headrace.conntrack.Fixture.FIN;
import static io.headrace.conntrack.Fixture.PSH;
import static io.headrace.conntrack.Fixture.RST;
import static io.headrace.conntrack.Fixture.SYN;
import static io.headrace.conntrack.FlowState.ESTABLISHED;
import static io.headrace.conntrack.FlowState.FIN_CLIENT;
import static io.headrace.conntrack.FlowState.FIN_SERVER;
import static io.headrace.conntrack.FlowState.RESET;
import static io.headrace.conntrack.FlowState.SYN_RECEIVED;
import static io.headrace.conntrack.FlowState.SYN_SENT;
import static io.headrace.conntrack.FlowState.TIME_WAIT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TcpStateTest {
  private static final int ECE = 0x40;
  private static final int CWR = 0x80;

  private FlowState state = SYN_SENT;

  @Test
  void handshakeEstablishes() {
    client(SYN, SYN_SENT);
    server(SYN | ACK, SYN_RECEIVED);
    client(ACK, ESTABLISHED);
  }

  @Test
  void repeatedFramesOfTheHandshakeChangeNothing() {
    client(SYN, SYN_SENT);
    client(SYN, SYN_SENT);
    server(SYN | ACK, SYN_RECEIVED);
    server(SYN | ACK, SYN_RECEIVED);
    client(SYN, SYN_RECEIVED);
    client(ACK, ESTABLISHED);
    server(SYN | ACK, ESTABLISHED);
  }

  @Test
  void aClientThatOnlyTalksToItselfNeverEstablishes() {
    client(SYN, SYN_SENT);
    client(ACK, SYN_SENT);
    client(ACK | PSH, SYN_SENT);
    client(FIN | ACK, SYN_SENT);
  }

  @Test
  void dataInPlaceOfALostAcknowledgementEstablishes() {
    server(SYN | ACK, SYN_RECEIVED);
    client(PSH | ACK, ESTABLISHED);
  }

  @Test
  void simultaneousOpenEstablishes() {
    client(SYN, SYN_SENT);
    server(SYN, SYN_RECEIVED);
    client(SYN | ACK, ESTABLISHED);
    server(SYN | ACK, ESTABLISHED);
  }

  @Test
  void aConnectionThatWasThereBeforeItsFlowIsOpenWhenBothEndsHaveSpoken() {
    client(PSH | ACK, SYN_SENT);
    server(ACK, SYN_RECEIVED);
    client(ACK, ESTABLISHED);
  }

  @Test
  void congestionBitsDoNotMatter() {
    server(SYN | ACK | ECE, SYN_RECEIVED);
    client(ACK | CWR, ESTABLISHED);
    client(FIN | PSH | ACK | CWR, FIN_CLIENT);
    server(FIN | PSH | ACK | ECE, TIME_WAIT);
  }

  @Test
  void oneFinLeavesTheOtherDirectionOpen() {
    state = ESTABLISHED;
    client(FIN | ACK, FIN_CLIENT);
    client(FIN | ACK, FIN_CLIENT);
    server(PSH | ACK, FIN_CLIENT);
    server(FIN | ACK, TIME_WAIT);
    client(ACK, TIME_WAIT);
  }

  @Test
  void theServerMayCloseFirst() {
    state = ESTABLISHED;
    server(FIN | ACK, FIN_SERVER);
    client(PSH | ACK, FIN_SERVER);
    client(FIN | ACK, TIME_WAIT);
    server(FIN | ACK, TIME_WAIT);
  }

  @Test
  void aFinWithTheLastAcknowledgementOfTheHandshakeCounts() {
    state = SYN_RECEIVED;
    client(FIN | ACK, FIN_CLIENT);
  }

  @Test
  void aResetEndsEveryStateButTimeWait() {
    for (FlowState from :
        new FlowState[] {SYN_SENT, SYN_RECEIVED, ESTABLISHED, FIN_CLIENT, FIN_SERVER, RESET}) {
      state = from;
      client(RST, RESET);
      state = from;
      server(RST | ACK, RESET);
    }
    state = TIME_WAIT;
    server(RST, TIME_WAIT);
  }

  @Test
  void whatIsNeitherRstNorSynShowsLife() {
    assertTrue(TcpState.showsLife(ACK));
    assertTrue(TcpState.showsLife(FIN | ACK));
    assertFalse(TcpState.showsLife(RST | ACK));
    assertFalse(TcpState.showsLife(SYN | ACK));
    assertFalse(TcpState.showsLife(0));
  }

  @Test
  void onlyAPureSynOpens() {
    assertTrue(TcpState.opens(SYN));
    assertTrue(TcpState.opens(SYN | ECE | CWR));
    assertFalse(TcpState.opens(ACK));
    assertFalse(TcpState.opens(SYN | ACK));
    assertFalse(TcpState.opens(SYN | FIN));
    assertFalse(TcpState.opens(SYN | RST));
    assertFalse(TcpState.opens(0));
  }

  private void client(int flags, FlowState expected) {
    state = TcpState.next(state, true, flags);
    assertEquals(expected, state);
  }

  private void server(int flags, FlowState expected) {
    state = TcpState.next(state, false, flags);
    assertEquals(expected, state);
  }
}
