/** Flow offload: programs by which the kernel forwards frames of flows that it was given. */
package io.headrace.offload;
