/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refused.h: who was refused lately, how often and why: how one finds out
 * which front ends a policy must name before it is enforced.
 *
 * A table of a fixed size in memory that all processes share; it outlives
 * restarts. Nothing that clients send makes it grow, and no address is kept.
 * What is rare gives way (engine/frequent.h).
 */
#ifndef CORS_REFUSED_H
#define CORS_REFUSED_H

#include "httpd/counters.h"
#include "httpd/state.h"

/** Make the table, or find it again: while the server starts. */
void cors_refused_start(server_rec *s);

/**
 * Note a refusal. Never waits: where another process has the place for long,
 * it is not noted, only counted as missed. Thread-safe.
 * @param state Decided: a refusal.
 * @param slot Of the policy (cors_slot_of).
 * @param facts Of the refusal (cors_refusal_facts).
 */
void cors_refused_note(request_rec *r, const cors_state_t *state,
                       cors_slot_t *slot, const cors_refusal_facts_t *facts);

/* One row. Every text that came from a request is as it was sent: escape it
 * (cors_escape, or what the page's format asks for). */
typedef struct cors_refused_t {
    const char *origin;         /* no more than 320 bytes of it */
    int is_cut;                 /* it was longer */
    apr_uint64_t count;         /* at most; … */
    apr_uint64_t error;         /* … too high by no more than this */
    apr_time_t last;
    const char *method;         /* of the last time: what a preflight asked
                                   for, else the request's own */
    const char *header;         /* the header that was refused, or NULL */
    const char *policy;         /* its label, as in cors_counters_read */
    cors_reason_e reason;
    cors_remedy_t remedy;       /* its lines would allow it; escaped */
} cors_refused_t;

/**
 * All rows, the most frequent first: each as it stood at one moment.
 * @param missed Gets how many refusals could not be noted; may be NULL.
 * @return An array of cors_refused_t in pool.
 */
apr_array_header_t *cors_refused_list(apr_pool_t *pool, apr_uint64_t *missed);

#endif /* CORS_REFUSED_H */
