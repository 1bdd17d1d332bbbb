/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch_test.c: the other side. A browser, as the Fetch Standard writes it
 * ("CORS check", "CORS-preflight fetch"), reads the headers that random
 * policies send, and must come to the same verdict as CORS_RESULT: always
 * without credentials, and with them where the policy allows them.
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "engine/browser.h"
#include "sections.h"

/* Ten requests each. */
#define CONFIGS 5000

/* ---- the browser -------------------------------------------------------- */

typedef struct browser_t {
    const char *origin;         /* byte-serialised */
    int include;                /* credentials mode "include" */
    const char *method;
    const char *const *unsafe;  /* CORS-unsafe request-header names */
    size_t n;
} browser_t;

/* Fetch, "getting" a header: several lines are joined by ", ". */
static const char *get(const apr_table_t *response, const char *name)
{
    return apr_table_getm(pool, response, name);
}

/* Fetch, "CORS check", step by step. */
static int cors_check(const browser_t *b, const apr_table_t *response)
{
    const char *origin = get(response, "Access-Control-Allow-Origin");
    const char *credentials;

    if (!origin) {
        return 0;
    }
    if (!b->include && !strcmp(origin, "*")) {
        return 1;
    }
    if (strcmp(b->origin, origin)) {
        return 0;
    }
    if (!b->include) {
        return 1;
    }
    credentials = get(response, "Access-Control-Allow-Credentials");
    return credentials && !strcmp(credentials, "true");
}

/* Is the item in "extracting header list values", compared with case or
 * without? */
static int contains(const char *list, const char *item, int with_case)
{
    size_t len = strlen(item);
    cors_span_t word;

    while (list && cors_next_element(&list, &word)) {
        /* Failure to parse would be a network error. */
        assert_true(cors_is_token(word.text, word.len));
        if (word.len == len
            && !(with_case ? strncmp(word.text, item, len)
                           : strncasecmp(word.text, item, len))) {
            return 1;
        }
    }
    return 0;
}

static int is_safelisted(const char *method)
{
    return !strcmp(method, "GET") || !strcmp(method, "HEAD")
           || !strcmp(method, "POST");
}

/* Fetch, "CORS-preflight fetch", from the check of the response on. */
static int preflight(const browser_t *b, const apr_table_t *response)
{
    const char *methods = get(response, "Access-Control-Allow-Methods");
    const char *names = get(response, "Access-Control-Allow-Headers");
    size_t i;

    if (!cors_check(b, response)) {
        return 0;
    }
    if (!contains(methods, b->method, 1) && !is_safelisted(b->method)
        && (b->include || !contains(methods, "*", 1))) {
        return 0;
    }
    for (i = 0; i < b->n; i++) {
        /* CORS non-wildcard request-header name */
        if (!strcasecmp(b->unsafe[i], "Authorization")
            && !contains(names, b->unsafe[i], 0)) {
            return 0;
        }
    }
    for (i = 0; i < b->n; i++) {
        if (!contains(names, b->unsafe[i], 0)
            && (b->include || !contains(names, "*", 1))) {
            return 0;
        }
    }
    return 1;
}

/* ---- the server --------------------------------------------------------- */

static const choices_t who[] = {
    {"AllowOrigin https://a.example", "AllowOrigin https://*.example",
     "AllowOrigin *", "Tolerate null-origin; AllowOrigin null https://c.test",
     "AllowOriginMatch https://[ac]\\.example", "UsePolicy p q",
     "UsePolicy q", "AllowOrigin None"},
};

static const choices_t lines[] = {
    {"AllowCredentials On", "AllowCredentials On", "AllowCredentials Off"},
    {"SendOrigin Always", "SendOrigin Matching"},
    {"AllowMethods PUT", "AllowMethods *", "AllowMethods * PUT",
     "AllowMethods put PURGE"},
    {"AllowHeaders X-A", "AllowHeaders *", "AllowHeaders * Authorization",
     "AllowHeaders Authorization X-B"},
    {"ExposeHeaders *", "ExposeHeaders X-A"},
    {"MaxAge 5"},
    {"DenyOrigin https://a.example", "DenyOrigin https://*.example"},
    {"BackendHeaders Keep", "TimingAllowOrigin On"},
};

static const char *const policies[] = {
    "p: AllowOrigin https://a.example; AllowCredentials On; AllowMethods *; "
    "AllowHeaders *",
    "q: AllowOrigin *; AllowMethods PUT; AllowHeaders X-A; "
    "DenyOrigin https://b.example",
};

static const char *const origins[] = {
    "https://a.example", "https://b.example", "https://c.test", "null",
    "file://", "http://a.example", "https://a.example.", "app://x",
};

static const char *const methods[] = {
    "GET", "HEAD", "POST", "PUT", "put", "PURGE", "DELETE",
};

static const char *const names[] = {
    "authorization", "content-type", "x-a", "x-b",
};

/* Sorted, lower case, joined by a comma alone: as browsers send them. */
static const char *ask(browser_t *b)
{
    const char **unsafe = apr_pcalloc(pool, sizeof(names));
    const char *asked = NULL;
    size_t i;

    b->n = 0;
    for (i = 0; i < COUNT(names); i++) {
        if (!pick(3)) {
            unsafe[b->n++] = names[i];
            asked = asked ? apr_pstrcat(pool, asked, ",", names[i], NULL)
                          : names[i];
        }
    }
    b->unsafe = unsafe;
    return asked;
}

static void respond(const cors_rules_t *rules, const cors_facts_t *facts,
                    cors_decision_t *d, cors_response_t *r)
{
    cors_decide(d, rules, facts, pool);
    memset(r, 0, sizeof(*r));
    r->pool = pool;
    r->out = apr_table_make(pool, 8);
    r->err = apr_table_make(pool, 2);
    r->is_ours = facts->preflight;
    cors_respond(r, rules, d, facts);
}

/* What engine/browser.c makes of the same response. */
static int engine_reads(const browser_t *b, const cors_facts_t *facts,
                        const apr_table_t *response)
{
    apr_array_header_t *headers =
        apr_array_make(pool, 4, sizeof(cors_fetch_header_t));
    cors_fetch_t fetch = {b->origin, "https://here.test", b->method, headers,
                          b->include};
    cors_browser_t engine;
    size_t i;

    for (i = 0; i < b->n; i++) {
        cors_fetch_header_t h = {b->unsafe[i], NULL};

        APR_ARRAY_PUSH(headers, cors_fetch_header_t) = h;
    }
    cors_browser_begin(&engine, pool, &fetch);
    assert_text(engine.unsafe, facts->headers);
    if (facts->preflight) {
        cors_browser_preflight(&engine, 204, response);
    }
    else {
        cors_browser_response(&engine, response);
    }
    return !engine.failed;
}

static void compare(const char *config, const cors_rules_t *rules,
                    browser_t *b)
{
    const char *headers = ask(b);
    request_t request = {b->origin, pick(2) ? b->method : NULL, headers};
    cors_response_t r;
    cors_facts_t facts;
    cors_decision_t d;
    int allowed, reads[2];

    make_facts(&facts, &request);
    respond(rules, &facts, &d, &r);
    for (b->include = 0; b->include < 2; b->include++) {
        reads[b->include] = facts.preflight ? preflight(b, r.out)
                                            : cors_check(b, r.out);
        if (strcmp(b->method, "put")
            && engine_reads(b, &facts, r.out) != reads[b->include]) {
            fail_msg("%s\n%s %s: engine/browser.c disagrees\n%s", config,
                     b->origin, b->method, show_headers(r.out));
        }
    }
    allowed = d.result == CORS_RESULT_ALLOWED
              || d.result == CORS_RESULT_PREFLIGHT_ALLOWED;
    if (reads[0] != allowed
        || reads[1] != (allowed && d.policy->credentials != NULL)) {
        fail_msg("%s\n%s %s %s: %s, and the browser reads %d, with "
                 "credentials %d\n%s", config, b->origin,
                 facts.preflight ? b->method : "(actual)",
                 headers ? headers : "", cors_result_name(d.result), reads[0],
                 reads[1], show_headers(r.out));
    }
}

static void agree(void)
{
    apr_pool_t *all = pool;
    int round, i, seen = 0;

    pick_from(3);
    for (round = 0; round < CONFIGS; round++) {
        cors_settings_t *s;
        cors_rules_t rules;
        const char *text;

        apr_pool_create(&pool, all);
        text = apr_pstrcat(pool, who[0][pick(8)], "; ",
                           pick_lines(lines, COUNT(lines)), "; ",
                           pick_lines(lines, COUNT(lines)), NULL);
        s = read_section(read_policies(policies, COUNT(policies)), "1", text);
        cors_settings_seal(s);
        cors_rules_make(&rules, s);
        seen += !rules.fault.id;
        for (i = 0; i < 10; i++) {
            browser_t b = {0};

            b.origin = origins[pick(COUNT(origins))];
            b.method = methods[pick(COUNT(methods))];
            compare(text, &rules, &b);
        }
        apr_pool_destroy(pool);
        pool = all;
    }
    /* Faults grant nothing, which says little: most have none. */
    assert_true(seen > CONFIGS / 2);
}

static const case_t browsers[] = {
    {"a browser comes to the same verdict", agree},
};

int main(void)
{
    static const table_t tables[] = {CASES(browsers)};

    return run_tables(tables, COUNT(tables));
}
