/* SPDX-License-Identifier: Apache-2.0 */
/*
 * browser_test.c: the browser's side by the Fetch Standard. fetch_test.c holds
 * the same code to an independent browser over random policies.
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "engine/browser.h"

/* "name" or "name: value". */
static cors_fetch_header_t header(const char *text)
{
    const char *colon = strstr(text, ": ");
    cors_fetch_header_t h;

    h.name = colon ? apr_pstrmemdup(pool, text, (apr_size_t)(colon - text))
                   : text;
    h.value = colon ? colon + 2 : NULL;
    return h;
}

/* ---- request headers ---------------------------------------------------- */

typedef struct header_row_t {
    const char *rule;
    const char *text;
    cors_header_e is;
} header_row_t;

#define SAFE CORS_HEADER_SAFELISTED
#define UNSAFE CORS_HEADER_UNSAFE
#define FORBIDDEN CORS_HEADER_FORBIDDEN
#define LONG_64 "1234567890123456789012345678901234567890123456789012345678901234"

static const header_row_t kinds[] = {
    {"a header of one's own", "X-Trace", UNSAFE},
    {"Authorization", "Authorization: Bearer x", UNSAFE},
    {"a response header set by mistake", "Access-Control-Allow-Origin: *",
     UNSAFE},
    {"Accept, value not known", "Accept", SAFE},
    {"… in another case", "ACCEPT", SAFE},
    {"Accept with a value", "Accept: text/html, */*;q=0.8", SAFE},
    {"Accept with a tab", "Accept: a\tb", SAFE},
    {"Accept with another control byte", "Accept: a\x01", UNSAFE},
    {"Accept with DEL", "Accept: a\x7f", UNSAFE},
    {"Accept with a quote", "Accept: \"x\"", UNSAFE},
    {"Accept with a brace", "Accept: a{b", UNSAFE},
    {"Accept, 128 bytes", "Accept: " LONG_64 LONG_64, SAFE},
    {"Accept, 129 bytes", "Accept: " LONG_64 LONG_64 "x", UNSAFE},
    {"Accept-Language", "Accept-Language: de-DE,de;q=0.9", SAFE},
    {"Accept-Language with _", "Accept-Language: de_DE", UNSAFE},
    {"Content-Language with \"", "Content-Language: \"de\"", UNSAFE},
    {"Content-Language", "Content-Language: en", SAFE},
    {"Content-Type, value not known: JSON", "Content-Type", UNSAFE},
    {"Content-Type of JSON", "Content-Type: application/json", UNSAFE},
    {"Content-Type of text", "Content-Type: text/plain", SAFE},
    {"… with a parameter", "Content-Type: text/plain;charset=UTF-8", SAFE},
    {"… with blanks around it", "Content-Type:  text/plain \t;x=y", SAFE},
    {"… in upper case", "content-type: TEXT/PLAIN", SAFE},
    {"… of a form", "Content-Type: application/x-www-form-urlencoded", SAFE},
    {"… with files", "Content-Type: multipart/form-data; boundary=x", SAFE},
    {"… longer than that", "Content-Type: text/plainer", UNSAFE},
    {"… shorter than that", "Content-Type: text/plai", UNSAFE},
    {"… with an unsafe byte", "Content-Type: text/plain; a=\"b\"", UNSAFE},
    {"Range from somewhere", "Range: bytes=0-", SAFE},
    {"Range to somewhere", "Range: bytes=5-10", SAFE},
    {"Range of one byte", "Range: bytes=5-5", SAFE},
    {"Range backwards", "Range: bytes=10-5", UNSAFE},
    {"Range backwards, by length", "Range: bytes=100-99", UNSAFE},
    {"Range with leading zeros", "Range: bytes=005-10", SAFE},
    {"Range from the end", "Range: bytes=-5", UNSAFE},
    {"two ranges", "Range: bytes=0-1,3-4", UNSAFE},
    {"Range in another unit", "Range: items=0-1", UNSAFE},
    {"Range with a blank", "Range: bytes= 0-1", UNSAFE},
    {"the browser's own: Cookie", "Cookie: a=b", FORBIDDEN},
    {"Host", "Host", FORBIDDEN},
    {"Proxy-…", "proxy-x", FORBIDDEN},
    {"Sec-…", "Sec-Fetch-Mode", FORBIDDEN},
    {"Access-Control-Request-Method", "Access-Control-Request-Method",
     FORBIDDEN},
    {"User-Agent may be set", "User-Agent: x", UNSAFE},
};

static void check_kind(void **row)
{
    const header_row_t *r = *row;
    cors_fetch_header_t h = header(r->text);

    assert_int_equal(cors_fetch_header(&h), r->is);
}

/* ---- what happens before anything is sent -------------------------------- */

typedef struct begin_row_t {
    const char *rule;
    const char *method;
    const char *headers[8];
    const char *sent;           /* as this method */
    int preflight;
    const char *unsafe;
} begin_row_t;

#define PAIR "Accept: " LONG_64 LONG_64, "Accept-Language: " LONG_64 LONG_64
#define OTHERS "Content-Language: " LONG_64 LONG_64, \
    "Range: bytes=1-" LONG_64

static const begin_row_t begins[] = {
    {"GET", "GET", {NULL}, "GET", 0, NULL},
    {"get is normalised", "get", {NULL}, "GET", 0, NULL},
    {"HEAD", "HEAD", {NULL}, "HEAD", 0, NULL},
    {"POST of text", "post", {"Content-Type: text/plain"}, "POST", 0, NULL},
    {"POST of JSON", "POST", {"Content-Type: application/json"}, "POST", 1,
     "content-type"},
    {"PUT", "put", {NULL}, "PUT", 1, NULL},
    {"patch stays as it is", "patch", {NULL}, "patch", 1, NULL},
    {"names are sorted, in lower case", "GET",
     {"X-Trace", "Authorization", "Accept"}, "GET", 1,
     "authorization,x-trace"},
    {"each once", "GET", {"X-A", "x-a"}, "GET", 1, "x-a"},
    {"the browser's own are left out", "GET", {"Cookie: a", "Host"}, "GET", 0,
     NULL},
    {"up to 1,024 bytes of safelisted values", "GET",
     {PAIR, OTHERS, PAIR, PAIR}, "GET", 0, NULL},
};

static cors_fetch_t make_fetch(const char *method, const char *const *texts,
                               size_t n, int credentials)
{
    apr_array_header_t *headers =
        apr_array_make(pool, 4, sizeof(cors_fetch_header_t));
    cors_fetch_t fetch = {"https://app.example", "https://api.example",
                          method, headers, credentials};
    size_t i;

    for (i = 0; i < n && texts[i]; i++) {
        APR_ARRAY_PUSH(headers, cors_fetch_header_t) = header(texts[i]);
    }
    return fetch;
}

static void check_begin(void **row)
{
    const begin_row_t *r = *row;
    cors_fetch_t fetch = make_fetch(r->method, r->headers, 8, 0);
    cors_browser_t b;

    cors_browser_begin(&b, pool, &fetch);
    assert_string_equal(b.method, r->sent);
    assert_int_equal(b.needs_preflight, r->preflight);
    assert_text(b.unsafe, r->unsafe);
    assert_int_equal(b.failed, CORS_FAIL_NONE);
    assert_false(b.same_origin);
}

/* Beyond 1,024 bytes all of the safelisted ones are asked for. */
static void too_many_values(void)
{
    const char *texts[] = {PAIR, OTHERS, PAIR, PAIR, "Cookie: a",
                           "Accept-Language: " LONG_64};
    cors_fetch_t fetch = make_fetch("GET", texts, COUNT(texts), 0);
    cors_browser_t b;

    cors_browser_begin(&b, pool, &fetch);
    assert_int_equal(b.needs_preflight, 1);
    assert_text(b.unsafe, "accept,accept-language,content-language,range");
}

static void forbidden_method(void)
{
    cors_fetch_t fetch = make_fetch("trace", NULL, 0, 0);
    cors_browser_t b;

    cors_browser_begin(&b, pool, &fetch);
    assert_int_equal(b.failed, CORS_FAIL_METHOD_FORBIDDEN);
    assert_int_equal(b.failed_at, CORS_STAGE_REQUEST);
}

static void same_origin(void)
{
    cors_fetch_t fetch = make_fetch("PUT", NULL, 0, 1);
    apr_table_t *nothing = apr_table_make(pool, 1);
    cors_browser_t b;

    fetch.origin = fetch.url_origin;
    cors_browser_begin(&b, pool, &fetch);
    assert_true(b.same_origin);
    assert_false(b.needs_preflight);
    cors_browser_response(&b, nothing);
    assert_int_equal(b.failed, CORS_FAIL_NONE);
}

/* A page without an origin is of none. */
static void null_is_not_same(void)
{
    cors_fetch_t fetch = make_fetch("GET", NULL, 0, 0);
    cors_browser_t b;

    fetch.origin = fetch.url_origin = "null";
    cors_browser_begin(&b, pool, &fetch);
    assert_false(b.same_origin);
}

static const case_t edges[] = {
    {"over 1,024 bytes of safelisted values", too_many_values},
    {"TRACE is no script's", forbidden_method},
    {"same origin: CORS does not apply", same_origin},
    {"null is nobody's own", null_is_not_same},
};

/* ---- responses ---------------------------------------------------------- */

typedef struct response_row_t {
    const char *rule;
    const char *method;
    int credentials;
    const char *asked[4];
    int status;
    const char *response[6];    /* "name: value" */
    cors_fail_e failed;
    const char *at;
} response_row_t;

#define MINE "Access-Control-Allow-Origin: https://app.example"
#define ALL "Access-Control-Allow-Origin: *"
#define CRED "Access-Control-Allow-Credentials: true"
#define METHODS "Access-Control-Allow-Methods: "
#define HEADERS "Access-Control-Allow-Headers: "

static const response_row_t preflights[] = {
    {"no CORS header", "PUT", 0, {NULL}, 204, {NULL}, CORS_FAIL_ORIGIN, NULL},
    {"another origin", "PUT", 0, {NULL}, 204,
     {"Access-Control-Allow-Origin: https://app.example.evil"},
     CORS_FAIL_ORIGIN, NULL},
    {"origin in another case", "PUT", 0, {NULL}, 204,
     {"Access-Control-Allow-Origin: https://App.example"}, CORS_FAIL_ORIGIN,
     NULL},
    {"the header twice", "PUT", 0, {NULL}, 204, {MINE, MINE},
     CORS_FAIL_ORIGIN, NULL},
    {"* twice", "PUT", 0, {NULL}, 204, {ALL, ALL}, CORS_FAIL_ORIGIN, NULL},
    {"the check comes before the status", "PUT", 0, {NULL}, 403, {NULL},
     CORS_FAIL_ORIGIN, NULL},
    {"status 403", "PUT", 0, {NULL}, 403, {MINE, METHODS "PUT"},
     CORS_FAIL_STATUS, NULL},
    {"status 301", "PUT", 0, {NULL}, 301, {MINE, METHODS "PUT"},
     CORS_FAIL_STATUS, NULL},
    {"status 199", "PUT", 0, {NULL}, 199, {MINE, METHODS "PUT"},
     CORS_FAIL_STATUS, NULL},
    {"status 299", "PUT", 0, {NULL}, 299, {MINE, METHODS "PUT"},
     CORS_FAIL_NONE, NULL},
    {"status not known", "PUT", 0, {NULL}, 0, {MINE, METHODS "PUT"},
     CORS_FAIL_NONE, NULL},
    {"method listed", "PUT", 0, {NULL}, 204, {MINE, METHODS "DELETE, PUT"},
     CORS_FAIL_NONE, NULL},
    {"method on another line", "PUT", 0, {NULL}, 204,
     {MINE, METHODS "DELETE", METHODS "PUT"}, CORS_FAIL_NONE, NULL},
    {"method not listed", "PUT", 0, {NULL}, 204, {MINE, METHODS "DELETE"},
     CORS_FAIL_METHOD, "PUT"},
    {"no list of methods", "PATCH", 0, {NULL}, 204, {MINE}, CORS_FAIL_METHOD,
     "PATCH"},
    {"method in another case", "patch", 0, {NULL}, 204,
     {MINE, METHODS "PATCH"}, CORS_FAIL_METHOD, "patch"},
    {"any method", "PUT", 0, {NULL}, 204, {MINE, METHODS "*"},
     CORS_FAIL_NONE, NULL},
    {"any method means nothing with credentials", "PUT", 1, {NULL}, 204,
     {MINE, CRED, METHODS "*"}, CORS_FAIL_METHOD, "PUT"},
    {"GET needs no listing", "GET", 0, {"X-A"}, 204,
     {MINE, METHODS "PUT", HEADERS "x-a"}, CORS_FAIL_NONE, NULL},
    {"header listed in another case", "GET", 0, {"X-Trace"}, 204,
     {MINE, HEADERS "x-one, X-TRACE"}, CORS_FAIL_NONE, NULL},
    {"header not listed, as it was written", "GET", 0, {"X-One", "X-Trace"},
     204, {MINE, HEADERS "x-one"}, CORS_FAIL_HEADER, "X-Trace"},
    {"no list of headers", "GET", 0, {"X-One"}, 204, {MINE},
     CORS_FAIL_HEADER, "X-One"},
    {"any header", "GET", 0, {"X-One"}, 204, {MINE, HEADERS "*"},
     CORS_FAIL_NONE, NULL},
    {"any header but Authorization", "GET", 0, {"Authorization", "X-A"}, 204,
     {MINE, HEADERS "*"}, CORS_FAIL_HEADER, "Authorization"},
    {"… named beside it", "GET", 0, {"Authorization", "X-A"}, 204,
     {MINE, HEADERS "*, authorization"}, CORS_FAIL_NONE, NULL},
    {"any header means nothing with credentials", "GET", 1, {"X-A"}, 204,
     {MINE, CRED, HEADERS "*"}, CORS_FAIL_HEADER, "X-A"},
    {"methods that are no list", "PUT", 0, {NULL}, 204,
     {MINE, METHODS "PUT, (x)"}, CORS_FAIL_LIST, NULL},
    {"headers that are no list", "PUT", 0, {NULL}, 204,
     {MINE, METHODS "PUT", HEADERS "a b"}, CORS_FAIL_LIST, NULL},
    {"credentials", "PUT", 1, {NULL}, 204, {MINE, CRED, METHODS "PUT"},
     CORS_FAIL_NONE, NULL},
    {"no credentials allowed", "PUT", 1, {NULL}, 204, {MINE, METHODS "PUT"},
     CORS_FAIL_CREDENTIALS, NULL},
    {"True is not true", "PUT", 1, {NULL}, 204,
     {MINE, "Access-Control-Allow-Credentials: True"}, CORS_FAIL_CREDENTIALS,
     NULL},
    {"* with credentials", "PUT", 1, {NULL}, 204, {ALL, CRED},
     CORS_FAIL_ANY, NULL},
};

static apr_table_t *table_of(const char *const *texts, size_t n)
{
    apr_table_t *t = apr_table_make(pool, 4);
    size_t i;

    for (i = 0; i < n && texts[i]; i++) {
        cors_fetch_header_t h = header(texts[i]);

        apr_table_addn(t, h.name, h.value);
    }
    return t;
}

/* The last step tells the same as the fields. */
static void check_failed(const cors_browser_t *b, cors_stage_e stage,
                         cors_fail_e failed)
{
    const cors_browser_step_t *last =
        &APR_ARRAY_IDX(b->steps, b->steps->nelts - 1, cors_browser_step_t);

    assert_int_equal(b->failed, failed);
    if (failed) {
        assert_int_equal(b->failed_at, stage);
        assert_int_equal(last->stage, stage);
        assert_int_equal(last->result, CORS_STEP_FAILED);
        assert_true(*last->saw && *last->rule && *last->anchor);
    }
    else {
        assert_int_not_equal(last->result, CORS_STEP_FAILED);
    }
}

static void check_preflight(void **row)
{
    const response_row_t *r = *row;
    cors_fetch_t fetch = make_fetch(r->method, r->asked, 4, r->credentials);
    cors_browser_t b;

    cors_browser_begin(&b, pool, &fetch);
    cors_browser_preflight(&b, r->status, table_of(r->response, 6));
    check_failed(&b, CORS_STAGE_PREFLIGHT, r->failed);
    assert_text(b.at, r->at);
}

static const response_row_t actuals[] = {
    {"no CORS header", "GET", 0, {NULL}, 200, {NULL}, CORS_FAIL_ORIGIN, NULL},
    {"*", "GET", 0, {NULL}, 200, {ALL}, CORS_FAIL_NONE, NULL},
    {"* with credentials", "GET", 1, {NULL}, 200, {ALL, CRED}, CORS_FAIL_ANY,
     NULL},
    {"the origin", "GET", 0, {NULL}, 200, {MINE}, CORS_FAIL_NONE, NULL},
    {"the origin, without credentials", "GET", 1, {NULL}, 200, {MINE},
     CORS_FAIL_CREDENTIALS, NULL},
    {"the origin with credentials", "GET", 1, {NULL}, 200, {MINE, CRED},
     CORS_FAIL_NONE, NULL},
    {"credentials for nobody who asks", "GET", 0, {NULL}, 200, {MINE, CRED},
     CORS_FAIL_NONE, NULL},
    {"the header twice", "GET", 0, {NULL}, 200, {MINE, MINE},
     CORS_FAIL_ORIGIN, NULL},
};

static void check_actual(void **row)
{
    const response_row_t *r = *row;
    cors_fetch_t fetch = make_fetch(r->method, r->asked, 4, r->credentials);
    cors_browser_t b;

    cors_browser_begin(&b, pool, &fetch);
    cors_browser_response(&b, table_of(r->response, 6));
    check_failed(&b, CORS_STAGE_ACTUAL, r->failed);
}

/* ---- what a script may read --------------------------------------------- */

typedef struct readable_row_t {
    const char *rule;
    int credentials;
    const char *expose;
    const char *is;
} readable_row_t;

#define ALWAYS "Cache-Control, Content-Language, Content-Length, " \
    "Content-Type, Expires, Last-Modified, Pragma"
#define EXPOSE "Access-Control-Expose-Headers: "

static const readable_row_t readable[] = {
    {"the safelisted ones", 0, NULL, ALWAYS},
    {"and exposed ones", 0, EXPOSE "X-A, ETag", ALWAYS ", X-A, ETag"},
    {"each once", 0, EXPOSE "expires, x-a, X-A", ALWAYS ", x-a"},
    {"never cookies", 0, EXPOSE "Set-Cookie, Set-Cookie2, X-A", ALWAYS ", X-A"},
    {"* is all", 0, EXPOSE "*", NULL},
    {"* is a name with credentials", 1, EXPOSE "*, X-A", ALWAYS ", *, X-A"},
    {"what is no list exposes nothing", 0, EXPOSE "X-A, a b", ALWAYS},
};

static void check_readable(void **row)
{
    const readable_row_t *r = *row;
    const char *response[] = {MINE, CRED, r->expose};
    cors_fetch_t fetch = make_fetch("GET", NULL, 0, r->credentials);
    cors_browser_t b;

    cors_browser_begin(&b, pool, &fetch);
    cors_browser_response(&b, table_of(response, 3));
    assert_int_equal(b.failed, CORS_FAIL_NONE);
    assert_text(b.readable, r->is);
}

int main(void)
{
    static const table_t tables[] = {
        TABLE(kinds, check_kind), TABLE(begins, check_begin), CASES(edges),
        TABLE(preflights, check_preflight), TABLE(actuals, check_actual),
        TABLE(readable, check_readable),
    };

    return run_tables(tables, COUNT(tables));
}
