/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.h: what is wrong or useless once a section's parts have met.
 *
 * What a single line shows is found while it is read (origins.h, fields.h);
 * what other modules' directives do to a policy is the server's to see.
 */
#ifndef CORS_CHECK_H
#define CORS_CHECK_H

#include "policy.h"

/**
 * Report all faults and warnings of one section, merged.
 * @param rules As cors_rules_gather made them.
 * @param own What the section itself says, before it was merged.
 * @param where The section's first line.
 * @param is_policy A <CORSPolicy>: it stands at no level.
 */
void cors_check_rules(const cors_rules_t *rules, const cors_settings_t *own,
                      const cors_where_t *where, int is_policy,
                      cors_findings_t *findings);

#endif /* CORS_CHECK_H */
