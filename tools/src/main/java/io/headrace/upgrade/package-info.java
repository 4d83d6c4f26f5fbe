/**
 * A new process follows a running one ({@code headrace run --upgrade}): it gets the listening
 * sockets themselves, so that nobody is refused meanwhile, and the sessions of UDP.
 *
 * <pre>
 *   new process ({@link io.headrace.upgrade.Predecessor})   old process ({@link io.headrace.upgrade.HandOver})
 *     upgrade 2                                  ->
 *                                                <-    tcp 192.0.2.1:80 2 | udp ADDRESS COUNT, for each
 *                                                <-    old PID START, for each that is still draining
 *                                                <-    end, and the sockets (SCM_RIGHTS)
 *     release                                    ->
 *                                                <-    released: what only one process can have
 *     ready                                      ->
 *                                                <-    sessions: accepts no more ({@link io.headrace.upgrade.Sessions})
 *     taken                                      ->    drains
 * </pre>
 *
 * <p>A new process that ends before it has taken them leaves the old one as it was.
 */
package io.headrace.upgrade;
