/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.h: what holds for a request, from its first hook to its response.
 *
 * What the configuration says for the request that the browser sent holds for
 * every request that httpd makes of it. DirectoryIndex, FallbackResource and
 * MultiViews keep the request_rec and swap its configuration; ErrorDocument and
 * rewrites make a new request_rec. Both share one state.
 */
#ifndef CORS_STATE_H
#define CORS_STATE_H

#include "httpd/module.h"

#include "engine/decision.h"
#include "engine/policy.h"

typedef struct cors_state_t {
    const ap_conf_vector_t *judged; /* the configuration last looked at */
    const cors_rules_t *rules;      /* shared, unless merged for the request */
    cors_facts_t facts;
    cors_decision_t decision;
    const request_rec *told;        /* whose variables are set */
    unsigned decided : 1;
    unsigned answered : 1;          /* the module itself ended the request */
    unsigned forbidden : 1;         /* … with CORSRefusal's 403 */
    unsigned responded : 1;         /* the headers were written once */
    unsigned logged : 1;
    unsigned hidden : 1;            /* handlers see another Origin, or none */
} cors_state_t;

/** The configuration known before the file system was looked at: server,
 *  <Location> and <If>. */
void cors_state_begin(request_rec *r);

/** Nothing is certain while directories are walked. */
void cors_state_suspend(request_rec *r);

/** All of the configuration is known. */
void cors_state_complete(request_rec *r);

/**
 * Look again where httpd has swapped the configuration of this request.
 * @return 1 where it had, and something may be decided otherwise now.
 */
int cors_state_follow(request_rec *r);

/* Marks in r->request_config, where a request has no state of its own: values
 * that no pointer has. NULL means that nothing is known: it ended too early. */
#define CORS_AT_START ((cors_state_t *)1)   /* server, <Location>, <If> are */
#define CORS_NOTHING ((cors_state_t *)2)    /* no policy; Off at server level */
#define CORS_UNASKED ((cors_state_t *)3)    /* … and no Origin was sent */
#define CORS_OFF ((cors_state_t *)4)        /* a section says Off: it holds */

/** The state of a request that ended in translate_name, made now. */
cors_state_t *cors_state_late(request_rec *r);

/**
 * The state of a request.
 * @return NULL where no policy holds, or none is known to.
 */
static APR_INLINE cors_state_t *cors_state_get(request_rec *r)
{
    cors_state_t *state = ap_get_module_config(r->request_config,
                                               &cors_module);

    if (state == CORS_AT_START) {
        return cors_state_late(r);
    }
    return state > CORS_OFF ? state : NULL;
}

/** Decide, once. */
const cors_decision_t *cors_state_decide(request_rec *r, cors_state_t *state);

/** Whether this request is the one that the browser sent. */
int cors_is_first(const request_rec *r);

/** A WebSocket handshake (RFC 6455, section 4.1), over HTTP/2 too: mod_http2
 *  presents RFC 8441's CONNECT as the same. */
int cors_is_upgrade(const request_rec *r);

#endif /* CORS_STATE_H */
