/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request_fuzz.c: a request and a handler's headers against policies of all
 * kinds. First line: Origin; second: the method asked for; third: the headers
 * asked for; each further line a header of the response.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apr_strings.h"

#include "engine/decision.h"
#include "engine/origin.h"
#include "engine/respond.h"

#define ACA "Access-Control-"

static const char *const policies[] = {
    "ohttps://app.example.com\nc\nmPUT\nhX-A\nhX-B\nhAuthorization\neX-C",
    "ohttps://*.example.com\nc\nm*\nh*\nhAuthorization\ne*",
    "o*\nm*\nh*\ne*",
    "o*\ndhttps://evil.example",
    "ohttps://app.example.com\na\nc\nmPUT",
    "xhttps://pr-[0-9]{1,6}\\.example\\.com\nhX-A",
};

typedef struct seen_t {
    const char *name, *value;
    int n;
} seen_t;

static int count(void *data, const char *name, const char *value)
{
    seen_t *seen = data;

    if (!strcasecmp(name, seen->name)) {
        seen->n++;
        seen->value = value;
    }
    return 1;
}

static seen_t look(const cors_response_t *r, const char *name)
{
    seen_t seen = {name, NULL, 0};

    apr_table_do(count, &seen, r->out, NULL);
    apr_table_do(count, &seen, r->err, NULL);
    return seen;
}

static int is_clean(void *data, const char *name, const char *value)
{
    const cors_response_t *r = data;

    if (!strncasecmp(name, ACA, strlen(ACA))) {
        HOLDS(look(r, name).n == 1);
        for (; *value; value++) {
            HOLDS(*value >= ' ' && *value < 0x7f);
        }
    }
    return 1;
}

static void check(const cors_response_t *r, const cors_rules_t *rules,
                  const cors_facts_t *facts, const cors_decision_t *d)
{
    seen_t origin = look(r, ACA "Allow-Origin");
    seen_t credentials = look(r, ACA "Allow-Credentials");
    seen_t vary = look(r, "Vary");
    int same_for_all = rules->plain || rules->always;
    cors_origin_t o;

    apr_table_do(is_clean, (void *)r, r->out, NULL);
    apr_table_do(is_clean, (void *)r, r->err, NULL);
    HOLDS((origin.n == 1) == (d->granted != 0));
    HOLDS(!credentials.n || origin.n);
    if (origin.n && !same_for_all) {
        HOLDS(facts->origin && !strcmp(origin.value, facts->origin));
        HOLDS(cors_origin_parse(&o, facts->origin, facts->origin_len)
              == CORS_ORIGIN_OK);
    }
    if (credentials.n) {
        HOLDS(!strcmp(credentials.value, "true"));
        HOLDS(strcmp(origin.value, "*"));
        HOLDS(strcmp(origin.value, "null"));
    }
    if (!same_for_all) {
        HOLDS(vary.n >= 1);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The headers in no order. */
static const char *as_text(const apr_table_t *t, apr_pool_t *pool)
{
    const apr_array_header_t *elts = apr_table_elts(t);
    apr_array_header_t *lines = apr_array_make(pool, 16, sizeof(char *));
    int i;

    for (i = 0; i < elts->nelts; i++) {
        const apr_table_entry_t *e = &APR_ARRAY_IDX(elts, i,
                                                    apr_table_entry_t);

        APR_ARRAY_PUSH(lines, char *) = apr_pstrcat(pool, e->key, ": ",
                                                    e->val, NULL);
    }
    qsort(lines->elts, (size_t)lines->nelts, sizeof(char *), by_text);
    return apr_array_pstrcat(pool, lines, '\n');
}

static void add_headers(cors_response_t *r, char *lines, apr_pool_t *pool)
{
    char *line, *colon;

    while ((line = fuzz_line(&lines)) != NULL) {
        colon = strchr(line, ':');
        if (!colon || colon == line) {
            continue;
        }
        apr_table_add(*line == '!' ? r->err : r->out,
                      apr_pstrmemdup(pool, line + (*line == '!'),
                                     (size_t)(colon - line - (*line == '!'))),
                      colon + 1);
    }
}

static void try_policy(const char *policy, const cors_facts_t *facts,
                       const char *headers, apr_pool_t *pool)
{
    cors_settings_t *s = fuzz_section(apr_pstrdup(pool, policy), pool, NULL);
    const cors_rules_t *rules = s->rules;
    cors_response_t r = {0};
    cors_decision_t d;
    const char *once;
    cors_span_t at;

    HOLDS(rules->in_force && !rules->fault.id);
    r.pool = pool;
    r.out = apr_table_make(pool, 8);
    r.err = apr_table_make(pool, 8);
    add_headers(&r, headers ? apr_pstrdup(pool, headers) : NULL, pool);
    cors_decide(&d, rules, facts, pool);
    cors_respond(&r, rules, &d, facts);
    check(&r, rules, facts, &d);
    once = as_text(r.out, pool);
    cors_respond(&r, rules, &d, facts);
    HOLDS(!strcmp(once, as_text(r.out, pool)));
    if (s->headers && facts->headers) {
        /* Sorted or not, a list holds the same. */
        cors_list_t unsorted = *s->headers;

        unsorted.sorted = NULL;
        HOLDS(cors_list_check(s->headers, facts->headers, &at)
              == cors_list_check(&unsorted, facts->headers, &at));
    }
}

void fuzz_one(const uint8_t *data, size_t size, apr_pool_t *pool)
{
    char *rest = fuzz_text(data, size, pool);
    cors_facts_t facts = {0};
    size_t i;

    facts.origin = fuzz_line(&rest);
    facts.origin_len = strlen(facts.origin);
    facts.method = fuzz_line(&rest);
    facts.preflight = facts.method && *facts.method;
    facts.headers = fuzz_line(&rest);
    if (!facts.origin_len) {
        facts.origin = NULL;
        facts.preflight = 0;
    }
    for (i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        try_policy(policies[i], &facts, rest, pool);
    }
}
