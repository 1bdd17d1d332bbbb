/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neighbours.h: directives of other modules that get in a policy's way.
 */
#ifndef CORS_NEIGHBOURS_H
#define CORS_NEIGHBOURS_H

#include "engine/policy.h"
#include "httpd/registry.h"

/**
 * Warn of what stands beside a section's policy in the parsed configuration.
 * Only while that tree exists: from check_config.
 * @param rules The section's, merged over its server's level.
 */
void cors_neighbours_check(const cors_section_t *section,
                           const cors_rules_t *rules,
                           cors_findings_t *findings);

#endif /* CORS_NEIGHBOURS_H */
