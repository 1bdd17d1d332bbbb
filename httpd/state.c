/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.c: which section's policy a request lives under.
 */
#include "httpd/state.h"

#include <stddef.h>

#include "apr_strings.h"
#include "http_protocol.h"
#include "http_request.h"
#include "http_ssl.h"

#include "engine/own.h"
#include "engine/rare.h"
#include "httpd/observe.h"
#include "httpd/registry.h"

/* Of a request without a policy whose headers are kept. */
static const cors_rules_t no_rules;

static int is_nothing(const cors_state_t *state)
{
    return state == CORS_NOTHING || state == CORS_UNASKED
           || (state > CORS_OFF && state->rules == &no_rules);
}

static int is_state(const cors_state_t *state)
{
    return state > CORS_OFF && state->rules != &no_rules;
}

int cors_is_first(const request_rec *r)
{
    const cors_lookup_t *lookup = cors_lookup_of(r);

    return lookup ? !lookup->on_to : !r->main && !r->prev;
}

static cors_state_t *new_state(request_rec *r, const cors_rules_t *rules)
{
    cors_state_t *state = apr_palloc(r->pool, sizeof(*state));

    /* In two halves, which the compiler stores at once. */
    memset(state, 0, offsetof(cors_state_t, facts));
    memset(&state->facts, 0, sizeof(state->facts));
    state->judged = r->per_dir_config;
    state->rules = rules;
    if (cors_lookup_of(r)) {
        /* What explain asks for is nobody's request: not counted, not
         * logged. */
        state->logged = state->responded = 1;
    }
    return state;
}

/* The texts of a request's headers stay where they are. */
CORS_RARE
static cors_state_t *with_sent(request_rec *r)
{
    const apr_array_header_t *headers = apr_table_elts(r->headers_in);
    apr_array_header_t *kept = apr_palloc(r->pool, sizeof(*kept));
    cors_state_t *state = new_state(r, &no_rules);

    *kept = *headers;
    kept->elts = apr_pmemdup(r->pool, headers->elts,
                             (apr_size_t)(headers->nelts * headers->elt_size));
    state->sent = kept;
    return state;
}

static const cors_state_t *first_mark(const request_rec *r)
{
    while (r->prev) {
        r = r->prev;
    }
    return cors_state_mark(r);
}

static const char *sent(const request_rec *r, const char *name)
{
    const cors_state_t *first = r->prev ? first_mark(r) : NULL;
    int i;

    if (first <= CORS_OFF || !first->sent) {
        return apr_table_get(r->headers_in, name);
    }
    for (i = 0; i < first->sent->nelts; i++) {
        const apr_table_entry_t *e = &APR_ARRAY_IDX(first->sent, i,
                                                    apr_table_entry_t);

        if (!strcasecmp(e->key, name)) {
            return e->val;
        }
    }
    return NULL;
}

int cors_is_upgrade(const request_rec *r)
{
    const char *upgrade = sent(r, "Upgrade");
    cors_span_t protocol;

    /* Not ap_find_token: that takes "web" for "websocket". */
    while (upgrade && cors_next_element(&upgrade, &protocol)) {
        if (protocol.len >= 9 && !strncasecmp(protocol.text, "websocket", 9)
            && (protocol.len == 9 || protocol.text[9] == '/')) {
            return 1;
        }
    }
    return 0;
}

/* The method as sent: ErrorDocument turns even the first request's into GET. */
static int was_options(const request_rec *r)
{
    return r->method_number == M_OPTIONS
           || (r->the_request && r->the_request[0] == 'O'
               && !strncmp(r->the_request, "OPTIONS ", 8));
}

static void capture(request_rec *r, cors_facts_t *facts)
{
    if (r->prev && first_mark(r) == CORS_UNASKED) {
        return;
    }
    facts->origin = r->prev ? sent(r, "Origin")
                            : apr_table_get(r->headers_in, "Origin");
    if (!facts->origin) {
        return;
    }
    facts->origin_len = strlen(facts->origin);
    facts->request = r;
    if (was_options(r)) {
        facts->method = sent(r, "Access-Control-Request-Method");
        facts->preflight = facts->method && *facts->method;
        facts->headers = sent(r, "Access-Control-Request-Headers");
    }
}

const cors_rules_t *cors_state_rules_of(request_rec *r, cors_settings_t *s)
{
    cors_rules_t *rules;

    if (s->rules) {
        return s->rules;
    }
    /* What came from .htaccess was not sealed at start. */
    cors_settings_seal(s);
    rules = apr_palloc(r->pool, sizeof(*rules));
    cors_rules_make(rules, s);
    return rules;
}

/* Rules that are not simply in force: NULL where they hold all the same. */
CORS_RARE
static cors_state_t *odd_mark(request_rec *r, const cors_rules_t *rules)
{
    if (rules->fault.id && !cors_lookup_of(r)) {
        cors_observe_fault(r, rules);
    }
    if (rules->in_force) {
        return NULL;
    }
    if (rules->engine == CORS_ENGINE_OFF) {
        return rules->engine_where && !rules->engine_at_server ? CORS_OFF
                                                               : CORS_NOTHING;
    }
    return cors_is_upgrade(r) ? NULL : CORS_NOTHING;
}

/* The state, or the mark, that these settings make. */
static cors_state_t *state_under(request_rec *r, cors_settings_t *s)
{
    const cors_rules_t *rules = cors_state_rules_of(r, s);
    cors_state_t *state = NULL;

    if (rules->fault.id || !rules->in_force) {
        state = odd_mark(r, rules);
    }
    if (!state) {
        state = new_state(r, rules);
        capture(r, &state->facts);
    }
    return state;
}

/* … that the current configuration makes. */
static cors_state_t *make_state(request_rec *r)
{
    cors_settings_t *s = r->assbackwards ? cors_lookup_settings(r)
                                         : cors_state_settings(r);

    return s ? state_under(r, s) : CORS_NOTHING;
}

static void begin_again(request_rec *r)
{
    if (cors_state_mark(r->prev) == CORS_AT_START) {
        /* It ended before its directories were looked at: what was known then
         * holds, and what was not stays unknown. */
        cors_state_set_mark(r->prev, make_state(r->prev));
        if (cors_state_mark(r->prev) == CORS_NOTHING) {
            cors_state_set_mark(r->prev, NULL);
        }
    }
    cors_state_set_mark(r, is_nothing(cors_state_mark(r->prev))
                               ? CORS_AT_START : cors_state_mark(r->prev));
}

void cors_state_begin_other(request_rec *r)
{
    if (cors_state_is_ours(r)) {
        if (r->prev) {
            begin_again(r);
        }
        else {
            cors_state_set_mark(r, CORS_AT_START);
        }
    }
    if (r->assbackwards) {
        cors_lookup_alone(r);
    }
}

/* No section says anything for the request. What it said is kept: mod_headers
 * may change it before httpd goes on to a section that has a policy. */
static void complete_nothing(request_rec *r)
{
    cors_state_t *state = CORS_UNASKED;

    if (apr_table_get(r->headers_in, "Origin")) {
        state = cors_registry_is_used() ? with_sent(r) : CORS_NOTHING;
    }
    cors_state_set_mark(r, state);
}

static void complete_with(request_rec *r, cors_state_t *state)
{
    cors_state_set_mark(r, state);
    if (state == CORS_NOTHING) {
        complete_nothing(r);
    }
}

/* A request of httpd's own making: the first policy on the way is the one that
 * holds. */
static void complete_again(request_rec *r)
{
    cors_state_t *before = cors_state_mark(r->prev);

    if (is_nothing(before)) {
        cors_state_set_mark(r, make_state(r));
        return;
    }
    cors_state_set_mark(r, before);
    if (is_state(before)) {
        /* Another request of httpd's making: no swap. */
        before->judged = r->per_dir_config;
    }
}

void cors_state_complete_other(request_rec *r)
{
    if (cors_state_is_ours(r)) {
        if (r->prev) {
            complete_again(r);
        }
        else {
            complete_with(r, make_state(r));
        }
    }
    if (r->assbackwards) {
        cors_lookup_headers(r);
    }
}

void cors_state_complete_first(request_rec *r)
{
    cors_settings_t *s = cors_state_settings(r);

    if (s) {
        complete_with(r, state_under(r, s));
    }
    else {
        complete_nothing(r);
    }
}

/* Denies of the target, and its CORSRefusal, come on top. */
static void add_target(request_rec *r, cors_state_t *state)
{
    cors_settings_t *s = cors_state_settings(r);
    const cors_rules_t *target;
    cors_rules_t *rules;

    if (!s) {
        return;
    }
    target = cors_state_rules_of(r, s);
    rules = apr_pmemdup(r->pool, state->rules, sizeof(*rules));
    state->rules = rules;
    if (cors_rules_add_denies(rules, s)) {
        state->decision = NULL;
        state->told = NULL;
    }
    if (target->engine == CORS_ENGINE_ON && target->refusal > rules->refusal) {
        rules->refusal = target->refusal;
    }
}

int cors_state_follow(request_rec *r)
{
    cors_state_t *now = cors_state_mark(r);

    if (!cors_state_is_swapped(r)) {
        return 0;
    }
    if (is_nothing(now)) {
        const apr_array_header_t *kept = now > CORS_OFF ? now->sent : NULL;

        if (!cors_state_settings(r)) {
            return 0;
        }
        now = make_state(r);
        if (is_nothing(now)) {
            return 0;
        }
        cors_state_set_mark(r, now);
        if (is_state(now)) {
            now->sent = kept;
        }
        return is_state(now);
    }
    if (is_state(now)) {
        now->judged = r->per_dir_config;
        add_target(r, now);
        return 1;
    }
    return 0;
}

cors_state_t *cors_state_late(request_rec *r)
{
    cors_state_t *state = make_state(r);

    cors_state_set_mark(r, state);
    return is_state(state) ? state : NULL;
}

/* Refused, but the server's own? A preflight never is: browsers send none. */
CORS_RARE
static int is_own(request_rec *r, const cors_state_t *state)
{
    cors_own_facts_t own;

    if (state->facts.preflight) {
        return 0;
    }
    own.origin = state->facts.origin;
    own.origin_len = state->facts.origin_len;
    own.sec_fetch_site = sent(r, "Sec-Fetch-Site");
    own.host = sent(r, "Host");
    own.scheme = ap_http_scheme(r);
    own.is_secure = ap_ssl_conn_is_ssl(r->connection);
    return cors_is_own(&own);
}

void cors_state_judge(request_rec *r, const cors_state_t *state,
                      const cors_rules_t *rules, cors_decision_t *d)
{
    cors_decide(d, rules, &state->facts, r->pool);
    if (cors_decision_refuses_origin(d) && is_own(r, state)) {
        d->result = CORS_RESULT_SAME_ORIGIN;
    }
}

void cors_state_decide_now(request_rec *r, cors_state_t *state)
{
    state->decision = apr_palloc(r->pool, sizeof(*state->decision));
    cors_state_judge(r, state, state->rules, state->decision);
}
