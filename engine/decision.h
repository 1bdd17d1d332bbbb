/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decision.h: one request against one set of rules. A pure function: the
 * module, explain, the dump, tests, fuzzers and the benchmark all call it.
 */
#ifndef CORS_DECISION_H
#define CORS_DECISION_H

#include "policy.h"

/* What the request said, captured before anything could change it. */
typedef struct cors_facts_t {
    void *request;              /* the server's, for origin sources; or NULL */
    const char *origin;         /* Origin; NULL: there was none */
    apr_size_t origin_len;
    int preflight;              /* Fetch, "CORS-preflight request" */
    const char *method;         /* Access-Control-Request-Method */
    const char *headers;        /* Access-Control-Request-Headers, or NULL */
} cors_facts_t;

/* CORS_RESULT */
typedef enum {
    CORS_RESULT_NONE,               /* no Origin: not a CORS request */
    CORS_RESULT_SAME_ORIGIN,        /* not listed, but the server's own */
    CORS_RESULT_ALLOWED,
    CORS_RESULT_PREFLIGHT_ALLOWED,
    CORS_RESULT_REFUSED_ORIGIN,
    CORS_RESULT_REFUSED_METHOD,
    CORS_RESULT_REFUSED_HEADER,
    CORS_RESULT_REFUSED_MALFORMED,
    CORS_RESULT_SOURCE_ERROR
} cors_result_e;

typedef struct cors_decision_t {
    cors_result_e result;       /* ask cors_decision_result for it */
    int granted;                /* Access-Control-Allow-Origin is sent */
    int denied;                 /* by a CORSDenyOrigin */
    int complete;               /* the answer must be whole, never a 304: a
                                   cache would keep what it lacks (RFC 9111,
                                   section 3.2) */
    const cors_where_t *where;  /* the line that decided, or NULL */
    cors_span_t at;             /* the method or header refused */
    const cors_policy_t *policy;    /* that decided, of the rules or below;
                                       never NULL, but may be empty */
    cors_policy_t several;      /* of several policies, the one looked at */
    cors_subject_t subject;     /* Origin, as far as it was looked at */
} cors_decision_t;

/**
 * Decide. No side effect; thread-safe.
 * @param d Filled in.
 * @param rules In force; must outlive d.
 * @param facts Their texts must outlive d.
 * @param scratch Used only where an expression is tried.
 */
void cors_decide(cors_decision_t *d, const cors_rules_t *rules,
                 const cors_facts_t *facts, apr_pool_t *scratch);

/** The result; tells here, when asked, a malformed Origin from one that is not
 *  listed, so that refusing costs no parsing. */
cors_result_e cors_decision_result(cors_decision_t *d);

/** "allowed", "refused-origin", …: constant. NULL for CORS_RESULT_NONE. */
const char *cors_result_name(cors_result_e result);

/** Whether the origin itself was refused (not merely a method or header). */
static APR_INLINE int cors_decision_refuses_origin(const cors_decision_t *d)
{
    return d->result >= CORS_RESULT_REFUSED_ORIGIN
           && d->result != CORS_RESULT_REFUSED_METHOD
           && d->result != CORS_RESULT_REFUSED_HEADER;
}

#endif /* CORS_DECISION_H */
