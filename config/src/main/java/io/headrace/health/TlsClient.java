package io.headrace.health;

import io.headrace.config.ProbeConfig;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** TLS for checks: with a name that is asked for, and a certificate that is verified or not. */
final class TlsClient {
  private final ProbeConfig.Tls config;
  private final SSLContext context;

  TlsClient(ProbeConfig.Tls config) {
    this.config = config;
    try {
      context = SSLContext.getInstance("TLS");
      context.init(null, trust(config), null);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has TLS", e);
    }
  }

  /** Null stands for what Java trusts. */
  private static TrustManager[] trust(ProbeConfig.Tls config) throws GeneralSecurityException {
    if (!config.verify()) {
      return new TrustManager[] {new TrustAll()};
    }
    return config.authorities().isEmpty() ? null : trust(config.authorities().get());
  }

  private static TrustManager[] trust(List<X509Certificate> authorities)
      throws GeneralSecurityException {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (int i = 0; i < authorities.size(); i++) {
        store.setCertificateEntry(Integer.toString(i), authorities.get(i));
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return factory.getTrustManagers();
    } catch (IOException e) {
      throw new IllegalStateException("an empty store is read from nowhere", e);
    }
  }

  /** A connection over this one, which it closes; its handshake is done. */
  Socket over(Socket socket) throws IOException {
    SSLSocket encrypted =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(socket, config.serverName().orElse(null), socket.getPort(), true);
    SSLParameters parameters = encrypted.getSSLParameters();
    parameters.setServerNames(
        config.serverName().stream().<SNIServerName>map(SNIHostName::new).toList());
    if (config.verify()) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    encrypted.setSSLParameters(parameters);
    try {
      encrypted.startHandshake();
      return encrypted;
    } catch (SSLException e) {
      encrypted.close();
      throw new CheckException("TLS: " + e.getMessage());
    }
  }

  /** Has no opinion of certificates: a check asks whether a server works, not who it is. */
  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
