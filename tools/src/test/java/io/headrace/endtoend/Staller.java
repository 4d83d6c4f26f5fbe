package io.headrace.endtoend;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.Location;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.AttachingConnector;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.request.BreakpointRequest;
import java.net.ConnectException;
import java.util.List;
import java.util.Map;

/**
 * A program: a debugger that has one thread of another program lose two milliseconds at the
 * beginning of a method, each time, until it is killed; no other thread waits for it. Arguments:
 * the port that the program takes debuggers on, how the thread's name begins, the class, the
 * method.
 */
final class Staller {
  static final long STALL_NS = 2_000_000;
  private static final long STALL_MS = 2;
  private static final long PAUSE_MS = 50;

  private Staller() {}

  /** Before the command of a Java program on this host: it takes a debugger there. */
  static List<String> debugged(int port) {
    return List.of(
        "env",
        "JAVA_TOOL_OPTIONS=-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:"
            + port);
  }

  public static void main(String[] arguments) throws Exception {
    VirtualMachine program = attach(arguments[0]);
    ThreadReference thread =
        program.allThreads().stream()
            .filter(each -> each.name().startsWith(arguments[1]))
            .findFirst()
            .orElseThrow();
    Location method =
        program
            .classesByName(arguments[2])
            .getFirst()
            .methodsByName(arguments[3])
            .getFirst()
            .location();
    BreakpointRequest stop = program.eventRequestManager().createBreakpointRequest(method);
    stop.addThreadFilter(thread);
    stop.setSuspendPolicy(BreakpointRequest.SUSPEND_EVENT_THREAD);
    stop.enable();
    System.out.println("ready");
    while (true) {
      EventSet stopped = program.eventQueue().remove();
      Thread.sleep(STALL_MS);
      stopped.resume();
    }
  }

  private static VirtualMachine attach(String port) throws Exception {
    AttachingConnector connector =
        Bootstrap.virtualMachineManager().attachingConnectors().stream()
            .filter(each -> each.name().equals("com.sun.jdi.SocketAttach"))
            .findFirst()
            .orElseThrow();
    Map<String, Connector.Argument> where = connector.defaultArguments();
    where.get("hostname").setValue("127.0.0.1");
    where.get("port").setValue(port);
    while (true) {
      try {
        return connector.attach(where);
      } catch (ConnectException e) {
        // The debugger before this one has only just gone.
        Thread.sleep(PAUSE_MS);
      }
    }
  }
}
