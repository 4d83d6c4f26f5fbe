/** What a service manager is told of the balancer that it runs. */
package io.headrace.supervisor;
