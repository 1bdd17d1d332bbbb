/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decision.c: Fetch, "CORS check" and "CORS-preflight fetch", from the
 * server's side.
 */
#include "decision.h"

#include <stddef.h>
#include <string.h>

#include "rare.h"

/* The browser compares what a preflight asked for; so does the module, to be
 * able to say how that ended. */
static void judge_preflight(cors_decision_t *d, const cors_facts_t *facts)
{
    apr_size_t len = strlen(facts->method);

    d->result = CORS_RESULT_PREFLIGHT_ALLOWED;
    if (!cors_list_has_method(d->policy->methods, facts->method, len)) {
        d->result = CORS_RESULT_REFUSED_METHOD;
        d->at.text = facts->method;
        d->at.len = len;
    }
    else if (cors_list_check(d->policy->headers, facts->headers, &d->at)
             != CORS_LIST_OK) {
        d->result = CORS_RESULT_REFUSED_HEADER;
    }
}

static void grant(cors_decision_t *d, const cors_facts_t *facts,
                  const cors_where_t *where)
{
    d->granted = 1;
    d->where = where;
    if (!facts->origin) {
        d->result = CORS_RESULT_NONE;
    }
    else if (facts->preflight) {
        judge_preflight(d, facts);
    }
    else {
        d->result = CORS_RESULT_ALLOWED;
    }
}

static void refuse(cors_decision_t *d, const cors_where_t *where)
{
    d->granted = 0;
    d->where = where;
    d->result = CORS_RESULT_REFUSED_ORIGIN;
    if (!where && d->subject.failed) {
        d->where = d->subject.failed;
        d->result = CORS_RESULT_SOURCE_ERROR;
    }
    d->at.len = 0;
}

/* CORSSendOrigin Always: everybody gets the same answer; the verdict alone
 * depends on who asks. */
CORS_RARE
static void decide_always(cors_decision_t *d, const cors_rules_t *rules,
                          const cors_facts_t *facts)
{
    const cors_where_t *where = &rules->one.origins->where;
    const cors_where_t *denied = NULL;

    d->policy = &rules->one;
    if (facts->origin) {
        denied = cors_rules_denied(rules, &d->subject);
    }
    if (denied) {
        /* Under Keep the backend's headers give way to the one origin. */
        refuse(d, denied);
        d->denied = 1;
    }
    else if (facts->origin
             && (facts->origin_len != strlen(rules->always)
                 || memcmp(facts->origin, rules->always, facts->origin_len))) {
        refuse(d, where);
    }
    else {
        grant(d, facts, where);
    }
    d->granted = 1;
}

static const cors_where_t *allowed(cors_decision_t *d, const cors_policy_t *p)
{
    if (!p->origins) {
        return NULL;
    }
    d->subject.credentials = p->credentials != NULL;
    return cors_origins_allow(p->origins, &d->subject);
}

static void decide_one(cors_decision_t *d, const cors_rules_t *rules,
                       const cors_facts_t *facts)
{
    const cors_policy_t *p = &rules->one;
    const cors_where_t *where = allowed(d, p);

    if (where) {
        d->policy = p;
        grant(d, facts, where);
    }
    else {
        refuse(d, NULL);
    }
}

/* The first policy that allows the origin and does not deny it; none may. */
CORS_RARE
static void decide_several(cors_decision_t *d, const cors_rules_t *rules,
                           const cors_facts_t *facts)
{
    const cors_where_t *denied = NULL;
    int i;

    for (i = 0; i < rules->n; i++) {
        const cors_policy_t *p = &d->several;
        const cors_where_t *where;

        cors_rules_policy(rules, i, &d->several);
        where = allowed(d, p);
        if (!where) {
            continue;
        }
        denied = cors_settings_denied(p->named->settings, &d->subject);
        if (denied) {
            d->subject.source = NULL;
            continue;
        }
        d->policy = p;
        d->complete = p->less != 0;
        grant(d, facts, where);
        return;
    }
    refuse(d, denied);
    d->denied = denied != NULL;
    d->complete = rules->n > 1;
}

void cors_decide(cors_decision_t *d, const cors_rules_t *rules,
                 const cors_facts_t *facts, apr_pool_t *scratch)
{
    static const cors_policy_t nobody;
    const cors_where_t *denied;

    /* Not all of it: most is filled in only where it is needed. */
    memset(d, 0, offsetof(cors_decision_t, several));
    d->policy = &nobody;
    d->subject.parsed = 0;
    d->subject.text = facts->origin;
    d->subject.len = facts->origin_len;
    d->subject.scratch = scratch;
    d->subject.request = facts->request;
    d->subject.source = NULL;
    d->subject.failed = NULL;
    if (rules->plain) {
        d->policy = &rules->one;
        grant(d, facts, cors_origin_set_any(rules->one.origins->set));
        return;
    }
    if (rules->always) {
        decide_always(d, rules, facts);
        return;
    }
    if (!facts->origin) {
        return;
    }
    if (rules->has_denies
        && (denied = cors_rules_denied(rules, &d->subject)) != NULL) {
        refuse(d, denied);
        d->denied = 1;
        d->complete = rules->n > 1;
        return;
    }
    if (rules->n == 1) {
        decide_one(d, rules, facts);
    }
    else {
        decide_several(d, rules, facts);
    }
}

cors_result_e cors_decision_result(cors_decision_t *d)
{
    if (d->result == CORS_RESULT_REFUSED_ORIGIN && !d->denied
        && cors_subject_parse(&d->subject) != CORS_ORIGIN_OK) {
        d->result = CORS_RESULT_REFUSED_MALFORMED;
    }
    return d->result;
}

const char *cors_result_name(cors_result_e result)
{
    static const char *const names[] = {
        NULL, "same-origin", "allowed", "preflight-allowed", "refused-origin",
        "refused-method", "refused-header", "refused-malformed",
        "source-error"
    };

    return names[result];
}
