/** Where the time of frames and connections goes in a balancer, as files and pictures. */
package io.headrace.profile;
