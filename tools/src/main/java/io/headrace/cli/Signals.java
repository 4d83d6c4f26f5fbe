package io.headrace.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;

/**
 * Signals that come while the process is stopping already, which Java would swallow. They are
 * reached by reflection, as javac warns of every direct use of {@code sun.misc}, and warnings are
 * errors here; the package is open to all ({@code jdk.unsupported}).
 */
final class Signals {
  private static final List<String> STOPPING = List.of("TERM", "INT");

  private Signals() {}

  /** From now on, SIGTERM and SIGINT run this, on a thread of its own. */
  static void onTheNext(Runnable task) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      InvocationHandler run =
          (proxy, method, arguments) -> {
            if (method.getDeclaringClass() == Object.class) {
              return method.getName().equals("equals")
                  ? proxy == arguments[0]
                  : method.getName().equals("hashCode") ? System.identityHashCode(proxy) : "stop";
            }
            task.run();
            return null;
          };
      Object proxy =
          Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handler}, run);
      Method handle = signal.getMethod("handle", signal, handler);
      for (String name : STOPPING) {
        handle.invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("every JDK has sun.misc.Signal", e);
    }
  }
}
