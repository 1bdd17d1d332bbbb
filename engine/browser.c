/* SPDX-License-Identifier: Apache-2.0 */
/*
 * browser.c: Fetch's algorithms by their names.
 */
#include "browser.h"

#include <stdlib.h>
#include <string.h>

#include "apr_lib.h"
#include "apr_strings.h"

#include "fields.h"

#define UNSAFE_NAMES \
    "CORS-unsafe request-header names", "cors-unsafe-request-header-names"
#define HTTP_FETCH "HTTP fetch", "http-fetch"
#define MAIN_FETCH "Main fetch", "main-fetch"

void cors_browser_add(cors_browser_t *b, cors_stage_e stage, cors_step_e result,
                      const char *rule, const char *anchor, const char *saw)
{
    cors_browser_step_t *step = apr_array_push(b->steps);

    step->stage = stage;
    step->rule = rule;
    step->anchor = anchor;
    step->saw = saw;
    step->result = result;
}

void cors_browser_fail(cors_browser_t *b, cors_stage_e stage, cors_fail_e why,
                       const char *rule, const char *anchor, const char *saw)
{
    cors_browser_add(b, stage, CORS_STEP_FAILED, rule, anchor, saw);
    b->failed = why;
    b->failed_at = stage;
}

/* ---- before anything is sent ------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_unsafe(cors_browser_t *b, const char *name)
{
    char *lower = apr_pstrdup(b->pool, name), *c;
    int i;

    for (c = lower; *c; c++) {
        *c = (char)apr_tolower(*c);
    }
    for (i = 0; i < b->unsafe_names->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(b->unsafe_names, i, const char *), lower)) {
            return;
        }
    }
    APR_ARRAY_PUSH(b->unsafe_names, const char *) = lower;
}

/* One header of the script: says what becomes of it. Returns the length of a
 * safelisted value: together they may have 1024 bytes. */
static apr_size_t look_at(cors_browser_t *b, const cors_fetch_header_t *h)
{
    switch (cors_fetch_header(h)) {
    case CORS_HEADER_FORBIDDEN:
        cors_browser_add(b, CORS_STAGE_REQUEST, CORS_STEP_NOTE,
                         "Forbidden request-header", "forbidden-request-header",
                         apr_pstrcat(b->pool, h->name,
                                     " cannot be set by a script: the "
                                     "browser leaves it out",
                                     NULL));
        return 0;
    case CORS_HEADER_UNSAFE:
        add_unsafe(b, h->name);
        if (!h->value && cors_is_safelisted_request_name(h->name)) {
            cors_browser_add(
                b, CORS_STAGE_REQUEST, CORS_STEP_NOTE, UNSAFE_NAMES,
                apr_pstrcat(b->pool, h->name,
                            " is taken for one that needs a "
                            "preflight, as application/json does; with the "
                            "value of a form it would need none: write "
                            "\"Content-Type: text/plain\"",
                            NULL));
        }
        else if (cors_is_safelisted_request_name(h->name)) {
            cors_browser_add(b, CORS_STAGE_REQUEST, CORS_STEP_NOTE,
                             UNSAFE_NAMES,
                             apr_pstrcat(b->pool, h->name,
                                         " has a value that needs a "
                                         "preflight: ",
                                         h->value, NULL));
        }
        return 0;
    default:
        if (!h->value) {
            cors_browser_add(
                b, CORS_STAGE_REQUEST, CORS_STEP_NOTE,
                "CORS-safelisted request-header",
                "cors-safelisted-request-header",
                apr_pstrcat(b->pool, h->name,
                            " needs no preflight with a "
                            "usual value; to try another, write \"",
                            h->name, ": value\"", NULL));
        }
        return h->value ? strlen(h->value) : 0;
    }
}

/* Fetch, "CORS-unsafe request-header names". */
static void find_unsafe(cors_browser_t *b)
{
    const apr_array_header_t *headers = b->fetch->headers;
    apr_size_t safelisted = 0;
    int i;

    b->unsafe_names = apr_array_make(b->pool, 8, sizeof(const char *));
    for (i = 0; headers && i < headers->nelts; i++) {
        safelisted
            += look_at(b, &APR_ARRAY_IDX(headers, i, cors_fetch_header_t));
    }
    for (i = 0; safelisted > 1024 && i < headers->nelts; i++) {
        const cors_fetch_header_t *h
            = &APR_ARRAY_IDX(headers, i, cors_fetch_header_t);

        if (cors_fetch_header(h) == CORS_HEADER_SAFELISTED) {
            add_unsafe(b, h->name);
        }
    }
    if (b->unsafe_names->nelts) {
        qsort(b->unsafe_names->elts, (size_t)b->unsafe_names->nelts,
              sizeof(const char *), by_name);
        b->unsafe = apr_array_pstrcat(b->pool, b->unsafe_names, ',');
    }
}

static void decide_preflight(cors_browser_t *b)
{
    const int method = cors_is_safelisted_method(b->method, strlen(b->method));

    if (method && !b->unsafe) {
        cors_browser_add(
            b, CORS_STAGE_REQUEST, CORS_STEP_PASSED, HTTP_FETCH,
            apr_pstrcat(b->pool, "no preflight: ", b->method,
                        " is a "
                        "CORS-safelisted method, and no header needs one",
                        NULL));
        return;
    }
    b->needs_preflight = 1;
    cors_browser_add(b, CORS_STAGE_REQUEST, CORS_STEP_NOTE, HTTP_FETCH,
                     apr_pstrcat(b->pool, "a preflight goes first, because of ",
                                 method ? "" : "the method ",
                                 method ? "" : b->method,
                                 !method && b->unsafe ? " and " : "",
                                 !b->unsafe                   ? ""
                                 : b->unsafe_names->nelts > 1 ? "the headers "
                                                              : "the header ",
                                 b->unsafe ? b->unsafe : "", NULL));
}

void cors_browser_begin(cors_browser_t *b, apr_pool_t *pool,
                        const cors_fetch_t *fetch)
{
    memset(b, 0, sizeof(*b));
    b->pool = pool;
    b->fetch = fetch;
    b->steps = apr_array_make(pool, 12, sizeof(cors_browser_step_t));
    b->method = cors_normalize_method(fetch->method);
    if (cors_is_forbidden_method(b->method, strlen(b->method))) {
        cors_browser_fail(b, CORS_STAGE_REQUEST, CORS_FAIL_METHOD_FORBIDDEN,
                          "Forbidden method", "forbidden-method",
                          apr_pstrcat(pool, "no script may use ", b->method,
                                      NULL));
        b->at = fetch->method;
        return;
    }
    if (strcmp(b->method, fetch->method)) {
        cors_browser_add(b, CORS_STAGE_REQUEST, CORS_STEP_NOTE,
                         "Normalize a method", "concept-method-normalize",
                         apr_pstrcat(pool, fetch->method, " is sent as ",
                                     b->method, NULL));
    }
    find_unsafe(b);
    if (strcmp(fetch->origin, "null")
        && !strcmp(fetch->origin, fetch->url_origin)) {
        b->same_origin = 1;
        cors_browser_add(
            b, CORS_STAGE_REQUEST, CORS_STEP_PASSED, MAIN_FETCH,
            apr_pstrcat(pool, "the page and the URL are of one origin, ",
                        fetch->origin, ": CORS does not apply", NULL));
        return;
    }
    cors_browser_add(b, CORS_STAGE_REQUEST, CORS_STEP_NOTE, MAIN_FETCH,
                     apr_pstrcat(pool, "the page is of ", fetch->origin,
                                 ", the URL of ", fetch->url_origin,
                                 ": a CORS request", NULL));
    decide_preflight(b);
}
