/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.c: one section at a time, each finding with both lines.
 */
#include "check.h"

#include <string.h>

#include "origin_entries.h"

typedef struct shadow_t {
    const cors_rules_t *rules;      /* whose denies count; NULL: none do */
    const cors_origin_set_t *set;
    cors_findings_t *findings;
} shadow_t;

/* An exact entry that a pattern of the same list, or a deny, makes idle. */
static int report_shadowed(void *data, const char *text,
                           const cors_where_t *where)
{
    const shadow_t *s = data;
    cors_subject_t subject = {0};
    const cors_where_t *other;

    subject.text = text;
    subject.len = strlen(text);
    subject.scratch = s->findings->pool;
    other = cors_origin_set_match_pattern(s->set, &subject);
    if (!other && s->rules) {
        other = cors_rules_denied(s->rules, &subject);
    }
    if (other) {
        cors_finding_add(s->findings, CORS_F_SHADOWED, where, text, NULL);
        cors_finding_other(s->findings, other);
    }
    return 1;
}

static void report_narrower(void *data, const char *text,
                            const cors_where_t *where,
                            const cors_where_t *broader)
{
    const shadow_t *s = data;

    cors_finding_add(s->findings, CORS_F_SHADOWED, where, text, NULL);
    cors_finding_other(s->findings, broader);
}

/* A list of exact entries alone, however long, is not walked. */
static int can_shadow(const shadow_t *s)
{
    return cors_origin_set_count(s->set) > cors_origin_set_count_exact(s->set)
           || (s->rules && s->rules->has_denies);
}

static void check_policy(const cors_rules_t *rules, const cors_policy_t *p,
                         const cors_settings_t *own,
                         cors_findings_t *findings)
{
    shadow_t shadow;

    if (p->origins) {
        cors_origins_report(p->origins,
                            p->credentials ? &p->credentials->where : NULL,
                            findings);
        /* A list from further out may decide where this deny is not. */
        shadow.rules = p->origins == own->origins ? rules : NULL;
        shadow.set = p->origins->set;
        shadow.findings = findings;
        if (can_shadow(&shadow)) {
            cors_origin_set_each_exact(shadow.set, report_shadowed, &shadow);
            cors_origin_set_each_narrower(shadow.set, findings->pool,
                                          report_narrower, &shadow);
        }
    }
    if (p->expose && p->expose->any && p->credentials) {
        cors_finding_add(findings, CORS_F_EXPOSE_ANY, &p->expose->where, "*",
                         NULL);
        cors_finding_other(findings, &p->credentials->where);
    }
}

/* CORSSendOrigin Always where no outer section can add the one origin. */
static void check_always(const cors_rules_t *rules, int is_policy,
                         cors_findings_t *findings)
{
    const cors_settings_t *s = rules->settings;

    if (rules->n == 0 && s->send_origin && s->send_origin->value
        && (is_policy || s->cut || s->send_origin->at_server)) {
        cors_finding_add(findings, CORS_F_SEND_ALWAYS, &s->send_origin->where,
                         "Always", NULL);
    }
}

void cors_check_rules(const cors_rules_t *rules, const cors_settings_t *own,
                      const cors_where_t *where, int is_policy,
                      cors_findings_t *findings)
{
    const cors_fault_t *f = &rules->fault;
    int i;

    for (i = 0; i < rules->n; i++) {
        cors_policy_t p;

        cors_rules_policy(rules, i, &p);
        check_policy(rules, &p, own, findings);
    }
    switch (f->id) {
    case CORS_F_SEND_ALWAYS:
    case CORS_F_SEVERAL_POLICY:
    case CORS_F_SEVERAL_SECTION:
    case CORS_F_POLICY_ANY_NOT_LAST:
    case CORS_F_NONE_BESIDE_OTHERS:
        cors_finding_add(findings, f->id, f->where, f->value, NULL);
        cors_finding_other(findings, f->other);
        break;
    default:
        /* The lists have told it already, entry by entry. */
        break;
    }
    check_always(rules, is_policy, findings);
    if (rules->always && rules->refusal == CORS_REFUSAL_FORBID) {
        cors_finding_add(findings, CORS_F_ALWAYS_FORBID, where, NULL, NULL);
    }
    if (!is_policy && rules->n == 0 && rules->engine == CORS_ENGINE_ON
        && rules->engine_at_server && !f->id) {
        cors_finding_add(findings, CORS_F_ENGINE_ALONE, rules->engine_where,
                         "CORSEngine On", NULL);
    }
}
