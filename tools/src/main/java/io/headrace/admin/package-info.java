/** The HTTP server beside a running balancer: statistics. */
package io.headrace.admin;
