/* SPDX-License-Identifier: Apache-2.0 */
/*
 * respond.h: from a decision to the response's headers. The only writer of
 * Access-Control-*.
 */
#ifndef CORS_RESPOND_H
#define CORS_RESPOND_H

#include "apr_tables.h"

#include "decision.h"

/* A response whose headers are about to be sent. */
typedef struct cors_response_t {
    apr_pool_t *pool;
    apr_table_t *out;           /* its headers: written here */
    apr_table_t *err;           /* those that errors carry too: cleaned */
    int is_304;
    int is_ours;                /* the module's own answer: nothing to keep */
    /* Names of headers that the server adds later, comma separated; asked for
     * only where cors_respond_needs_names. */
    const char *later;
    const char *removed;        /* set: others' Access-Control-* names taken
                                   out, comma separated; NULL: none */
} cors_response_t;

/**
 * Write the headers. Doing it twice gives the same response.
 * @param facts What the request said: decides between sections 3 and 4.
 */
void cors_respond(cors_response_t *r, const cors_rules_t *rules,
                  const cors_decision_t *d, const cors_facts_t *facts);

/** The second half of cors_respond_same. */
int cors_respond_to_all(const cors_rules_t *rules, int is_304,
                        apr_table_t *out, const apr_table_t *err);

/**
 * What cors_respond does for most responses, in a third of its instructions and
 * without a decision: where nobody asked (no Origin), or the answer is the same
 * for all ("*"), and no other's header is in the way.
 * @return 0 where cors_respond is needed: nothing was done.
 */
static APR_INLINE int cors_respond_same(const cors_rules_t *rules,
                                        const cors_facts_t *facts, int is_304,
                                        apr_table_t *out,
                                        const apr_table_t *err)
{
    return (!facts->origin || (rules->plain && !facts->preflight))
           && cors_respond_to_all(rules, is_304, out, err);
}

/** Whether the response's header names must be listed one by one, as "*" means
 *  nothing with credentials (Fetch, "CORS-exposed header-name list"). */
static APR_INLINE int cors_respond_needs_names(const cors_decision_t *d,
                                               const cors_facts_t *facts)
{
    return d->granted && !facts->preflight && d->policy->credentials
           && d->policy->expose && d->policy->expose->any;
}

#endif /* CORS_RESPOND_H */
