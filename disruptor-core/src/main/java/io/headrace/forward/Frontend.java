package io.headrace.forward;

import io.headrace.registry.Service;
import java.util.List;

/**
 * A service of the registry, as the data path sees it.
 *
 * @param service from the registry
 * @param traffic by worker
 */
public record Frontend(Service service, List<Traffic> traffic) {}
