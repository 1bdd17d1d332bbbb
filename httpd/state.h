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
#include "httpd/lookup.h"

typedef struct cors_state_t {
    const ap_conf_vector_t *judged; /* the configuration last looked at */
    const cors_rules_t *rules;      /* shared, unless merged for the request */
    const request_rec *told;        /* whose variables are set */
    const apr_array_header_t *sent; /* without a policy: the headers as sent */
    cors_decision_t *decision;      /* NULL until decided: most requests have
                                       no Origin, and nothing to decide */
    unsigned answered : 1;          /* the module itself ended the request */
    unsigned forbidden : 1;         /* … with CORSRefusal's 403 */
    unsigned responded : 1;         /* the headers were written once */
    unsigned logged : 1;
    unsigned hidden : 1;            /* handlers see another Origin, or none */
    cors_facts_t facts;             /* last */
} cors_state_t;

/* Marks in r->request_config, where a request has no state of its own: values
 * that no pointer has. NULL means that nothing is known: it ended too early. */
#define CORS_AT_START ((cors_state_t *)1)   /* server, <Location>, <If> are */
#define CORS_NOTHING ((cors_state_t *)2)    /* no policy; Off at server level */
#define CORS_UNASKED ((cors_state_t *)3)    /* … and no Origin was sent */
#define CORS_OFF ((cors_state_t *)4)        /* a section says Off: it holds */

static APR_INLINE cors_state_t *cors_state_mark(const request_rec *r)
{
    return ap_get_module_config(r->request_config, &cors_module);
}

static APR_INLINE void cors_state_set_mark(request_rec *r, cors_state_t *state)
{
    ap_set_module_config(r->request_config, &cors_module, state);
}

/** Subrequests answer nobody, but for explain's, each of which stands for a
 *  request; a forward proxy's requests are others'. */
static APR_INLINE int cors_state_is_ours(const request_rec *r)
{
    return (!r->main || cors_lookup_of(r)) && r->proxyreq != PROXYREQ_PROXY;
}

/** cors_state_begin for a request of httpd's own making, or a lookup's. */
void cors_state_begin_other(request_rec *r);

/** The configuration known before the file system was looked at: server,
 *  <Location> and <If>. */
static APR_INLINE void cors_state_begin(request_rec *r)
{
    if (r->prev || r->assbackwards) {
        cors_state_begin_other(r);
    }
    else if (cors_state_is_ours(r)) {
        cors_state_set_mark(r, CORS_AT_START);
    }
}

/** Nothing is certain while directories are walked. */
static APR_INLINE void cors_state_suspend(request_rec *r)
{
    if (cors_state_mark(r) == CORS_AT_START) {
        cors_state_set_mark(r, NULL);
    }
}

/** What the sections of a request say, merged; NULL where none says a thing. */
static APR_INLINE cors_settings_t *cors_state_settings(const request_rec *r)
{
    cors_settings_t *s = ap_get_module_config(r->per_dir_config, &cors_module);

    return s && s->touched ? s : NULL;
}

/** cors_state_complete for the request that the browser sent. */
void cors_state_complete_first(request_rec *r);

/** cors_state_complete for a request of httpd's own making, or a lookup's. */
void cors_state_complete_other(request_rec *r);

/** All of the configuration is known. */
static APR_INLINE void cors_state_complete(request_rec *r)
{
    if (r->prev || r->assbackwards) {
        cors_state_complete_other(r);
    }
    else if (cors_state_is_ours(r)) {
        cors_state_complete_first(r);
    }
}

/** Whether httpd may have swapped the configuration of this request, so that
 *  cors_state_follow has something to do. */
static APR_INLINE int cors_state_is_swapped(const request_rec *r)
{
    const cors_state_t *state = cors_state_mark(r);

    return state <= CORS_OFF ? cors_state_settings(r) != NULL
                             : state->judged != r->per_dir_config;
}

/**
 * Look again where httpd has swapped the configuration of this request.
 * @return 1 where it had, and something may be decided otherwise now.
 */
int cors_state_follow(request_rec *r);

/** The state of a request that ended in translate_name, made now. */
cors_state_t *cors_state_late(request_rec *r);

/**
 * The state of a request.
 * @return NULL where no policy holds, or none is known to.
 */
static APR_INLINE cors_state_t *cors_state_get(request_rec *r)
{
    cors_state_t *state = cors_state_mark(r);

    if (state > CORS_OFF) {
        return state;
    }
    return state == CORS_AT_START ? cors_state_late(r) : NULL;
}

/** The rules of settings: those made once and for all, else made now. */
const cors_rules_t *cors_state_rules_of(request_rec *r, cors_settings_t *s);

/**
 * Decide under some rules: the state's own, or others in their place.
 * @param d Filled in; lives as long as the request.
 */
void cors_state_judge(request_rec *r, const cors_state_t *state,
                      const cors_rules_t *rules, cors_decision_t *d);

/** Decide, whether that was done or not. */
void cors_state_decide_now(request_rec *r, cors_state_t *state);

/** Decide, once. */
static APR_INLINE const cors_decision_t *cors_state_decide(request_rec *r,
                                                           cors_state_t *state)
{
    if (!state->decision) {
        cors_state_decide_now(r, state);
    }
    return state->decision;
}

/** Whether this request is the one that the browser sent. */
int cors_is_first(const request_rec *r);

/** A WebSocket handshake (RFC 6455, section 4.1), over HTTP/2 too: mod_http2
 *  presents RFC 8441's CONNECT as the same. */
int cors_is_upgrade(const request_rec *r);

#endif /* CORS_STATE_H */
