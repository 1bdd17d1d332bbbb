/* SPDX-License-Identifier: Apache-2.0 */
/*
 * change.c: verdict, reason, status and headers, in that order.
 */
#include "change.h"

#include <string.h>

#include "reason.h"
#include "respond.h"

/* Every header that the engine writes. */
static const char *const headers[] = {
    "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Methods", "Access-Control-Allow-Headers",
    "Access-Control-Expose-Headers", "Access-Control-Max-Age",
    "Timing-Allow-Origin", "Vary"
};

/* The headers, on a response that has no others. */
static const apr_table_t *answer(const cors_side_t *side,
                                 const cors_facts_t *facts, apr_pool_t *pool)
{
    cors_response_t response = {0};

    response.pool = pool;
    response.out = apr_table_make(pool, 8);
    response.err = apr_table_make(pool, 1);
    cors_respond(&response, side->rules, side->decision, facts);
    return response.out;
}

/* Whether the status may differ, by what the rules say of it. */
static int differs_in_status(const cors_side_t *now, const cors_side_t *then,
                             const cors_facts_t *facts)
{
    cors_preflight_e a = now->rules->preflight, b = then->rules->preflight;

    if (!facts->preflight) {
        return cors_decision_refuses_origin(now->decision)
               && now->rules->refusal != then->rules->refusal;
    }
    /* The module's own refusal is 403 in any case. */
    return a != b && (now->decision->granted || a == CORS_PREFLIGHT_PASS
                      || b == CORS_PREFLIGHT_PASS);
}

/* What would be answered otherwise first; NULL: nothing. */
static const char *find_difference(const cors_side_t *now,
                                   const cors_side_t *then,
                                   const cors_facts_t *facts, apr_pool_t *pool)
{
    const apr_table_t *a, *b;
    apr_size_t i;

    if (differs_in_status(now, then, facts)) {
        return "status";
    }
    a = answer(now, facts, pool);
    b = answer(then, facts, pool);
    for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        const char *x = apr_table_get(a, headers[i]);
        const char *y = apr_table_get(b, headers[i]);

        if (x ? !y || strcmp(x, y) : y != NULL) {
            return headers[i];
        }
    }
    return NULL;
}

cors_change_e cors_compare(const cors_side_t *now, const cors_side_t *then,
                           const cors_facts_t *facts, const char **what,
                           apr_pool_t *pool)
{
    cors_reason_e a = cors_decision_reason(now->decision, now->rules,
                                           facts->headers);
    cors_reason_e b = cors_decision_reason(then->decision, then->rules,
                                           facts->headers);

    *what = NULL;
    if (CORS_REASON_REFUSES(a) != CORS_REASON_REFUSES(b)) {
        return CORS_REASON_REFUSES(a) ? CORS_CHANGE_ALLOWS
                                      : CORS_CHANGE_REFUSES;
    }
    if (CORS_REASON_REFUSES(a) && a != b) {
        return CORS_CHANGE_REASON;
    }
    if (a != b) {
        /* The server's own origin needs no policy. */
        return CORS_CHANGE_NONE;
    }
    *what = find_difference(now, then, facts, pool);
    return *what ? CORS_CHANGE_ANSWER : CORS_CHANGE_NONE;
}

const char *cors_change_name(cors_change_e change)
{
    static const char *const names[CORS_CHANGES] = {
        "same", "allows", "refuses", "reason", "answer"
    };

    return names[change];
}
