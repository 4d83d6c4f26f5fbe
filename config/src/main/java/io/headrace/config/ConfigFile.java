package io.headrace.config;

import io.headrace.config.ConfigSource.Document;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Gets a configuration file and its text, or one clear line that says why not. */
final class ConfigFile {
  /**
   * Thousands of servers. The parser takes hundreds of bytes of memory for a byte of the file, and
   * a wrong file must not end a balancer that runs in 256 MB.
   */
  static final int LARGEST = 256 << 10;

  private ConfigFile() {}

  static Document load(Path file) throws ConfigException {
    if (file.toString().isEmpty()) {
      throw new ConfigException(
          List.of(
              new ConfigError("headrace", 0, 0, "the name of the configuration file is empty")));
    }
    if (Files.isDirectory(file)) {
      throw refusal(file, "is a directory");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(LARGEST + 1);
      if (bytes.length > LARGEST) {
        throw refusal(file, "is larger than 256 KiB; is this a configuration file?");
      }
      return new Document(file, ByteBuffer.wrap(bytes), Files.getLastModifiedTime(file));
    } catch (NoSuchFileException e) {
      throw refusal(file, "no such file");
    } catch (AccessDeniedException e) {
      throw refusal(
          file, "permission denied; user " + System.getProperty("user.name") + " may not read it");
    } catch (FileSystemException e) {
      throw refusal(file, "cannot be read: " + e.getReason());
    } catch (IOException e) {
      throw refusal(file, "cannot be read: " + e.getMessage());
    }
  }

  static String decode(Document document) throws ConfigException {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = document.bytes().duplicate();
    CharBuffer out = CharBuffer.allocate(in.remaining() + 1);
    CoderResult result = decoder.decode(in, out, true);
    String text = out.flip().toString();
    if (result.isError()) {
      int line = 1 + (int) text.chars().filter(c -> c == '\n').count();
      int column = text.length() - text.lastIndexOf('\n');
      throw new ConfigException(
          List.of(
              new ConfigError(
                  document.file().toString(),
                  line,
                  column,
                  String.format(
                      "byte 0x%02X is not UTF-8; save the file as UTF-8", in.get() & 0xFF))));
    }
    return text;
  }

  static ConfigException refusal(Path file, String message) {
    return new ConfigException(List.of(new ConfigError(file.toString(), 0, 0, message)));
  }
}
