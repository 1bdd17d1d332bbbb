/* SPDX-License-Identifier: Apache-2.0 */
/*
 * respond.c: take out what others wrote, write what the policy says, merge
 * Vary.
 */
#include "respond.h"

#include <string.h>

#include "apr_strings.h"

#include "exposed.h"
#include "rare.h"
#include "vary.h"

#define ALLOW_ORIGIN "Access-Control-Allow-Origin"
#define ALLOW_CREDENTIALS "Access-Control-Allow-Credentials"
#define ALLOW_METHODS "Access-Control-Allow-Methods"
#define ALLOW_HEADERS "Access-Control-Allow-Headers"
#define EXPOSE_HEADERS "Access-Control-Expose-Headers"
#define MAX_AGE "Access-Control-Max-Age"
#define TIMING "Timing-Allow-Origin"

/* Nearly every table holds neither of ours nor Vary. The first letters tell:
 * of most names the first, of Accept-Ranges, which every file has, the fifth. */
static int may_hold(const apr_table_t *table)
{
    const apr_array_header_t *elts = apr_table_elts(table);
    const apr_table_entry_t *e = (const apr_table_entry_t *)elts->elts;
    const apr_table_entry_t *end = e + elts->nelts;

    for (; e < end; e++) {
        const char *name = e->key;
        int first = name[0] | 0x20;

        if (first == 'v'
            || (first == 'a' && (name[1] | 0x20) == 'c'
                && (name[2] | 0x20) == 'c' && (name[3] | 0x20) == 'e'
                && (name[4] | 0x20) == 's')) {
            return 1;
        }
    }
    return 0;
}

static void note_removed(cors_response_t *r, const char *name)
{
    r->removed = r->removed ? apr_pstrcat(r->pool, r->removed, ", ", name,
                                          NULL)
                            : name;
}

/* Takes every Access-Control-* out of a table and notes the names. Returns 1
 * where there is a Vary: the same walk sees it. */
CORS_RARE
static int strip(cors_response_t *r, apr_table_t *table)
{
    const apr_array_header_t *elts = apr_table_elts(table);
    const apr_table_entry_t *e = (const apr_table_entry_t *)elts->elts;
    const apr_table_entry_t *end = e + elts->nelts;
    int vary = 0;

    while (e < end) {
        if (cors_is_cors_header(e->key)) {
            note_removed(r, e->key);
            /* Shifts the entries: start again. */
            apr_table_unset(table, e->key);
            e = (const apr_table_entry_t *)elts->elts;
            end = e + elts->nelts;
            continue;
        }
        vary |= (e->key[0] | 0x20) == 'v' && !strcasecmp(e->key, "Vary");
        e++;
    }
    return vary;
}

/* What both kinds of answer start with. All Access-Control-* were taken out
 * before, so adding is as good as setting, and cheaper. */
static const char *write_origin(cors_response_t *r, const cors_rules_t *rules,
                                const cors_decision_t *d)
{
    const char *origin = rules->plain    ? "*"
                         : rules->always ? rules->always
                                         : d->subject.text;

    apr_table_addn(r->out, ALLOW_ORIGIN, origin);
    if (d->policy->credentials) {
        apr_table_addn(r->out, ALLOW_CREDENTIALS, "true");
    }
    return origin;
}

static void write_actual(cors_response_t *r, const cors_decision_t *d,
                         const cors_facts_t *facts)
{
    const cors_list_t *expose = d->policy->expose;
    const char *text = expose ? expose->text : NULL;

    if (cors_respond_needs_names(d, facts)) {
        /* A 304's shorter list would overwrite the stored one. */
        text = r->is_304 ? NULL
                         : cors_exposed_names(expose, r->out, r->err, r->later,
                                              r->pool);
    }
    if (text) {
        apr_table_addn(r->out, EXPOSE_HEADERS, text);
    }
}

/* Returns 1 where the answer depends on what was asked. */
static int write_preflight(cors_response_t *r, const cors_decision_t *d,
                           const cors_facts_t *facts)
{
    const cors_policy_t *p = d->policy;
    const char *methods = p->methods ? p->methods->text : NULL;
    const char *headers = p->headers ? p->headers->text : NULL;
    int echoes = 0;

    /* With credentials "*" is a literal name to browsers. */
    if (p->credentials && p->methods && p->methods->any) {
        methods = cors_list_has_method(p->methods, facts->method,
                                       strlen(facts->method))
                      ? facts->method : NULL;
        echoes = 1;
    }
    if (p->credentials && p->headers && p->headers->any) {
        headers = cors_list_echo(p->headers, facts->headers, r->pool);
        echoes = 1;
    }
    if (methods) {
        apr_table_addn(r->out, ALLOW_METHODS, methods);
    }
    if (headers) {
        apr_table_addn(r->out, ALLOW_HEADERS, headers);
    }
    if (p->max_age) {
        apr_table_addn(r->out, MAX_AGE, p->max_age);
    }
    return echoes;
}

static void merge_vary(cors_response_t *r, const cors_rules_t *rules,
                       int there, int echoes)
{
    static const char *const origin[] = {"Origin", NULL};
    static const char *const origin_304[] = {"Origin", "Accept-Encoding",
                                             NULL};
    static const char *const echo[] = {
        "Origin", "Access-Control-Request-Method",
        "Access-Control-Request-Headers", NULL
    };
    int same_for_all = rules->plain || rules->always;

    if (same_for_all && !rules->keep && !echoes) {
        return;
    }
    if (echoes) {
        cors_vary_merge(r->pool, r->out, r->err,
                        same_for_all && !rules->keep ? echo + 1 : echo);
    }
    else if (!there && !r->is_304) {
        apr_table_addn(r->out, "Vary", origin[0]);
    }
    else {
        /* mod_deflate names Accept-Encoding on the 200 only, and a cache
         * replaces the stored Vary by the 304's. */
        cors_vary_merge(r->pool, r->out, r->err,
                        r->is_304 ? origin_304 : origin);
    }
}

/* The backend's Access-Control-Allow-Origin where it is to be kept. */
CORS_RARE
static const char *kept_origin(const cors_response_t *r,
                               const cors_decision_t *d)
{
    const char *kept;

    if (r->is_ours || d->denied) {
        return NULL;
    }
    kept = apr_table_get(r->out, ALLOW_ORIGIN);
    return kept ? kept : apr_table_get(r->err, ALLOW_ORIGIN);
}

/* The same value as Access-Control-Allow-Origin on the same response. */
CORS_RARE
static void write_timing(cors_response_t *r, const char *origin)
{
    apr_table_unset(r->err, TIMING);
    if (origin) {
        apr_table_setn(r->out, TIMING, origin);
    }
    else {
        apr_table_unset(r->out, TIMING);
    }
}

/* Returns 1 where the answer depends on what was asked. */
static int write_granted(cors_response_t *r, const cors_rules_t *rules,
                         const cors_decision_t *d, const cors_facts_t *facts)
{
    const char *origin = write_origin(r, rules, d);

    if (facts->preflight) {
        return write_preflight(r, d, facts);
    }
    if (d->policy->timing) {
        /* Before the names are listed: it is one of them. */
        write_timing(r, origin);
    }
    write_actual(r, d, facts);
    return 0;
}

int cors_respond_to_all(const cors_rules_t *rules, int is_304,
                        apr_table_t *out, const apr_table_t *err)
{
    const cors_list_t *expose = rules->one.expose;

    if (rules->always || rules->keep || rules->timing || is_304
        || may_hold(out) || may_hold(err)) {
        return 0;
    }
    if (!rules->plain) {
        apr_table_addn(out, "Vary", "Origin");
        return 1;
    }
    apr_table_addn(out, ALLOW_ORIGIN, "*");
    if (expose && expose->text) {
        apr_table_addn(out, EXPOSE_HEADERS, expose->text);
    }
    return 1;
}

void cors_respond(cors_response_t *r, const cors_rules_t *rules,
                  const cors_decision_t *d, const cors_facts_t *facts)
{
    const char *kept = rules->keep ? kept_origin(r, d) : NULL;
    int vary, echoes = 0;

    if (kept) {
        if (!facts->preflight
            && (d->granted ? d->policy->timing : rules->timing)) {
            write_timing(r, kept);
        }
        merge_vary(r, rules, 1, 0);
        return;
    }
    vary = may_hold(r->out) ? strip(r, r->out) : 0;
    if (may_hold(r->err)) {
        vary |= strip(r, r->err);
    }
    if (d->granted) {
        echoes = write_granted(r, rules, d, facts);
    }
    else if (rules->timing && !facts->preflight) {
        write_timing(r, NULL);
    }
    merge_vary(r, rules, vary, echoes);
}
