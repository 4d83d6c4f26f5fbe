package io.headrace.schedule;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A hash of a server's address under the name of a pool, so that two pools over the same machines
 * differ, and every machine that has the pool agrees: HMAC-SHA-256 (RFC 2104). Not thread-safe.
 */
final class ServerHash {
  private static final String ALGORITHM = "HmacSHA256";

  private final Mac mac;

  /**
   * @param key what it is for, and the pool
   */
  ServerHash(String key) {
    try {
      mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), ALGORITHM));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }

  /** 32 bytes. */
  ByteBuffer of(Candidate server) {
    return ByteBuffer.wrap(mac.doFinal(server.address().getBytes(StandardCharsets.UTF_8)));
  }
}
