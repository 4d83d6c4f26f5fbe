/** Functions of the C library, called through the foreign-function API. */
package io.headrace.libc;
