package io.headrace.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Reads what a check does, from {@code [backends.NAME.health_check]}. */
final class ProbeReader {
  private static final List<StatusRange> GOOD = List.of(new StatusRange(200, 399));
  private static final Pattern TOKEN = Pattern.compile("[A-Z]{1,20}");
  private static final Pattern PATH = Pattern.compile("/[\\x21-\\x7e]*");
  private static final Pattern HOST = Pattern.compile("[\\x21-\\x7e]{1,255}");

  private enum Kind {
    TCP,
    HTTP,
    HTTPS,
    UDP,
    COMMAND
  }

  private static final Key<Kind> TYPE =
      Key.of("type", Types.choice(Kind.class), Kind.TCP, "\"http\"", "how servers are checked");

  private static final Key<Payload> SEND =
      payload(
          "send",
          "\"PING\\r\\n\"",
          "nothing",
          "what the server is told first; of UDP, the datagram");

  private static final Key<Payload> EXPECT =
      payload("expect", "\"PONG\"", "anything", "what has to be in the answer");

  private static final Key<String> METHOD =
      text("method", TOKEN, "a method, such as \"GET\"", "\"GET\"", "\"HEAD\"", "of the request");

  private static final Key<String> PATH_KEY =
      text(
          "path", PATH, "a path, such as \"/health\"", "\"/\"", "\"/health\"", "what is asked for");

  private static final Key<String> HOST_KEY =
      text(
          "host",
          HOST,
          "a host name",
          "the server's address",
          "\"www.example.com\"",
          "the Host header, and the name for TLS if `sni` gives none");

  private static final Key<List<StatusRange>> STATUS =
      Key.optional(
          "expect_status",
          Types.list("statuses", StatusRange::parse, StatusRange::toString),
          "[\"200-399\"]",
          "[\"200-299\", \"304\"]",
          "the status that the answer has to have");

  private static final Key<String> BODY =
      Key.optional(
          "expect_body",
          Types.text(),
          "anything",
          "\"healthy\"",
          "what has to be in the first 64 KiB of the answer's body");

  private static final Key<String> SNI =
      text(
          "sni",
          HOST,
          "a host name",
          "`host`",
          "\"www.example.com\"",
          "the name that TLS asks for; with `verify`, the certificate's");

  private static final Key<Boolean> VERIFY =
      Key.optional(
          "verify", Types.bool(), "false", "true", "whether the certificate has to be valid");

  private static final Key<Path> CA_FILE =
      Key.optional(
          "ca_file",
          Types.text("a path", Paths::parse, Path::toString),
          "the authorities that Java knows",
          "\"ca.pem\"",
          "with `verify`: the certificates of the authorities that are trusted, in PEM; read at the"
              + " start and at each reload. A relative path starts at the directory of the file that"
              + " names it");

  private static final Key<List<String>> COMMAND =
      Key.optional(
          "command",
          Types.list("words", Function.identity(), Function.identity()),
          "required with that type",
          "[\"/usr/local/bin/check\", \"--quick\"]",
          "a program and its arguments; exit status 0 is a success. It has `HEADRACE_BACKEND`,"
              + " `HEADRACE_SERVER`, `HEADRACE_ADDRESS` and `HEADRACE_PORT` in its environment");

  static final List<Key<?>> KEYS =
      List.of(
          TYPE, SEND, EXPECT, METHOD, PATH_KEY, HOST_KEY, STATUS, BODY, SNI, VERIFY, CA_FILE,
          COMMAND);

  /** Who may have a key. */
  private static final Map<Key<?>, List<Kind>> OWNERS =
      Map.ofEntries(
          Map.entry(SEND, List.of(Kind.TCP, Kind.UDP)),
          Map.entry(EXPECT, List.of(Kind.TCP, Kind.UDP)),
          Map.entry(METHOD, List.of(Kind.HTTP, Kind.HTTPS)),
          Map.entry(PATH_KEY, List.of(Kind.HTTP, Kind.HTTPS)),
          Map.entry(HOST_KEY, List.of(Kind.HTTP, Kind.HTTPS)),
          Map.entry(STATUS, List.of(Kind.HTTP, Kind.HTTPS)),
          Map.entry(BODY, List.of(Kind.HTTP, Kind.HTTPS)),
          Map.entry(SNI, List.of(Kind.HTTPS)),
          Map.entry(VERIFY, List.of(Kind.HTTPS)),
          Map.entry(CA_FILE, List.of(Kind.HTTPS)),
          Map.entry(COMMAND, List.of(Kind.COMMAND)));

  private ProbeReader() {}

  private static Key<Payload> payload(String name, String example, String absent, String meaning) {
    return Key.optional(
        name,
        Types.text("a text, or \"hex:\" and digits", Payload::parse, Payload::text),
        absent,
        example,
        meaning);
  }

  private static Key<String> text(
      String name, Pattern form, String what, String absent, String example, String meaning) {
    return Key.optional(
        name,
        Types.text(
            what,
            text -> {
              if (!form.matcher(text).matches()) {
                throw new IllegalArgumentException(Wording.quote(text) + " is not " + what);
              }
              return text;
            },
            Function.identity()),
        absent,
        example,
        meaning);
  }

  static ProbeConfig read(Section section) {
    Kind kind = section.get(TYPE);
    OWNERS.forEach(
        (key, owners) -> {
          if (!owners.contains(kind)) {
            section
                .raw(key)
                .ifPresent(
                    found ->
                        section.problem(
                            found, key.name() + " is a setting of " + words(owners) + " alone"));
          }
        });
    return switch (kind) {
      case TCP -> new ProbeConfig.Tcp(value(section, SEND), value(section, EXPECT));
      case UDP -> readUdp(section);
      case HTTP, HTTPS -> readHttp(section, kind == Kind.HTTPS);
      case COMMAND -> readCommand(section);
    };
  }

  private static ProbeConfig readUdp(Section section) {
    Optional<Payload> send = value(section, SEND);
    if (send.isEmpty() && !section.has(SEND)) {
      section.problem(
          section.title() + " has no send; a server is asked by a datagram: add send = \"ping\"");
    }
    return new ProbeConfig.Udp(send.orElse(new Payload("?")), value(section, EXPECT));
  }

  private static ProbeConfig readHttp(Section section, boolean encrypted) {
    Optional<String> host = value(section, HOST_KEY);
    Optional<ProbeConfig.Tls> tls =
        encrypted ? Optional.of(readTls(section, host)) : Optional.empty();
    return new ProbeConfig.Http(
        value(section, METHOD).orElse("GET"),
        value(section, PATH_KEY).orElse("/"),
        host,
        value(section, STATUS).filter(list -> !list.isEmpty()).orElse(GOOD),
        value(section, BODY),
        tls);
  }

  private static ProbeConfig.Tls readTls(Section section, Optional<String> host) {
    Optional<String> name = value(section, SNI).or(() -> host);
    boolean verify = value(section, VERIFY).orElse(false);
    Optional<Located<Path>> file = section.find(CA_FILE);
    if (verify && name.isEmpty()) {
      section.problem(
          section.title() + " verifies a certificate and has no name for it; add sni = \"NAME\"");
    }
    if (!verify && file.isPresent()) {
      section.problem(file.get(), "ca_file verifies nothing by itself; add verify = true");
    }
    return new ProbeConfig.Tls(name, verify, file.map(path -> readAuthorities(section, path)));
  }

  private static List<X509Certificate> readAuthorities(Section section, Located<Path> file) {
    Path path = Paths.resolve(file);
    try (InputStream in = Files.newInputStream(path)) {
      List<X509Certificate> found =
          CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (found.isEmpty()) {
        section.problem(file, "ca_file " + path + " holds no certificate");
      }
      return found;
    } catch (NoSuchFileException e) {
      section.problem(file, "ca_file " + path + ": no such file");
    } catch (IOException e) {
      section.problem(file, "ca_file " + path + " cannot be read: " + e.getMessage());
    } catch (CertificateException e) {
      section.problem(file, "ca_file " + path + " is no file of certificates in PEM");
    }
    return List.of();
  }

  private static ProbeConfig readCommand(Section section) {
    List<String> words = value(section, COMMAND).orElse(List.of());
    if (words.isEmpty()) {
      section.problem(section.title() + " has no command to run; add command = [\"/path/of/it\"]");
    }
    return new ProbeConfig.Command(words);
  }

  private static <T> Optional<T> value(Section section, Key<T> key) {
    return section.find(key).map(Located::value);
  }

  private static String words(List<Kind> kinds) {
    return "type "
        + Wording.oneOf(kinds.stream().map(kind -> kind.name().toLowerCase(Locale.ROOT)).toList());
  }
}
