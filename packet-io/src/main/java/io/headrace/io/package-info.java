/** Sources and sinks of frames: packet sockets, pcap, capture files. */
package io.headrace.io;
