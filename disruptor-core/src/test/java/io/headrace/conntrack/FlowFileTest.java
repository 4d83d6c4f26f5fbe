package io.headrace.conntrack;

import static io.headrace.conntrack.Fixture.ACK;
import static io.headrace.conntrack.Fixture.CLIENT;
import static io.headrace.conntrack.Fixture.FIN;
import static io.headrace.conntrack.Fixture.NAT;
import static io.headrace.conntrack.Fixture.RST;
import static io.headrace.conntrack.Fixture.SERVER;
import static io.headrace.conntrack.Fixture.SERVICE;
import static io.headrace.conntrack.Fixture.SYN;
import static io.headrace.conntrack.Fixture.TCP;
import static io.headrace.conntrack.Fixture.UDP;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.headrace.config.Timeouts;
import io.headrace.packet.IpAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.openhft.chronicle.hash.impl.BigSegmentHeader;
import net.openhft.chronicle.map.VanillaChronicleMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class FlowFileTest {
  private static final int CAPACITY = 2000;
  private static final int FLOWS = 1000;

  /** Where Chronicle Map says how long its header is, and that the file is complete. */
  private static final int SIZE_OFFSET = 8;

  @TempDir private Path directory;
  private Path path;
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @BeforeEach
  void listen() {
    path = directory.resolve("flows");
    log.start();
    Logger logger = (Logger) LoggerFactory.getLogger(FlowMapFile.class);
    logger.setLevel(Level.INFO);
    logger.addAppender(log);
  }

  @AfterEach
  void stopListening() {
    ((Logger) LoggerFactory.getLogger(FlowMapFile.class)).detachAppender(log);
  }

  @Test
  void onlyFlowsWhoseEndsHaveBothSpokenAreKept() {
    try (FlowFile file = FlowFile.open(path, CAPACITY, FlowHash.random());
        Fixture fixture = new Fixture(file)) {
      fixture.create(TCP, CLIENT, 1);
      fixture.create(UDP, CLIENT, 2);
      assertEquals(0, contents(file).size());
      int established = fixture.established(CLIENT, 4);
      int replied = fixture.create(UDP, CLIENT, 5);
      fixture.server(replied, 0);
      assertEquals(2, contents(file).size());
      fixture.client(established, FIN | ACK);
      assertEquals(2, contents(file).size(), "half-closed is not over");
      fixture.server(established, FIN | ACK);
      assertEquals(1, contents(file).size());
      fixture.table.remove(replied);
      assertEquals(0, contents(file).size());
      fixture.client(fixture.established(CLIENT, 6), RST);
      assertEquals(0, contents(file).size());
    }
  }

  @Test
  void whatTheServerHasAnsweredIsOpenForTheClientAndSoInTheFile() {
    try (FlowFile file = FlowFile.open(path, CAPACITY, FlowHash.random());
        Fixture fixture = new Fixture(file)) {
      fixture.create(TCP, CLIENT, 1);
      int answered = fixture.create(TCP, CLIENT, 2);
      fixture.server(answered, SYN | ACK);
      assertEquals(List.of(2), contents(file).stream().map(StoredFlow::clientPort).toList());
      fixture.nowNs += Timeouts.DEFAULT.synSent().toNanos();
      assertEquals(2, fixture.table.expire(fixture.nowNs));
      assertEquals(0, contents(file).size());
    }
  }

  @Test
  void inAFloodOnlyWhatTheClientAcknowledgesIsInTheFile() {
    try (FlowFile file = FlowFile.open(path, CAPACITY, FlowHash.random());
        Fixture fixture = new Fixture(file)) {
      for (int port = 0; port < 1000; port++) {
        fixture.create(TCP, CLIENT, port);
      }
      int flow = fixture.create(TCP, CLIENT, 1000);
      fixture.server(flow, SYN | ACK);
      assertEquals(0, contents(file).size());
      fixture.client(flow, ACK);
      assertEquals(1, contents(file).size());
    }
  }

  @Test
  void flowsGoOnAfterARestartWhateverTheNumberOfWorkers() {
    fill();
    for (int workers : new int[] {1, 4, 3}) {
      try (FlowFile file = FlowFile.open(path, CAPACITY, FlowHash.random())) {
        List<Fixture> fixtures = new ArrayList<>();
        for (int worker = 0; worker < workers; worker++) {
          fixtures.add(new Fixture(file));
        }
        List<WaitingFlows> waiting = file.waiting(workers);
        for (int worker = 0; worker < workers; worker++) {
          fixtures.get(worker).recoverFrom(waiting.get(worker));
          fixtures.get(worker).recoverAll();
        }
        for (int port = 0; port < FLOWS; port++) {
          Fixture fixture = fixtures.get(file.hash().bucket(TCP, CLIENT, port) % workers);
          int flow = fixture.find(TCP, CLIENT, port);
          assertNotEquals(Conntrack.NONE, flow);
          assertEquals(flow, fixture.findReply(TCP, fixture.table.natPort(flow)));
          assertEquals(0x020000000000L + port, fixture.table.clientMac(flow));
          assertEquals(FlowState.ESTABLISHED, fixture.table.state(flow));
          assertEquals(3, fixture.table.serverId(flow));
          assertEquals(1400, fixture.table.packetLimit(flow));
        }
        assertEquals(FLOWS, fixtures.stream().mapToInt(fixture -> fixture.restored).sum());
        fixtures.forEach(Fixture::close);
      }
    }
  }

  @Test
  void aRestoredFlowThatEndsLeavesTheFile() {
    fill();
    try (FlowFile file = FlowFile.open(path, CAPACITY, FlowHash.random());
        Fixture fixture = new Fixture(file)) {
      fixture.recoverFrom(file);
      fixture.recoverAll();
      fixture.client(fixture.find(TCP, CLIENT, 7), RST);
      assertEquals(FLOWS - 1, contents(file).size());
    }
  }

  @Test
  void flowsThatNobodyWantsAreRemovedFromTheFile() {
    fill();
    for (int orphaned : new int[] {400, 0}) {
      try (FlowFile file = FlowFile.open(path, CAPACITY, FlowHash.random());
          Fixture fixture = new Fixture(file)) {
        fixture.table.recoverFrom(
            file.waiting(1).getFirst(),
            (flow, nowNs) ->
                flow.clientPort() < 600 ? fixture.restore(flow, nowNs) : Conntrack.NONE);
        fixture.recoverAll();
        assertEquals(600, fixture.counters.recovered().get());
        assertEquals(orphaned, fixture.counters.orphaned().get());
        assertEquals(600, contents(file).size());
      }
    }
  }

  @Test
  void aFlowOfIpv6KeepsAllThatItHas() {
    IpAddress client = IpAddress.parse("2001:db8:ffff:fffe:fffd::ff01");
    IpAddress service = IpAddress.parse("2001:db8::80");
    IpAddress server = IpAddress.parse("fd00::1");
    IpAddress nat = IpAddress.parse("fd00::fe");
    StoredFlow expected;
    try (FlowFile file = FlowFile.open(path, CAPACITY, FlowHash.random());
        Fixture fixture = new Fixture(file)) {
      file.carryIpv6();
      FlowHash hash = file.hash();
      fixture.tuple.ipv6(
          hash, TCP, client.high(), client.low(), 65_535, service.high(), service.low(), 443);
      int bucket = hash.bucket(TCP, client.high(), client.low(), 65_535);
      IpAddress[] natAddresses = {nat};
      int flow =
          fixture.table.create(
              bucket, fixture.tuple, server, 8443, 3, 5, natAddresses, fixture.nowNs);
      fixture.table.announce(flow, 1500);
      fixture.table.clientLink(flow, 0xfeffffffffffL, 3);
      fixture.server(flow, SYN | ACK);
      int natPort = fixture.table.natPort(flow);
      expected =
          new StoredFlow(
              TCP,
              client,
              65_535,
              service,
              443,
              server,
              8443,
              nat,
              natPort,
              0xfeffffffffffL,
              Fixture.ARM_IDS[3],
              1500);
      assertEquals(List.of(expected), contents(file));
    }
    try (FlowFile file = FlowFile.open(path, CAPACITY, FlowHash.random());
        Fixture fixture = new Fixture(file)) {
      fixture.recoverFrom(file);
      fixture.recoverAll();
      assertEquals(1, fixture.restored);
      fixture.table.remove(0);
      assertEquals(List.of(), contents(file));
    }
  }

  @Test
  void flowsOfIpv6ThatWereMadeWithAnotherKeyAreSetAside() throws IOException {
    try (FlowFile file = FlowFile.open(path, CAPACITY, FlowHash.random())) {
      file.carryIpv6();
    }
    Files.delete(path);
    try (FlowFile file = FlowFile.open(path, CAPACITY, FlowHash.random())) {
      assertTrue(log.list.getLast().getFormattedMessage().contains("its key is another"));
      file.carryIpv6();
    }
    log.list.clear();
    FlowFile.open(path, CAPACITY, FlowHash.random()).close();
    assertEquals(List.of(), log.list);
  }

  @Test
  void aFlowKeepsAllThatItHas() {
    try (FlowFile file = FlowFile.open(path, CAPACITY, FlowHash.random());
        Fixture fixture = new Fixture(file)) {
      int client = 0xdfffff01;
      int flow = fixture.create(TCP, client, 65_535);
      fixture.table.announce(flow, 65_535);
      fixture.client(flow, SYN);
      fixture.server(flow, SYN | ACK);
      fixture.client(flow, ACK);
      int natPort = fixture.table.natPort(flow);
      fixture.table.clientLink(flow, 0xfeffffffffffL, 3);
      StoredFlow expected =
          new StoredFlow(
              TCP,
              IpAddress.ofIpv4(client),
              65_535,
              IpAddress.ofIpv4(SERVICE),
              80,
              IpAddress.ofIpv4(SERVER),
              8080,
              IpAddress.ofIpv4(NAT),
              natPort,
              0xfeffffffffffL,
              Fixture.ARM_IDS[3],
              65_535);
      assertEquals(List.of(expected), contents(file));
    }
  }

  @Test
  void whatIsNoRegularFileIsRefusedAndLeftAlone() throws IOException {
    Files.createDirectory(path);
    FlowFileException refused =
        assertThrows(
            FlowFileException.class, () -> FlowFile.open(path, CAPACITY, FlowHash.random()));
    assertTrue(refused.getMessage().endsWith("it is no regular file"), refused::getMessage);
    assertTrue(Files.isDirectory(path));
  }

  @Test
  void anotherCapacityKeepsTheFlows() {
    fill();
    for (int capacity : new int[] {CAPACITY * 10, FLOWS, 10, CAPACITY}) {
      FlowHash hash;
      try (FlowFile file = FlowFile.open(path, capacity, FlowHash.random())) {
        hash = file.hash();
        assertEquals(FLOWS, contents(file).size(), "with a capacity of " + capacity);
      }
      try (FlowFile file = FlowFile.open(path, capacity, FlowHash.random())) {
        assertEquals(hash.key0(), file.hash().key0());
      }
    }
    assertEquals(List.of(), log.list);
  }

  @Test
  void aSecondBalancerIsRefused() {
    try (FlowFile file = FlowFile.open(path, CAPACITY, FlowHash.random())) {
      String message =
          assertThrows(
                  FlowFileException.class, () -> FlowFile.open(path, CAPACITY, FlowHash.random()))
              .getMessage();
      assertTrue(
          message.contains(path.toString()) && message.contains("in use by process"), message);
      assertEquals(0, contents(file).size());
    }
    FlowFile.open(path, CAPACITY, FlowHash.random()).close();
  }

  @Test
  void aDirectoryThatIsNotThereIsSaidInOneLine() {
    Path missing = directory.resolve("missing").resolve("too").resolve("flows");
    String message =
        assertThrows(
                FlowFileException.class, () -> FlowFile.open(missing, CAPACITY, FlowHash.random()))
            .getMessage();
    assertTrue(message.contains(missing.toString()) && !message.contains("\n"), message);
  }

  @Test
  void aNewFileHasAllItsBlocks() throws IOException {
    FlowFile.open(path, CAPACITY, FlowHash.random()).close();
    Process stat = new ProcessBuilder("stat", "-c", "%b", path.toString()).start();
    long blocks = Long.parseLong(new String(stat.getInputStream().readAllBytes()).strip());
    assertTrue(blocks * 512 >= Files.size(path), blocks + " blocks of 512 bytes");
  }

  @Test
  void whatIsNoFlowFileIsSetAside() throws IOException {
    byte[][] contents = {
      {},
      "short".getBytes(),
      "a text that has nothing to do with flows\n".repeat(1000).getBytes(),
      new byte[100_000]
    };
    for (byte[] content : contents) {
      Files.write(path, content);
      assertStartsEmpty();
    }
  }

  @Test
  void aDamagedHeaderIsSetAside() throws IOException {
    fill();
    overwrite(0, 600);
    assertStartsEmpty();
  }

  @Test
  void aDamagedHeaderFieldIsSetAside() throws IOException {
    fill();
    overwrite(700, 20);
    assertStartsEmpty();
  }

  @Test
  void aTruncatedFileKeepsNoWrongFlow() throws IOException {
    fill();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() / 2);
    }
    assertKeepsOnlyRightFlows();
  }

  @Test
  void garbageInTheMiddleKeepsNoWrongFlow() throws IOException {
    for (int eighth = 1; eighth < 8; eighth++) {
      fill();
      int length = (int) Files.size(path);
      overwrite(length / 8 * eighth, length / 16);
      assertKeepsOnlyRightFlows();
      Files.delete(path);
      log.list.clear();
    }
  }

  @Test
  void aWrongByteInAnEntryCostsThatFlowAlone() throws IOException {
    fill();
    byte[] bytes = Files.readAllBytes(path);
    bytes[indexOf(bytes, new byte[] {7, 0, 0, 0, 0, 2})] ^= 1;
    Files.write(path, bytes);
    assertKeepsOnlyRightFlows();
    try (FlowFile file = FlowFile.open(path, CAPACITY, FlowHash.random())) {
      // With the one that the check has added.
      assertEquals(FLOWS - 1 + 1, contents(file).size());
    }
  }

  @Test
  void whatAKilledProcessLeavesIsTakenAsItIs() throws IOException {
    Path left = directory.resolve("left");
    fill();
    try (FlowFile _ = FlowFile.open(path, CAPACITY, FlowHash.random())) {
      Files.copy(path, left);
    }
    assertHasAllFlows(left);
    assertEquals(List.of(), log.list);
  }

  @Test
  void aProcessThatIsKilledInTheMiddleOfAWriteLeavesItsFlows() throws IOException {
    Path left = directory.resolve("left");
    fill();
    try (FlowMap flows = FlowMap.openIntact(FlowMap.Family.IPV4, path).orElseThrow()) {
      VanillaChronicleMap<?, ?, ?> map = (VanillaChronicleMap<?, ?, ?>) flows.map();
      long header = map.segmentHeaderAddress(map.segments() - 1);
      BigSegmentHeader.INSTANCE.writeLock(header);
      Files.copy(path, left);
      BigSegmentHeader.INSTANCE.writeUnlock(header);
    }
    assertHasAllFlows(left);
    assertRecovered();
  }

  @Test
  void aProcessThatIsKilledWhileItRecoversLeavesTheFlows() throws IOException {
    fill();
    overwrite(path, SIZE_OFFSET + 3, (byte) 0x80);
    assertHasAllFlows(path);
    assertRecovered();
    log.list.clear();
    try (FlowFile file = FlowFile.open(path, CAPACITY, FlowHash.random())) {
      assertEquals(2 * FLOWS, contents(file).size());
    }
    assertEquals(List.of(), log.list);
  }

  @Test
  void whatTheMachinesLastBootLeftOpenIsRecovered() throws IOException {
    Path left = directory.resolve("left");
    fill();
    try (FlowMap flows = FlowMap.openIntact(FlowMap.Family.IPV4, path).orElseThrow()) {
      FlowValue own = flows.map().get(FlowKey.detached());
      own.set(own.addresses(), own.link(), own.ports(), own.packetLimit() + 2);
      flows.map().put(FlowKey.detached(), own);
      Files.copy(path, left);
    }
    assertHasAllFlows(left);
    assertRecovered();
  }

  @Test
  void aFileOfAnotherVersionIsSetAside() throws IOException {
    fill();
    byte[] bytes = Files.readAllBytes(path);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    bytes[text.indexOf("constantSize: 24") + "constantSize: 2".length()] = '0';
    Files.write(path, bytes);
    FlowFile.open(path, CAPACITY, FlowHash.random()).close();
    assertOneLine();
    String line = log.list.getFirst().getFormattedMessage();
    assertTrue(line.contains("another version"), line);
  }

  private void fill() {
    try (FlowFile file = FlowFile.open(path, CAPACITY, FlowHash.random());
        Fixture fixture = new Fixture(file)) {
      for (int port = 0; port < FLOWS; port++) {
        int flow = fixture.established(CLIENT, port);
        fixture.table.clientLink(flow, 0x020000000000L + port, 0);
      }
    }
  }

  private static int indexOf(byte[] bytes, byte[] sought) {
    return IntStream.range(0, bytes.length - sought.length)
        .filter(at -> Arrays.equals(bytes, at, at + sought.length, sought, 0, sought.length))
        .findFirst()
        .orElseThrow();
  }

  private static void assertHasAllFlows(Path path) {
    try (FlowFile file = FlowFile.open(path, CAPACITY, FlowHash.random());
        Fixture fixture = new Fixture(file)) {
      assertEquals(FLOWS, contents(file).size());
      for (int port = 0; port < FLOWS; port++) {
        fixture.established(CLIENT + 1, port);
      }
      assertEquals(2 * FLOWS, contents(file).size());
    }
  }

  private void assertRecovered() {
    assertEquals(1, log.list.size(), "lines in the log: " + log.list);
    assertEquals(Level.INFO, log.list.getFirst().getLevel());
  }

  private void assertStartsEmpty() {
    long before = aside();
    try (FlowFile file = FlowFile.open(path, CAPACITY, FlowHash.random());
        Fixture fixture = new Fixture(file)) {
      assertEquals(0, contents(file).size());
      fixture.established(CLIENT, 1);
      assertEquals(1, contents(file).size());
    }
    assertEquals(before + 1, aside());
    assertOneLine();
    log.list.clear();
  }

  private void assertKeepsOnlyRightFlows() {
    long before = aside();
    int kept;
    try (FlowFile file = FlowFile.open(path, CAPACITY, FlowHash.random());
        Fixture fixture = new Fixture(file)) {
      for (StoredFlow flow : contents(file)) {
        assertEquals(CLIENT, flow.client().ipv4());
        assertEquals(SERVER, flow.server().ipv4());
        assertEquals(0x020000000000L + flow.clientPort(), flow.clientMac());
        fixture.table.restore(flow, 0, 3, 5, fixture.nowNs);
      }
      kept = fixture.table.size();
      fixture.established(CLIENT + 1, 1);
      assertEquals(kept + 1, contents(file).size());
    }
    if (kept < FLOWS) {
      assertEquals(before + 1, aside());
      assertOneLine();
    }
  }

  private void assertOneLine() {
    List<ILoggingEvent> warnings =
        log.list.stream().filter(event -> event.getLevel() == Level.WARN).toList();
    assertEquals(1, warnings.size(), "lines in the log: " + log.list);
    String line = warnings.getFirst().getFormattedMessage();
    assertTrue(line.contains(path + " is damaged") && line.contains(path + ".damaged-"), line);
    assertTrue(!line.contains("\n"), line);
  }

  private long aside() {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("flows.damaged-"))
          .count();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static List<StoredFlow> contents(FlowFile file) {
    List<StoredFlow> flows = new ArrayList<>();
    file.ipv4().forEach((key, value) -> flows.add(StoredFlow.of(key, value)));
    if (file.ipv6() != null) {
      file.ipv6().forEach((key, value) -> flows.add(StoredFlow.of(key, value)));
    }
    return flows;
  }

  private static void overwrite(Path path, long position, byte value) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {value}), position);
    }
  }

  private void overwrite(long position, int length) throws IOException {
    byte[] garbage = new byte[length];
    new Random(1).nextBytes(garbage);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(garbage), position);
    }
  }
}
