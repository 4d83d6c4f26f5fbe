/** The HTTP server beside a running balancer: what it answers to people and programs. */
package io.headrace.admin;
