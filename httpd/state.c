/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.c: which section's policy a request lives under.
 */
#include "httpd/state.h"

#include "apr_strings.h"
#include "http_protocol.h"
#include "http_request.h"
#include "http_ssl.h"

#include "engine/own.h"
#include "httpd/observe.h"
#include "httpd/registry.h"

static cors_state_t *mark(const request_rec *r)
{
    return ap_get_module_config(r->request_config, &cors_module);
}

static void set_mark(request_rec *r, cors_state_t *state)
{
    ap_set_module_config(r->request_config, &cors_module, state);
}

static int is_nothing(const cors_state_t *state)
{
    return state == CORS_NOTHING || state == CORS_UNASKED;
}

static int is_state(cors_state_t *state)
{
    return state > CORS_OFF;
}

/* Subrequests answer nobody; a forward proxy's requests are others'. */
static int is_ours(const request_rec *r)
{
    return !r->main && r->proxyreq != PROXYREQ_PROXY;
}

int cors_is_first(const request_rec *r)
{
    return !r->main && !r->prev;
}

/* What a request said, kept while it has no policy: mod_headers may change it
 * before httpd goes on to a section that has one. */
static const char sent_key[] = "mod_cors:sent";

static void keep_sent(request_rec *r)
{
    if (r->prev) {
        return;
    }
    if (!apr_table_get(r->headers_in, "Origin")) {
        set_mark(r, CORS_UNASKED);
        return;
    }
    apr_pool_userdata_setn(apr_table_copy(r->pool, r->headers_in), sent_key,
                           NULL, r->pool);
}

static const char *sent(const request_rec *r, const char *name)
{
    void *kept = NULL;

    if (r->prev) {
        apr_pool_userdata_get(&kept, sent_key, r->pool);
    }
    return apr_table_get(kept ? kept : r->headers_in, name);
}

static int was_asked(const request_rec *r)
{
    while (r->prev) {
        r = r->prev;
    }
    return mark(r) != CORS_UNASKED;
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
           || (r->the_request && !strncmp(r->the_request, "OPTIONS ", 8));
}

static void capture(const request_rec *r, cors_facts_t *facts)
{
    facts->origin = was_asked(r) ? sent(r, "Origin") : NULL;
    if (!facts->origin) {
        return;
    }
    facts->origin_len = strlen(facts->origin);
    if (was_options(r)) {
        facts->method = sent(r, "Access-Control-Request-Method");
        facts->preflight = facts->method && *facts->method;
        facts->headers = sent(r, "Access-Control-Request-Headers");
    }
}

/* The rules of settings: those made at start, else made now into `merged`. */
static const cors_rules_t *rules_of(cors_settings_t *s, cors_rules_t *merged)
{
    if (s->rules) {
        return s->rules;
    }
    /* What came from .htaccess was not sealed at start. */
    cors_settings_seal(s);
    cors_rules_make(merged, s);
    return merged;
}

/* The state, or the mark, that the current configuration makes. */
static cors_state_t *make_state(request_rec *r)
{
    cors_settings_t *s = ap_get_module_config(r->per_dir_config, &cors_module);
    const cors_rules_t *rules;
    cors_rules_t merged;
    cors_state_t *state;

    if (!s || !s->touched) {
        return CORS_NOTHING;
    }
    rules = rules_of(s, &merged);
    if (rules->fault.id) {
        cors_observe_fault(r, rules);
    }
    if (rules->engine == CORS_ENGINE_OFF) {
        return rules->engine_where && !rules->engine_at_server ? CORS_OFF
                                                               : CORS_NOTHING;
    }
    if (!rules->in_force && !cors_is_upgrade(r)) {
        return CORS_NOTHING;
    }
    state = apr_pcalloc(r->pool, sizeof(*state));
    state->rules = rules == &merged
                       ? apr_pmemdup(r->pool, &merged, sizeof(merged))
                       : rules;
    state->judged = r->per_dir_config;
    capture(r, &state->facts);
    return state;
}

void cors_state_begin(request_rec *r)
{
    if (!is_ours(r)) {
        return;
    }
    if (!r->prev) {
        set_mark(r, CORS_AT_START);
        return;
    }
    if (mark(r->prev) == CORS_AT_START) {
        /* It ended before its directories were looked at: what was known then
         * holds, and what was not stays unknown. */
        set_mark(r->prev, make_state(r->prev));
        if (mark(r->prev) == CORS_NOTHING) {
            set_mark(r->prev, NULL);
        }
    }
    set_mark(r, is_nothing(mark(r->prev)) ? CORS_AT_START : mark(r->prev));
}

void cors_state_suspend(request_rec *r)
{
    if (mark(r) == CORS_AT_START) {
        set_mark(r, NULL);
    }
}

void cors_state_complete(request_rec *r)
{
    cors_state_t *before = r->prev ? mark(r->prev) : CORS_NOTHING;

    if (!is_ours(r)) {
        return;
    }
    if (is_nothing(before)) {
        set_mark(r, make_state(r));
        if (mark(r) == CORS_NOTHING && cors_registry_is_used()) {
            keep_sent(r);
        }
        return;
    }
    set_mark(r, before);
    if (is_state(before)) {
        /* Another request of httpd's making: no swap. */
        before->judged = r->per_dir_config;
    }
}

/* Denies of the target, and its CORSRefusal, come on top. */
static void add_target(request_rec *r, cors_state_t *state)
{
    cors_settings_t *s = ap_get_module_config(r->per_dir_config, &cors_module);
    const cors_rules_t *target;
    cors_rules_t merged, *rules;

    if (!s || !s->touched) {
        return;
    }
    target = rules_of(s, &merged);
    rules = apr_pmemdup(r->pool, state->rules, sizeof(*rules));
    state->rules = rules;
    if (cors_rules_add_denies(rules, s)) {
        state->decided = 0;
        state->told = NULL;
    }
    if (target->engine == CORS_ENGINE_ON && target->refusal > rules->refusal) {
        rules->refusal = target->refusal;
    }
}

int cors_state_follow(request_rec *r)
{
    cors_state_t *now = mark(r);

    if (is_nothing(now)) {
        const cors_settings_t *s = ap_get_module_config(r->per_dir_config,
                                                        &cors_module);

        if (!s || !s->touched) {
            return 0;
        }
        now = make_state(r);
        if (is_nothing(now)) {
            return 0;
        }
        set_mark(r, now);
        return is_state(now);
    }
    if (is_state(now) && now->judged != r->per_dir_config) {
        now->judged = r->per_dir_config;
        add_target(r, now);
        return 1;
    }
    return 0;
}

cors_state_t *cors_state_late(request_rec *r)
{
    cors_state_t *state = make_state(r);

    set_mark(r, state);
    return is_state(state) ? state : NULL;
}

/* Refused, but the server's own? A preflight never is: browsers send none. */
static int is_own(request_rec *r, cors_state_t *state)
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

const cors_decision_t *cors_state_decide(request_rec *r, cors_state_t *state)
{
    if (!state->decided) {
        state->decided = 1;
        cors_decide(&state->decision, state->rules, &state->facts, r->pool);
        if (cors_decision_refuses_origin(&state->decision)
            && is_own(r, state)) {
            state->decision.result = CORS_RESULT_SAME_ORIGIN;
        }
    }
    return &state->decision;
}
