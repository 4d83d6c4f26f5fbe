/** The data path of passthrough, put together: flows, forwarding and pipeline. */
package io.headrace.passthrough;
