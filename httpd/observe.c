/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observe.c: variables and log lines. Text from the request is escaped
 * wherever it is written.
 */
#include "httpd/observe.h"

#include "apr_atomic.h"
#include "apr_strings.h"
#include "apr_time.h"

#include "engine/escape.h"
#include "engine/rare.h"
#include "httpd/candidate.h"
#include "httpd/counters.h"
#include "httpd/refused.h"
#include "httpd/registry.h"

APLOG_USE_MODULE(cors);

static int want_variables = 1;

void cors_observe_want_variables(int wanted)
{
    want_variables = wanted;
}

static const char *origin_text(request_rec *r, cors_state_t *state)
{
    /* What was granted is a valid origin, so printable as it is. */
    if (state->decision->granted && !state->rules->plain
        && !state->rules->always) {
        return state->facts.origin;
    }
    return cors_escape(r->pool, state->facts.origin, state->facts.origin_len);
}

/* The policy's name, or the line of an unnamed one. */
static const char *policy_name(const cors_state_t *state)
{
    const cors_policy_t *p = state->decision->policy;

    if (!p->origins && state->rules->n == 1) {
        p = &state->rules->one;
    }
    if (p->named) {
        return p->named->name;
    }
    return p->origins ? p->origins->label : NULL;
}

static void set_variables(request_rec *r, cors_state_t *state)
{
    apr_table_t *env = r->subprocess_env;
    /* In an empty table adding sets, and need not search. */
    void (*set)(apr_table_t *, const char *, const char *) =
        apr_is_empty_table(env) ? apr_table_addn : apr_table_setn;
    const char *result = cors_result_name(
        cors_decision_result(state->decision));
    const char *policy;

    if (!result) {
        return;
    }
    set(env, "CORS_RESULT", result);
    set(env, "CORS_ORIGIN", origin_text(r, state));
    policy = policy_name(state);
    if (policy) {
        set(env, "CORS_POLICY", policy);
    }
}

void cors_observe_variables(request_rec *r, cors_state_t *state)
{
    if (want_variables && state->told != r) {
        state->told = r;
        set_variables(r, state);
    }
}

int cors_observe_telling(cors_telling_t *telling, request_rec *r,
                         cors_slot_t *slot, unsigned what)
{
    apr_uint32_t held;

    telling->level = APLOG_INFO;
    telling->more = "";
    if (APLOG_R_IS_LEVEL(r, APLOG_INFO)) {
        return 1;
    }
    if (!APLOG_R_IS_LEVEL(r, APLOG_WARNING)
        || !cors_tell_now(slot, what, r->request_time, &held)) {
        return 0;
    }
    telling->level = APLOG_WARNING;
    telling->more = apr_psprintf(r->pool, "; %u more of this kind since the "
                                 "last such line: one a minute is written "
                                 "here, all of them with LogLevel cors:info",
                                 held);
    return 1;
}

static const char *decided_at(request_rec *r, const cors_state_t *state)
{
    return cors_place(r->pool,
                      cors_decision_where(state->decision, state->rules));
}

static void tell_refusal(request_rec *r, cors_state_t *state,
                         const cors_refusal_facts_t *facts,
                         const cors_telling_t *telling)
{
    cors_remedy_t words;

    cors_remedy(&words, facts, r->pool);
    ap_log_rerror(APLOG_MARK, telling->level, 0, r,
                  "CORS: %s%s for origin %s, decided at %s: %s%s%s",
                  cors_result_name(cors_reason_result(facts->reason)),
                  state->rules->engine == CORS_ENGINE_REPORT
                      ? " (ReportOnly: not enforced)" : "",
                  origin_text(r, state), decided_at(r, state),
                  cors_remedy_text(&words, r->pool),
                  state->forbidden
                      ? "; answered 403 by CORSRefusal: where another site's "
                        "form must post here (login, payment), write "
                        "CORSRefusal Silent there instead: a listed origin "
                        "may read"
                      : "",
                  telling->more);
}

CORS_RARE
static void tell_allowed(request_rec *r, cors_state_t *state,
                         cors_reason_e reason)
{
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r,
                  "CORS: %s for origin %s, decided at %s",
                  cors_result_name(cors_reason_result(reason)),
                  origin_text(r, state), decided_at(r, state));
}

CORS_RARE
static void observe_refusal(request_rec *r, cors_state_t *state,
                            cors_slot_t *slot, cors_reason_e reason)
{
    cors_refusal_facts_t facts;
    cors_telling_t telling;

    if (state->forbidden) {
        cors_count(slot, CORS_COUNT_FORBIDDEN);
    }
    cors_refusal_facts(&facts, reason, state->decision, state->rules,
                       &state->facts);
    cors_refused_note(r, state, slot, &facts);
    if (cors_observe_telling(&telling, r, slot, reason)) {
        tell_refusal(r, state, &facts, &telling);
    }
}

void cors_observe_decision(request_rec *r, cors_state_t *state)
{
    cors_reason_e reason;
    cors_slot_t *slot;

    if (state->logged || !state->facts.origin) {
        return;
    }
    state->logged = 1;
    slot = cors_slot_of(state->rules, state->decision->policy);
    reason = cors_decision_reason(state->decision, state->rules,
                                  state->facts.headers);
    cors_count(slot, reason);
    if (state->decision->subject.failed) {
        cors_count(slot, CORS_COUNT_SOURCE_ERRORS);
    }
    if (state->rules->settings->trial) {
        cors_candidate_observe(r, state);
    }
    if (CORS_REASON_REFUSES(reason)) {
        observe_refusal(r, state, slot, reason);
    }
    else if (APLOG_R_IS_LEVEL(r, APLOG_DEBUG)) {
        tell_allowed(r, state, reason);
    }
}

/* The faults told last, by a hash of both places, with the minute. Where more
 * than REACH of one minute share a neighbourhood, the last ones wait. */
#define SLOTS 512
#define REACH 8
#define MINUTE 0xfff

/* Shared by all processes, so that a minute's line is one and not one for each
 * of them; each has its own only where there is no shared memory. */
static volatile apr_uint32_t told_here[SLOTS];
static volatile apr_uint32_t *told = told_here;

void cors_observe_share(apr_pool_t *pconf)
{
    void *memory;

    cors_shared_make(&memory, sizeof(told_here), pconf);
    told = memory;
}

static apr_uint32_t hash_of(const cors_where_t *where)
{
    apr_ssize_t len = APR_HASH_KEY_STRING;

    return where && where->file
               ? apr_hashfunc_default(where->file, &len)
                     + (apr_uint32_t)where->line
               : 0;
}

int cors_observe_is_due(const cors_where_t *where, const cors_where_t *other,
                        apr_time_t now)
{
    apr_uint32_t minute = (apr_uint32_t)(apr_time_sec(now) / 60) & MINUTE;
    apr_uint32_t key = (hash_of(where) * 31 + hash_of(other)) * 2654435761u;
    unsigned i;

    for (i = 0; i < REACH; i++) {
        volatile apr_uint32_t *slot = &told[((key >> 12) + i) % SLOTS];
        apr_uint32_t last = apr_atomic_read32(slot);
        apr_uint32_t mine = (key & ~(apr_uint32_t)MINUTE) | minute;

        if (last == mine) {
            return 0;
        }
        if (!last || (last & MINUTE) != minute) {
            return apr_atomic_cas32(slot, mine, last) == last;
        }
    }
    return 0;
}

void cors_observe_fault(request_rec *r, const cors_rules_t *rules)
{
    const cors_fault_t *f = &rules->fault;
    cors_findings_t *words;

    if (!cors_observe_is_due(f->where, f->other, r->request_time)) {
        return;
    }
    words = cors_findings_make(r->pool);
    if (f->advice) {
        cors_finding_add(words, f->id, f->where, f->value, "%s", f->advice);
    }
    else {
        cors_finding_add(words, f->id, f->where, f->value, NULL);
    }
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "%s: %s%s%s%s",
                  cors_place(r->pool, f->where),
                  APR_ARRAY_IDX(words->list, 0, cors_finding_t).text,
                  f->other ? " (see also " : "",
                  f->other ? cors_place(r->pool, f->other) : "",
                  f->other ? ")" : "");
}

void cors_observe_removed(request_rec *r, cors_state_t *state,
                          const char *names)
{
    cors_count(cors_slot_of(state->rules,
                            cors_state_decide(r, state)->policy),
               CORS_COUNT_REMOVED);
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                  "CORS: %s of the backend, handler or mod_headers gave way "
                  "to the policy (CORSBackendHeaders Replace)",
                  cors_escape(r->pool, names, strlen(names)));
}
