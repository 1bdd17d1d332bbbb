/* SPDX-License-Identifier: Apache-2.0 */
/*
 * change.h: what becomes of a request under another set of rules.
 */
#ifndef CORS_CHANGE_H
#define CORS_CHANGE_H

#include "decision.h"

typedef enum {
    CORS_CHANGE_NONE,
    CORS_CHANGE_ALLOWS,         /* what is refused now */
    CORS_CHANGE_REFUSES,        /* what is allowed now */
    CORS_CHANGE_REASON,         /* refused now and then, for another reason */
    CORS_CHANGE_ANSWER,         /* the same verdict, in another answer */
    CORS_CHANGES                /* how many there are */
} cors_change_e;

/* One side of the comparison. */
typedef struct cors_side_t {
    const cors_rules_t *rules;
    cors_decision_t *decision;  /* under them */
} cors_side_t;

/**
 * Compare what the same request gets under two sets of rules. Thread-safe.
 * @param now What holds.
 * @param then What would.
 * @param facts What the request said; it has an Origin.
 * @param what Gets, for CORS_CHANGE_ANSWER, what differs first: a response
 *        header, or "status"; else NULL.
 * @param pool For scratch.
 */
cors_change_e cors_compare(const cors_side_t *now, const cors_side_t *then,
                           const cors_facts_t *facts, const char **what,
                           apr_pool_t *pool);

/** "same", "allows", "refuses", "reason", "answer": constant. */
const char *cors_change_name(cors_change_e change);

#endif /* CORS_CHANGE_H */
