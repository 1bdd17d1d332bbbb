/* SPDX-License-Identifier: Apache-2.0 */
/*
 * browser_response.c: what a browser checks in the responses.
 */
#include "browser.h"

#include <string.h>

#include "apr_strings.h"

#include "fields.h"

#define CORS_CHECK "CORS check", "concept-cors-check"
#define PREFLIGHT_FETCH "CORS-preflight fetch", "cors-preflight-fetch-0"
#define MAIN_FETCH "Main fetch", "main-fetch"
#define FILTERED "CORS filtered response", "concept-filtered-response-cors"

typedef struct values_t {
    apr_pool_t *pool;
    const char *text;
} values_t;

static int join(void *data, const char *name, const char *value)
{
    values_t *v = data;

    (void)name;
    v->text
        = v->text ? apr_pstrcat(v->pool, v->text, ", ", value, NULL) : value;
    return 1;
}

/* Fetch, "get" a header from a header list: its values, combined. */
static const char *get(cors_browser_t *b, const apr_table_t *headers,
                       const char *name)
{
    values_t v = {b->pool, NULL};

    apr_table_do(join, &v, headers, name, NULL);
    return v.text;
}

#define ALLOW_ORIGIN "Access-Control-Allow-Origin"
#define ALLOW_CREDENTIALS "Access-Control-Allow-Credentials"

static int check_credentials(cors_browser_t *b, cors_stage_e stage,
                             const apr_table_t *headers)
{
    const char *value = get(b, headers, ALLOW_CREDENTIALS);

    if (value && !strcmp(value, "true")) {
        cors_browser_add(b, stage, CORS_STEP_PASSED, CORS_CHECK,
                         ALLOW_CREDENTIALS " is true");
        return 1;
    }
    cors_browser_fail(b, stage, CORS_FAIL_CREDENTIALS, CORS_CHECK,
                      value ? apr_pstrcat(b->pool, ALLOW_CREDENTIALS " is ",
                                          value, ", not true", NULL)
                            : ALLOW_CREDENTIALS
                          " is missing, and the request has "
                          "credentials");
    return 0;
}

/* Fetch, "CORS check". */
static int cors_check(cors_browser_t *b, cors_stage_e stage,
                      const apr_table_t *headers)
{
    const char *origin = get(b, headers, ALLOW_ORIGIN);

    if (!origin) {
        cors_browser_fail(b, stage, CORS_FAIL_ORIGIN, CORS_CHECK,
                          ALLOW_ORIGIN " is missing");
        return 0;
    }
    if (!b->fetch->credentials && !strcmp(origin, "*")) {
        cors_browser_add(b, stage, CORS_STEP_PASSED, CORS_CHECK,
                         ALLOW_ORIGIN
                         " is *, and the request has no credentials");
        return 1;
    }
    if (strcmp(origin, b->fetch->origin)) {
        cors_browser_fail(
            b, stage, strcmp(origin, "*") ? CORS_FAIL_ORIGIN : CORS_FAIL_ANY,
            CORS_CHECK,
            apr_pstrcat(b->pool, ALLOW_ORIGIN " is ", origin,
                        strcmp(origin, "*")
                            ? ", not the page's origin"
                            : ", which a request with credentials does not "
                              "take",
                        NULL));
        return 0;
    }
    cors_browser_add(b, stage, CORS_STEP_PASSED, CORS_CHECK,
                     apr_pstrcat(b->pool, ALLOW_ORIGIN " is ", origin, NULL));
    return !b->fetch->credentials || check_credentials(b, stage, headers);
}

/* Fetch, "extract header list values". Returns 0 where it is no list of
 * tokens. */
static int is_list(const char *list)
{
    cors_span_t word;

    while (list && cors_next_element(&list, &word)) {
        if (!cors_is_token(word.text, word.len)) {
            return 0;
        }
    }
    return 1;
}

static int any(const cors_browser_t *b, const char *list)
{
    return !b->fetch->credentials && cors_has_element(list, "*", strncmp);
}

static const char *list_text(cors_browser_t *b, const char *name,
                             const char *list)
{
    return list ? apr_pstrcat(b->pool, name, " is ", list, NULL)
                : apr_pstrcat(b->pool, name, " is missing", NULL);
}

static int check_method(cors_browser_t *b, const char *list)
{
    static const char name[] = "Access-Control-Allow-Methods";
    const char *text = list_text(b, name, list);

    if (cors_has_element(list, b->method, strncmp)) {
        text = apr_pstrcat(b->pool, name, " names ", b->method, NULL);
    }
    else if (cors_is_safelisted_method(b->method, strlen(b->method))) {
        text = apr_pstrcat(b->pool, b->method, " needs no listing", NULL);
    }
    else if (any(b, list)) {
        text = apr_pstrcat(b->pool, name, " is *", NULL);
    }
    else {
        b->at = b->method;
        cors_browser_fail(b, CORS_STAGE_PREFLIGHT, CORS_FAIL_METHOD,
                          PREFLIGHT_FETCH,
                          apr_pstrcat(b->pool, text,
                                      list ? ", without " : ": no ", b->method,
                                      NULL));
        return 0;
    }
    cors_browser_add(b, CORS_STAGE_PREFLIGHT, CORS_STEP_PASSED, PREFLIGHT_FETCH,
                     text);
    return 1;
}

const char *cors_browser_written(const cors_browser_t *b, const char *name)
{
    const apr_array_header_t *headers = b->fetch->headers;
    int i;

    for (i = 0; i < headers->nelts; i++) {
        const char *written
            = APR_ARRAY_IDX(headers, i, cors_fetch_header_t).name;

        if (!strcasecmp(written, name)) {
            return written;
        }
    }
    return name;
}

static int check_headers(cors_browser_t *b, const char *list)
{
    static const char name[] = "Access-Control-Allow-Headers";
    int i;

    if (!b->unsafe) {
        return 1;
    }
    for (i = 0; i < b->unsafe_names->nelts; i++) {
        const char *asked = APR_ARRAY_IDX(b->unsafe_names, i, const char *);

        /* "CORS non-wildcard request-header name" */
        if (!cors_has_element(list, asked, strncasecmp)
            && (!any(b, list) || !strcmp(asked, "authorization"))) {
            b->at = cors_browser_written(b, asked);
            cors_browser_fail(b, CORS_STAGE_PREFLIGHT, CORS_FAIL_HEADER,
                              PREFLIGHT_FETCH,
                              apr_pstrcat(b->pool, list_text(b, name, list),
                                          list ? ", without " : ": no ", b->at,
                                          NULL));
            return 0;
        }
    }
    cors_browser_add(b, CORS_STAGE_PREFLIGHT, CORS_STEP_PASSED, PREFLIGHT_FETCH,
                     apr_pstrcat(b->pool, name, " covers ", b->unsafe, NULL));
    return 1;
}

static int check_status(cors_browser_t *b, int status)
{
    if (!status) {
        cors_browser_add(b, CORS_STAGE_PREFLIGHT, CORS_STEP_NOTE,
                         PREFLIGHT_FETCH,
                         "the handler's status is not known here: it must be "
                         "one from 200 to 299");
        return 1;
    }
    if (status < 200 || status > 299) {
        cors_browser_fail(b, CORS_STAGE_PREFLIGHT, CORS_FAIL_STATUS,
                          PREFLIGHT_FETCH,
                          apr_psprintf(b->pool,
                                       "the status is %d, not one from 200 to "
                                       "299",
                                       status));
        return 0;
    }
    cors_browser_add(b, CORS_STAGE_PREFLIGHT, CORS_STEP_PASSED, PREFLIGHT_FETCH,
                     apr_psprintf(b->pool, "the status is %d", status));
    return 1;
}

void cors_browser_preflight(cors_browser_t *b, int status,
                            const apr_table_t *headers)
{
    const char *methods = get(b, headers, "Access-Control-Allow-Methods");
    const char *names = get(b, headers, "Access-Control-Allow-Headers");

    if (!cors_check(b, CORS_STAGE_PREFLIGHT, headers)
        || !check_status(b, status)) {
        return;
    }
    if (!is_list(methods) || !is_list(names)) {
        cors_browser_fail(
            b, CORS_STAGE_PREFLIGHT, CORS_FAIL_LIST, PREFLIGHT_FETCH,
            apr_pstrcat(b->pool,
                        list_text(b,
                                  is_list(methods)
                                      ? "Access-Control-Allow-Headers"
                                      : "Access-Control-Allow-Methods",
                                  is_list(methods) ? names : methods),
                        ", which is no list of names", NULL));
        return;
    }
    if (check_method(b, methods)) {
        check_headers(b, names);
    }
}

/* Fetch, "CORS filtered response". */
static void filter(cors_browser_t *b, const apr_table_t *headers)
{
    const char *list = get(b, headers, "Access-Control-Expose-Headers");
    const char *text = cors_safelisted_response;
    cors_span_t word;

    if (!is_list(list)) {
        list = NULL;
    }
    if (any(b, list)) {
        b->readable = NULL;
        cors_browser_add(b, CORS_STAGE_ACTUAL, CORS_STEP_NOTE, FILTERED,
                         "a script may read every header but Set-Cookie");
        return;
    }
    while (list && cors_next_element(&list, &word)) {
        const char *name = apr_pstrmemdup(b->pool, word.text, word.len);

        if (strcasecmp(name, "Set-Cookie") && strcasecmp(name, "Set-Cookie2")
            && !cors_has_element(text, name, strncasecmp)) {
            text = apr_pstrcat(b->pool, text, ", ", name, NULL);
        }
    }
    b->readable = text;
    cors_browser_add(b, CORS_STAGE_ACTUAL, CORS_STEP_NOTE, FILTERED,
                     apr_pstrcat(b->pool,
                                 "a script may read, where the "
                                 "response has them: ",
                                 text, NULL));
}

void cors_browser_response(cors_browser_t *b, const apr_table_t *headers)
{
    if (b->same_origin) {
        cors_browser_add(b, CORS_STAGE_ACTUAL, CORS_STEP_NOTE, MAIN_FETCH,
                         "a script may read every header but Set-Cookie");
        return;
    }
    if (cors_check(b, CORS_STAGE_ACTUAL, headers)) {
        filter(b, headers);
    }
}
