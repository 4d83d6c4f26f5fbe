/**
 * The demo: a whole network on this machine, real HTTP through a balancer in the middle of it, and
 * a report. On a machine that does not allow that, the same pipeline over a capture file that it
 * makes.
 */
package io.headrace.demo;
