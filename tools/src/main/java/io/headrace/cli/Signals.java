package io.headrace.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * Signals that Java does not leave to the program: SIGHUP, and those that come while the process is
 * stopping already. They are reached by reflection, as javac warns of every direct use of {@code
 * sun.misc}, and warnings are errors here; the package is open to all ({@code jdk.unsupported}).
 */
final class Signals {
  private Signals() {}

  /**
   * From now on, a signal runs this, on a thread of its own.
   *
   * @param name without SIG
   */
  static void on(String name, Runnable task) {
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
      handle.invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("every JDK has sun.misc.Signal", e);
    }
  }
}
