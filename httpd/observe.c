/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observe.c: variables and log lines. Text from the request is escaped
 * wherever it is written.
 */
#include "httpd/observe.h"

#include "apr_atomic.h"
#include "apr_shm.h"
#include "apr_strings.h"
#include "apr_time.h"

#include "httpd/candidate.h"
#include "httpd/counters.h"
#include "httpd/registry.h"

APLOG_USE_MODULE(cors);

static const char *origin_text(request_rec *r, cors_state_t *state)
{
    /* What was granted is a valid origin, so printable as it is. */
    if (state->decision.granted && !state->rules->plain
        && !state->rules->always) {
        return state->facts.origin;
    }
    return cors_escape(r->pool, state->facts.origin, state->facts.origin_len);
}

/* The policy's name, or the line of an unnamed one. */
static const char *policy_name(const cors_state_t *state)
{
    const cors_policy_t *p = state->decision.policy;

    if (!p->origins && state->rules->n == 1) {
        p = &state->rules->one;
    }
    if (p->named) {
        return p->named->name;
    }
    return p->origins ? p->origins->label : NULL;
}

void cors_observe_variables(request_rec *r, cors_state_t *state)
{
    apr_table_t *env = r->subprocess_env;
    /* In an empty table adding sets, and need not search. */
    void (*set)(apr_table_t *, const char *, const char *) =
        apr_is_empty_table(env) ? apr_table_addn : apr_table_setn;
    const char *result, *policy;

    if (state->told == r) {
        return;
    }
    state->told = r;
    result = cors_result_name(cors_decision_result(&state->decision));
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

/* Whether configtest would ask for it: http beside credentials. */
static int needs_tolerance(const cors_state_t *state)
{
    const cors_origin_t *o = &state->decision.subject.origin;

    return state->rules->n == 1 && state->rules->one.credentials
           && o->scheme == CORS_SCHEME_HTTP && !cors_origin_is_loopback(o);
}

/* What to write so that the same request is allowed. */
static const char *remedy(request_rec *r, cors_state_t *state)
{
    const cors_decision_t *d = &state->decision;
    const char *at = d->at.len ? cors_escape(r->pool, d->at.text, d->at.len)
                               : "";

    switch (d->result) {
    case CORS_RESULT_REFUSED_METHOD:
        return apr_pstrcat(r->pool, "the method ", at,
                           " is not allowed; to allow it: CORSAllowMethods ",
                           at, NULL);
    case CORS_RESULT_REFUSED_HEADER:
        return apr_pstrcat(r->pool, "the header ", at,
                           " is not allowed; to allow it: CORSAllowHeaders ",
                           at, NULL);
    case CORS_RESULT_REFUSED_MALFORMED:
        return "Origin is not an origin as browsers write it";
    default:
        break;
    }
    if (d->denied) {
        return "a CORSDenyOrigin names it";
    }
    if (state->rules->fault.id) {
        return "the policy contradicts itself and allows nobody";
    }
    cors_subject_parse(&state->decision.subject);
    if (state->decision.subject.origin.scheme == CORS_SCHEME_NULL) {
        return "no entry allows it; any site can make a null origin, so to "
               "allow it: CORSAllowOrigin *";
    }
    return apr_pstrcat(r->pool, "no entry allows it; to allow it: "
                       "CORSAllowOrigin ", origin_text(r, state),
                       needs_tolerance(state)
                           ? " and CORSTolerate insecure-origins" : "", NULL);
}

static const char *decided_at(request_rec *r, const cors_state_t *state)
{
    return cors_place(r->pool,
                      cors_decision_where(&state->decision, state->rules));
}

void cors_observe_decision(request_rec *r, cors_state_t *state)
{
    cors_result_e result;
    cors_slot_t *slot;
    int level;

    if (state->logged || !state->facts.origin) {
        return;
    }
    state->logged = 1;
    slot = cors_slot_of(state->rules, state->decision.policy);
    cors_count(slot, cors_decision_reason(&state->decision, state->rules,
                                          state->facts.headers));
    if (state->forbidden) {
        cors_count(slot, CORS_COUNT_FORBIDDEN);
    }
    if (state->rules->settings->trial) {
        cors_candidate_observe(r, state);
    }
    result = cors_decision_result(&state->decision);
    level = result == CORS_RESULT_ALLOWED || result == CORS_RESULT_SAME_ORIGIN
                    || result == CORS_RESULT_PREFLIGHT_ALLOWED
                ? APLOG_DEBUG : APLOG_INFO;
    if (!APLOG_R_IS_LEVEL(r, level)) {
        return;
    }
    if (level == APLOG_DEBUG) {
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r,
                      "CORS: %s for origin %s, decided at %s",
                      cors_result_name(result), origin_text(r, state),
                      decided_at(r, state));
        return;
    }
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                  "CORS: %s%s for origin %s, decided at %s: %s%s",
                  cors_result_name(result),
                  state->rules->engine == CORS_ENGINE_REPORT
                      ? " (ReportOnly: not enforced)" : "",
                  origin_text(r, state),
                  decided_at(r, state), remedy(r, state),
                  state->forbidden
                      ? "; answered 403 by CORSRefusal: where another site's "
                        "form must post here (login, payment), write "
                        "CORSRefusal Silent there instead: a listed origin "
                        "may read"
                      : "");
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
    apr_shm_t *shared;

    told = told_here;
    if (apr_shm_create(&shared, sizeof(told_here), NULL, pconf)
        == APR_SUCCESS) {
        memset(apr_shm_baseaddr_get(shared), 0, sizeof(told_here));
        told = apr_shm_baseaddr_get(shared);
    }
}

static apr_uint32_t hash_of(const cors_where_t *where)
{
    apr_ssize_t len = APR_HASH_KEY_STRING;

    return where && where->file
               ? apr_hashfunc_default(where->file, &len)
                     + (apr_uint32_t)where->line
               : 0;
}

static int is_due(const cors_fault_t *fault, apr_time_t now)
{
    apr_uint32_t minute = (apr_uint32_t)(apr_time_sec(now) / 60) & MINUTE;
    apr_uint32_t key = (hash_of(fault->where) * 31 + hash_of(fault->other))
                       * 2654435761u;
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

    if (!is_due(f, r->request_time)) {
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
