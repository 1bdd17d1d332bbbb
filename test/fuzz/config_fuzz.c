/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_fuzz.c: a section made of any lines. Whatever they say, nobody but a
 * listed origin gets an answer with credentials, and what configtest calls an
 * error grants nothing.
 */
#include "fuzz.h"

#include <string.h>

#include "engine/decision.h"

static void try_origin(const cors_rules_t *rules, const char *origin,
                       apr_pool_t *pool)
{
    cors_facts_t facts = {0};
    cors_decision_t d;

    facts.origin = origin;
    facts.origin_len = strlen(origin);
    cors_decide(&d, rules, &facts, pool);
    if (rules->fault.id) {
        HOLDS(!d.granted);
    }
    if (d.granted && d.policy->credentials) {
        HOLDS(!rules->plain);
        HOLDS(!cors_origin_set_any(d.policy->origins->set));
        HOLDS(strcmp(origin, "null") || rules->always);
    }
}

void fuzz_one(const uint8_t *data, size_t size, apr_pool_t *pool)
{
    char *lines = fuzz_text(data, size, pool);
    cors_findings_t *findings = cors_findings_make(pool);
    cors_settings_t *s = fuzz_section(lines, pool, findings);

    if (s->rules->in_force) {
        try_origin(s->rules, "https://app.example.com", pool);
        try_origin(s->rules, "https://evil.invalid", pool);
        try_origin(s->rules, "null", pool);
        try_origin(s->rules, "file://", pool);
        try_origin(s->rules, "*", pool);
    }
}
