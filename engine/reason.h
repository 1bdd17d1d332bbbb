/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reason.h: why a decision came out as it did, in one word, and what to write
 * so that the same request is allowed. The log, the metrics and the table of
 * refusals all ask here, so that they say the same.
 */
#ifndef CORS_REASON_H
#define CORS_REASON_H

#include "decision.h"

/* Each belongs to one result. */
typedef enum {
    CORS_REASON_SAME_ORIGIN,        /* nothing was refused: … */
    CORS_REASON_ALLOWED,
    CORS_REASON_PREFLIGHT_ALLOWED,
    CORS_REASON_NOT_LISTED,         /* the first that refuses */
    CORS_REASON_NULL_ORIGIN,        /* "null", not listed */
    CORS_REASON_DENIED,             /* a CORSDenyOrigin names it */
    CORS_REASON_CONTRADICTION,      /* the policy fails closed */
    CORS_REASON_METHOD,
    CORS_REASON_HEADER,
    CORS_REASON_HEADER_LIST,        /* no list of names, or too long */
    CORS_REASON_MALFORMED,          /* Origin is no origin */
    CORS_REASON_SOURCE,             /* a list kept elsewhere did not answer */
    CORS_REASONS                    /* how many there are */
} cors_reason_e;

/** Whether this is the reason of a refusal. */
#define CORS_REASON_REFUSES(reason) ((reason) >= CORS_REASON_NOT_LISTED)

/** cors_decision_reason where it may be a refusal. */
cors_reason_e cors_decision_reason_why(cors_decision_t *d,
                                       const cors_rules_t *rules,
                                       const char *headers);

/**
 * Why. Pure, thread-safe.
 * @param d Decided under rules, for a request with Origin.
 * @param headers The facts' list of headers.
 */
static APR_INLINE cors_reason_e cors_decision_reason(cors_decision_t *d,
                                                     const cors_rules_t *rules,
                                                     const char *headers)
{
    return d->result == CORS_RESULT_ALLOWED
               ? CORS_REASON_ALLOWED
               : cors_decision_reason_why(d, rules, headers);
}

/**
 * The line that decided: that of the entry, or of the list that lacks what a
 * preflight asked for; where none did, of the list of origins, of CORSUsePolicy,
 * or of what switches the section on.
 * @return NULL where nothing is written anywhere.
 */
const cors_where_t *cors_decision_where(const cors_decision_t *d,
                                        const cors_rules_t *rules);

/** "not-listed", "denied", …; "none" where nothing was refused: constant. */
const char *cors_reason_name(cors_reason_e reason);

/** The result that the reason belongs to. */
cors_result_e cors_reason_result(cors_reason_e reason);

/* What was refused, as far as the advice needs it. */
typedef struct cors_refusal_facts_t {
    cors_reason_e reason;
    const char *origin;             /* as sent */
    apr_size_t origin_len;
    cors_span_t at;                 /* the method or header refused */
    int credentials;                /* the policy says so */
    int several;                    /* the section uses several policies */
    const apr_array_header_t *sources;  /* of the list, or NULL */
} cors_refusal_facts_t;

/**
 * What the advice about a decision's refusal needs.
 * @param reason cors_decision_reason's, which whoever counts has asked for.
 */
void cors_refusal_facts(cors_refusal_facts_t *refusal, cors_reason_e reason,
                        const cors_decision_t *d, const cors_rules_t *rules,
                        const cors_facts_t *facts);

/* What to do about it. */
typedef struct cors_remedy_t {
    const char *why;                /* "no entry allows it" */
    const char *place;              /* " in one of the policies", or "" */
    const char *lines[2];           /* directives that would allow it, NULL
                                       behind the last one; none where no line
                                       could, or should */
    const char *lists;              /* sources that the origin can be added to
                                       instead; NULL: none */
} cors_remedy_t;

/**
 * What to write so that the same request is allowed. What came from the
 * request is escaped in it; a line is offered only where configtest takes it.
 * @param remedy Filled in, from pool.
 */
void cors_remedy(cors_remedy_t *remedy, const cors_refusal_facts_t *facts,
                 apr_pool_t *pool);

/** "no entry allows it; to allow it: CORSAllowOrigin …", in pool. */
const char *cors_remedy_text(const cors_remedy_t *remedy, apr_pool_t *pool);

#endif /* CORS_REASON_H */
