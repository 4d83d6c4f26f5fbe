/**
 * Shows the flows of a balancer, one running or one stopped, to a person or to another program:
 * which, under what names, and in what form.
 */
package io.headrace.listing;
