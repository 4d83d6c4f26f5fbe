/**
 * The box around the balancer: its interfaces, routes and neighbours, and what is changed on it so
 * that the kernel leaves the balancer's frames and ports alone.
 */
package io.headrace.link;
