/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observe.h: telling the administrator what was decided.
 */
#ifndef CORS_OBSERVE_H
#define CORS_OBSERVE_H

#include "httpd/counters.h"
#include "httpd/state.h"

/** Whether anybody can see the variables. While the server starts, before the
 *  first request; until then they are set. */
void cors_observe_want_variables(int wanted);

/** Set CORS_RESULT, CORS_ORIGIN and CORS_POLICY for log formats, expressions
 *  and handlers, if anybody can see them. */
void cors_observe_variables(request_rec *r, cors_state_t *state);

/* How a line of a kind of its own is written. */
typedef struct cors_telling_t {
    int level;
    const char *more;           /* what to put behind it */
} cors_telling_t;

/**
 * Whether to write a line that belongs to info: always there; else, where at
 * least warnings are written, once a minute as one, with the number of those
 * that were held back meanwhile.
 * @param what One of a slot's counters: each has its own minute.
 */
int cors_observe_telling(cors_telling_t *telling, request_rec *r,
                         cors_slot_t *slot, unsigned what);

/** Count this decision, once, and write its line: refusals at info, the others
 *  at debug. */
void cors_observe_decision(request_rec *r, cors_state_t *state);

/** Share between processes what was told lately: while the server starts, once
 *  a configuration; the memory goes with pconf. */
void cors_observe_share(apr_pool_t *pconf);

/** Whether it is time to tell of a fault at these places again: once a minute,
 *  over all processes. Both may be NULL. */
int cors_observe_is_due(const cors_where_t *where, const cors_where_t *other,
                        apr_time_t now);

/** Rules that fail closed: an error line naming both places, once a minute for
 *  each place. */
void cors_observe_fault(request_rec *r, const cors_rules_t *rules);

/** Headers of others that were taken out of a response: at info. */
void cors_observe_removed(request_rec *r, cors_state_t *state,
                          const char *names);

#endif /* CORS_OBSERVE_H */
