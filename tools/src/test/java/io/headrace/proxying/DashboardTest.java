package io.headrace.proxying;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.Programs;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The dashboard in a real browser, beside a balancer that carries connections. Pictures of it are
 * left in {@code target}.
 */
@Tag("network") // It starts programs, and so is not of the quick tests.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DashboardTest {
  private static final String TOKEN = "0123456789abcdef";
  private static final int TAB = 9;
  private static final int ENTER = 13;

  /** The contrast of each text with what is behind it, where that is less than WCAG's 4.5. */
  private static final String FAINT =
      """
      (() => {
        const channel = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
        const colour = text => text.match(/[0-9.]+/g).map(Number);
        const behind = element => {
          for (let e = element; e; e = e.parentElement) {
            const c = colour(getComputedStyle(e).backgroundColor);
            if (c.length === 3 || c[3] === 1) return c;
          }
          return [255, 255, 255];
        };
        const faint = [];
        for (const element of document.querySelectorAll('body *')) {
          const own = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
          if (!own || !element.checkVisibility() || element.closest('script, noscript')) continue;
          const [a, b] = [colour(getComputedStyle(element).color), behind(element)].map(light);
          const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          if (contrast < 4.5) faint.push(element.textContent + ': ' + contrast.toFixed(1));
        }
        return faint.join(', ');
      })()""";

  private static final String FITS =
      "document.documentElement.scrollWidth <= document.documentElement.clientWidth";

  private static final String DRAINING = "document.getElementById('draining')";

  /** What a screen reader would have no word for. */
  private static final String NAMELESS =
      """
      [...document.querySelectorAll('button, input, svg[role=img], section, table, [tabindex]')]
        .filter(e => e.checkVisibility())
        .filter(e => !(e.getAttribute('aria-label') || e.textContent.trim()
          || (e.labels && e.labels.length)))
        .map(e => e.outerHTML).join()""";

  @TempDir private static Path directory;
  private static EchoServer one;
  private static EchoServer two;
  private static ProxyProcess proxy;
  private static Browser browser;
  private static volatile boolean over;

  @BeforeAll
  static void open() throws Exception {
    Programs.require("chromium");
    one = new EchoServer();
    two = new EchoServer();
    Files.writeString(directory.resolve("token"), TOKEN);
    proxy =
        ProxyProcess.start(
            directory,
            "",
            "[control]\nsocket = \"control\"\ntoken_file = \"token\"\n",
            one.port(),
            two.port());
    Thread.ofVirtual().start(DashboardTest::connect);
    browser = new Browser(directory);
    browser.show(1200, 1400, "light");
    browser.open("http://127.0.0.1:" + proxy.statsPort() + "/");
    browser.await("document.querySelectorAll('#servers tbody tr').length === 2");
  }

  private static void connect() {
    while (!over) {
      try (Socket socket = proxy.connect()) {
        socket.getOutputStream().write(new byte[2000]);
        socket.getInputStream().readNBytes(2000);
      } catch (IOException e) {
        // It stops.
      }
      LocalProgram.pause(20);
    }
  }

  @AfterAll
  static void close() throws IOException {
    over = true;
    if (browser != null) {
      browser.close();
    }
    if (proxy != null) {
      proxy.close();
      one.close();
      two.close();
    }
  }

  private static void state(EchoServer server, String state) {
    browser.await(
        "[...document.querySelectorAll('#servers tr')].some(row => "
            + "row.textContent.includes('s%d') && row.textContent.includes(' %s'))"
                .formatted(server.port(), state));
  }

  private static String focus() throws Exception {
    return browser.evaluate(
        "document.activeElement.getAttribute('aria-label') || document.activeElement.id");
  }

  /** As somebody without a mouse. */
  private static void tabTo(String wanted) throws Exception {
    for (int i = 0; i < 30 && !focus().equals(wanted); i++) {
      browser.press("Tab", TAB);
    }
    assertEquals(wanted, focus());
  }

  @Test
  @Order(1)
  void serversRatesTimesAndEventsAreShownAndNothingElseIsAskedFor() throws Exception {
    state(one, "up");
    state(two, "up");
    browser.await("document.getElementById('condition').textContent === '● ready'");
    browser.await(
        "[...document.querySelectorAll('.plot polyline')].filter(each => "
            + "(each.getAttribute('points') || '').split(' ').length > 3).length === 7");
    browser.await("document.querySelector('#events').textContent.includes('ready: proxy on ')");
    String rate =
        browser.evaluate("[...document.querySelectorAll('#now dd')].map(e => e.textContent)");
    assertTrue(rate.matches("2 of 2,.*,[1-9][0-9.]*/s,.* kB/s,.* kB/s,0/s"), rate);
    // Weight, open, new, traffic, not taken.
    browser.await(
        "[...document.querySelectorAll('#servers tbody tr')].every(row => "
            + "/^1;[0-9]+;[1-9][0-9.]*\\/s;[1-9][0-9.]* k?B\\/s;0$/.test("
            + "[...row.children].slice(2, 7).map(each => each.textContent).join(';')))");
    String quantile = "quantile(new Map(), new Map([[1000, 0], [2500, 10], [Infinity, 0]]), 0.5)";
    assertEquals("1750", browser.evaluate(quantile));
    List<String> events =
        List.of(
            browser
                .evaluate("[...document.querySelectorAll('#events time')].map(e => e.dateTime)")
                .split(","));
    assertTrue(events.size() > 1, events::toString);
    assertEquals(events.stream().sorted(Comparator.reverseOrder()).toList(), events);
    String others =
        browser.evaluate(
            "performance.getEntriesByType('resource').map(each => each.name)"
                + ".filter(name => !name.startsWith(location.origin + '/'))");
    assertEquals("", others);
    assertEquals("[]", browser.complaints().toString());
  }

  @Test
  @Order(2)
  void itCanBeReadInTheLightInTheDarkOnAPhoneAndAloud() throws Exception {
    assertEquals("", browser.evaluate(NAMELESS));
    assertEquals(
        "true",
        browser.evaluate(
            "[...document.querySelectorAll('th')].every(each => each.scope) && "
                + "document.documentElement.lang === 'en'"));
    for (String scheme : new String[] {"light", "dark"}) {
      browser.show(1200, 1400, scheme);
      assertEquals("", browser.evaluate(FAINT), scheme);
      browser.picture(Path.of("target", "dashboard-" + scheme + ".png"));
    }
    browser.show(360, 1800, "dark");
    assertEquals("true", browser.evaluate(FITS));
    browser.picture(Path.of("target", "dashboard-phone.png"));
    browser.show(1200, 1400, "light");
  }

  @Test
  @Order(3)
  void withATokenServersAreDrainedAndReadyAgainWithoutAMouse() throws Exception {
    String buttons = "[...document.querySelectorAll('.action')].some(e => e.checkVisibility())";
    assertEquals("false", browser.evaluate(buttons));
    token("0000000000000000");
    String server = "pool/s" + one.port();
    tabTo("Drain " + server);
    browser.press("Enter", ENTER);
    browser.await("document.getElementById('answer').textContent.includes('needs the token')");

    tabTo("token-forget");
    browser.press("Enter", ENTER);
    assertEquals("false", browser.evaluate(buttons));
    token(TOKEN);
    tabTo("Drain " + server);
    browser.press("Enter", ENTER);
    state(one, "draining");
    browser.await("document.activeElement.getAttribute('aria-label') === 'Ready " + server + "'");
    browser.await(
        "document.getElementById('news').textContent.startsWith('%s is draining')"
            .formatted(server));
    browser.show(360, 1800, "light");
    assertEquals("true", browser.evaluate(FITS));
    browser.picture(Path.of("target", "dashboard-token.png"));
    browser.show(1200, 1400, "light");
    browser.press("Enter", ENTER);
    state(one, "up");
    assertFalse(proxy.ask("/").body().contains(TOKEN));
  }

  private static void token(String text) throws Exception {
    tabTo("token");
    browser.type(text);
    browser.press("Enter", ENTER);
  }

  @Test
  @Order(4)
  void aProcessThatDrainsIsSaidUntilItHasEnded() throws Exception {
    assertEquals("false", browser.evaluate(DRAINING + ".checkVisibility()"));
    ProxyProcess before = proxy;
    try (before;
        Socket socket = before.connect()) {
      socket.getOutputStream().write(1);
      assertEquals(1, socket.getInputStream().read());
      proxy = before.upgrade().ready();
      browser.await(
          "/^Process %d has drained for .*; .* has: 1$/.test(%s.textContent)"
              .formatted(before.program().pid(), DRAINING));
      assertEquals("", browser.evaluate(FAINT));
    }
    browser.await("!" + DRAINING + ".checkVisibility()");
  }

  @Test
  @Order(5)
  void aServerThatFailsIsSaidAndABalancerThatIsGoneToo() throws Exception {
    two.close();
    state(two, "down");
    browser.await("document.getElementById('news').textContent.includes(' is down: ')");
    browser.await("document.getElementById('losses').textContent.includes('refused')");
    proxy.close();
    browser.await("document.getElementById('condition').textContent.includes('no answer')");
  }
}
