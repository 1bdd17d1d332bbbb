/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fields_test.c: tokens, and the lists of CORSAllowMethods, CORSAllowHeaders
 * and CORSExposeHeaders as they are written. What a preflight asks for is
 * checked in request_list_test.c.
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "engine/fields.h"

static const cors_where_t here = {"fields", 1};

/* RFC 9110, section 5.6.2, written out: every byte that a token may have. */
static void every_byte(void)
{
    static const char tchars[] =
        "!#$%&'*+-.^_`|~0123456789"
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    int c;

    for (c = 0; c < 256; c++) {
        char text[3] = {'x', (char)c, 'x'};
        int is = c != '\0' && strchr(tchars, c) != NULL;

        assert_int_equal(cors_is_token(exactly(text, 3), 3), is);
        assert_int_equal(cors_is_token(exactly(text + 1, 1), 1), is);
    }
    assert_int_equal(cors_is_token("", 0), 0);
    assert_int_equal(cors_is_token("GET ", 3), 1);
}

static const case_t tokens[] = {
    {"every byte, alone and between others", every_byte},
};

typedef struct method_row_t {
    const char *rule;
    const char *name;
    int safelisted, forbidden;
} method_row_t;

/* Fetch, "CORS-safelisted method" and "forbidden method". */
static const method_row_t methods[] = {
    {"GET", "GET", 1, 0},
    {"HEAD", "HEAD", 1, 0},
    {"POST", "POST", 1, 0},
    {"get: methods are compared with their case", "get", 0, 0},
    {"Head", "Head", 0, 0},
    {"POSTS", "POSTS", 0, 0},
    {"GE", "GE", 0, 0},
    {"PUT", "PUT", 0, 0},
    {"OPTIONS", "OPTIONS", 0, 0},
    {"CONNECT", "CONNECT", 0, 1},
    {"TRACE", "TRACE", 0, 1},
    {"TRACK", "TRACK", 0, 1},
    {"connect: forbidden in any case", "connect", 0, 1},
    {"tRaCe", "tRaCe", 0, 1},
    {"TRACER", "TRACER", 0, 0},
    {"TRAC", "TRAC", 0, 0},
    {"nothing", "", 0, 0},
};

static void check_method(void **state)
{
    const method_row_t *row = *state;
    size_t len = strlen(row->name);
    const char *name = exactly(row->name, len);

    assert_int_equal(cors_is_safelisted_method(name, len), row->safelisted);
    assert_int_equal(cors_is_forbidden_method(name, len), row->forbidden);
}

typedef struct name_row_t {
    const char *rule;
    const char *name;
    int forbidden;
} name_row_t;

/* Fetch, "forbidden request-header": the names, then the prefixes. */
static const name_row_t forbidden[] = {
    {"Accept-Charset", "Accept-Charset", 1},
    {"Accept-Encoding", "Accept-Encoding", 1},
    {"Access-Control-Request-Headers", "Access-Control-Request-Headers", 1},
    {"Access-Control-Request-Method", "Access-Control-Request-Method", 1},
    {"Connection", "Connection", 1},
    {"Content-Length", "Content-Length", 1},
    {"Cookie", "Cookie", 1},
    {"Cookie2", "Cookie2", 1},
    {"Date", "Date", 1},
    {"DNT", "DNT", 1},
    {"Expect", "Expect", 1},
    {"Host", "Host", 1},
    {"Keep-Alive", "Keep-Alive", 1},
    {"Origin", "Origin", 1},
    {"Referer", "Referer", 1},
    {"Set-Cookie", "Set-Cookie", 1},
    {"TE", "TE", 1},
    {"Trailer", "Trailer", 1},
    {"Transfer-Encoding", "Transfer-Encoding", 1},
    {"Upgrade", "Upgrade", 1},
    {"Via", "Via", 1},
    {"Proxy-", "Proxy-", 1},
    {"Proxy-Authorization", "Proxy-Authorization", 1},
    {"Sec-", "Sec-", 1},
    {"Sec-Fetch-Site", "Sec-Fetch-Site", 1},
    {"in another case", "sEC-fETCH-sITE", 1},
    {"cookie", "cookie", 1},
    /* spec.md, section 5: dropped as well. */
    {"Access-Control-Allow-Origin", "Access-Control-Allow-Origin", 1},
    /* Everything else is a script's to set. */
    {"Authorization", "Authorization", 0},
    {"Content-Type", "Content-Type", 0},
    {"Accept", "Accept", 0},
    {"Accept-Language", "Accept-Language", 0},
    {"User-Agent", "User-Agent", 0},
    {"Security", "Security", 0},
    {"Proxy", "Proxy", 0},
    {"Cookie3", "Cookie3", 0},
    {"X-Cookie", "X-Cookie", 0},
    {"Access-Control", "Access-Control", 0},
    {"nothing", "", 0},
};

static void check_forbidden(void **state)
{
    const name_row_t *row = *state;

    assert_int_equal(cors_is_forbidden_request_header(row->name),
                     row->forbidden);
}

/* ---- what a line may say ----------------------------------------------- */

typedef void add_fn(cors_list_t *list, const char *name,
                    const cors_where_t *where, cors_findings_t *findings);

typedef struct line_row_t {
    const char *rule;
    add_fn *add;
    const char *names[8];
    const char *text;           /* the list as it is sent */
    const char *ids;            /* of what was found, in order */
} line_row_t;

static const line_row_t lines[] = {
    {"methods", cors_list_add_method, {"PUT", "DELETE", "PATCH"},
     "PUT, DELETE, PATCH", ""},
    {"methods: the safelisted may stand there", cors_list_add_method,
     {"GET", "HEAD", "POST"}, "GET, HEAD, POST", ""},
    {"methods: *", cors_list_add_method, {"*"}, "*", ""},
    {"methods: * first", cors_list_add_method, {"PUT", "*"}, "*, PUT", ""},
    {"methods: one of your own", cors_list_add_method, {"PURGE", "M-SEARCH"},
     "PURGE, M-SEARCH", ""},
    {"methods: * as a part of a name", cors_list_add_method, {"*GET"}, "*GET",
     ""},
    {"methods: forbidden", cors_list_add_method,
     {"CONNECT", "trace", "Track", "PUT"}, "PUT",
     "CORS023 CORS023 CORS023"},
    {"methods: no token", cors_list_add_method,
     {"", "P T", "PUT,", "PUT/", "P\xc3\x9cT"}, NULL,
     "CORS024 CORS024 CORS024 CORS024 CORS024"},
    {"methods: a line feed", cors_list_add_method, {"PUT\r\nX: y"}, NULL,
     "CORS024"},
    /* Fetch, "normalize a method"; patch is not among them, and fails. */
    {"methods: in another case", cors_list_add_method,
     {"put", "Delete", "patch", "get", "options"},
     "put, Delete, patch, get, options",
     "CORS044 CORS044 CORS044 CORS044 CORS044"},
    {"methods: your own in any case", cors_list_add_method, {"purge"},
     "purge", ""},
    {"methods: twice", cors_list_add_method, {"PUT", "PUT", "*", "*"},
     "*, PUT", "CORS043 CORS043"},
    {"methods: another case is another", cors_list_add_method,
     {"PURGE", "purge"}, "PURGE, purge", ""},
    {"headers", cors_list_add_header, {"X-Requested-With", "Content-Type"},
     "X-Requested-With, Content-Type", ""},
    {"headers: *", cors_list_add_header, {"*"}, "*", ""},
    {"headers: Authorization beside *", cors_list_add_header,
     {"Authorization", "*"}, "*, Authorization", ""},
    {"headers: the safelisted draw no warning", cors_list_add_header,
     {"Accept", "Accept-Language", "Content-Language", "Content-Type"},
     "Accept, Accept-Language, Content-Language, Content-Type", ""},
    {"headers: dropped", cors_list_add_header,
     {"Origin", "host", "COOKIE", "Sec-Fetch-Mode", "Proxy-X",
      "Access-Control-Allow-Origin", "X-A"}, "X-A",
     "CORS041 CORS041 CORS041 CORS041 CORS041 CORS041"},
    {"headers: no token", cors_list_add_header,
     {"", "X A", "X-A:", "X\xc3\xa4", "\"X-A\"", "Sec-Fetch:"}, NULL,
     "CORS025 CORS025 CORS025 CORS025 CORS025 CORS025"},
    {"headers: a line feed", cors_list_add_header, {"X-A\nSet-Cookie"}, NULL,
     "CORS025"},
    {"headers: twice in another case", cors_list_add_header,
     {"X-A", "x-a", "*", "*"}, "*, X-A", "CORS043 CORS043"},
    {"expose", cors_list_add_expose, {"X-Total", "Content-Length"},
     "X-Total, Content-Length", ""},
    {"expose: *", cors_list_add_expose, {"*"}, "*", ""},
    {"expose: Authorization too", cors_list_add_expose, {"Authorization"},
     "Authorization", ""},
    {"expose: names that no script may send", cors_list_add_expose,
     {"Date", "Via", "Host"}, "Date, Via, Host", ""},
    /* Fetch, "forbidden response-header name". */
    {"expose: cookies", cors_list_add_expose,
     {"Set-Cookie", "set-cookie2", "X-A"}, "X-A", "CORS026 CORS026"},
    {"expose: part of the protocol", cors_list_add_expose,
     {"Access-Control-Allow-Origin", "access-control-max-age", "X-A"}, "X-A",
     "CORS042 CORS042"},
    {"expose: no token", cors_list_add_expose,
     {"", "X A", "Access-Control-:"}, NULL, "CORS025 CORS025 CORS025"},
    {"expose: twice", cors_list_add_expose, {"X-A", "X-a"}, "X-A", "CORS043"},
};

/* Longer names than any that is registered are refused. */
static void long_names(void)
{
    static add_fn *const adds[] = {cors_list_add_header,
                                   cors_list_add_expose};
    size_t i;

    for (i = 0; i < COUNT(adds); i++) {
        cors_list_t *list = cors_list_make(pool, &here);
        cors_findings_t *findings = cors_findings_make(pool);

        adds[i](list, repeat("a", 256), &here, findings);
        assert_int_equal(findings->list->nelts, 0);
        adds[i](list, repeat("a", 257), &here, findings);
        adds[i](list, repeat("b", 1 << 20), &here, findings);
        assert_int_equal(findings->errors, 2);
        cors_list_seal(list);
        assert_text(list->text, repeat("a", 256));
        assert_int_equal(cors_list_has_field(list, repeat("A", 256), 256), 1);
        assert_int_equal(cors_list_has_field(list, repeat("A", 257), 257), 0);
        assert_int_equal(cors_list_has_field(list, "", 0), 0);
    }
}

static void check_line(void **state)
{
    const line_row_t *row = *state;
    cors_list_t *list = cors_list_make(pool, &here);
    cors_findings_t *findings = cors_findings_make(pool);
    const char *ids = "";
    int i;

    for (i = 0; row->names[i]; i++) {
        char *name = apr_pstrdup(pool, row->names[i]);

        row->add(list, name, &here, findings);
        /* The list keeps nothing of what it was given. */
        memset(name, '!', strlen(name));
        row->add(list, row->names[i], &here, NULL);
    }
    cors_list_seal(list);
    cors_list_seal(list);
    assert_text(list->text, row->text);
    assert_text(list->where.file, here.file);
    for (i = 0; i < findings->list->nelts; i++) {
        const cors_finding_t *f =
            &APR_ARRAY_IDX(findings->list, i, const cors_finding_t);

        ids = apr_pstrcat(pool, ids, i ? " " : "", cors_finding_name(f->id),
                          NULL);
    }
    assert_text(ids, row->ids);
}

static const case_t lengths[] = {
    {"256 bytes at most", long_names},
};

/* ---- what a list then holds -------------------------------------------- */

static cors_list_t *make(add_fn *add, const char *names)
{
    cors_list_t *list = cors_list_make(pool, &here);
    cors_span_t word;

    while (cors_next_element(&names, &word)) {
        add(list, apr_pstrmemdup(pool, word.text, word.len), &here, NULL);
    }
    cors_list_seal(list);
    return list;
}

typedef struct has_row_t {
    const char *rule;
    const char *names;          /* NULL: no list */
    const char *asked;
    int has;
} has_row_t;

/* Fetch, "CORS-preflight fetch": the check of the method. */
static const has_row_t has_method[] = {
    {"GET without a list", NULL, "GET", 1},
    {"POST with an empty list", "", "POST", 1},
    {"HEAD beside others", "PUT", "HEAD", 1},
    {"a listed one", "PUT, DELETE", "DELETE", 1},
    {"one that is not listed", "PUT, DELETE", "PATCH", 0},
    {"nothing is listed", NULL, "PUT", 0},
    {"another case", "PUT", "put", 0},
    {"the start of a listed one", "PUT", "PU", 0},
    {"a listed one and more", "PUT", "PUTS", 0},
    {"two of them", "PUT, DELETE", "PUT, DELETE", 0},
    {"anything by *", "*", "PURGE", 1},
    {"* itself by *", "*", "*", 1},
    {"* where it is not listed", "PUT", "*", 0},
    {"a forbidden one by *", "*", "TRACE", 0},
    {"a forbidden one in another case by *", "*", "connect", 0},
    {"no token by *", "*", "P T", 0},
    {"a line feed by *", "*", "PUT\r\nX: y", 0},
    {"nothing by *", "*", "", 0},
    {"get is not GET", NULL, "get", 0},
};

static void check_has_method(void **state)
{
    const has_row_t *row = *state;
    size_t len = strlen(row->asked);

    assert_int_equal(cors_list_has_method(
                         row->names ? make(cors_list_add_method, row->names)
                                    : NULL,
                         exactly(row->asked, len), len),
                     row->has);
}

/* cors_list_covers: what one policy exposes less than another. */
typedef struct covers_row_t {
    const char *rule;
    const char *list, *of;
    int covers;
} covers_row_t;

static const covers_row_t covers[] = {
    {"none of none", NULL, NULL, 1},
    {"none of an empty list", NULL, "", 1},
    {"none of some", NULL, "X-A", 0},
    {"none of *", NULL, "*", 0},
    {"some of none", "X-A", NULL, 1},
    {"all of them", "X-A, X-B, X-C", "X-C, X-A", 1},
    {"without case", "X-A", "x-a", 1},
    {"one missing", "X-A, X-B", "X-A, X-C", 0},
    {"* of some", "*", "X-A, X-B", 1},
    {"* of *", "*", "*", 1},
    {"some of *", "X-A", "*", 0},
};

static void check_covers(void **state)
{
    const covers_row_t *row = *state;
    cors_list_t *list = row->list ? make(cors_list_add_expose, row->list)
                                  : NULL;
    cors_list_t *of = row->of ? make(cors_list_add_expose, row->of) : NULL;

    assert_int_equal(cors_list_covers(list, of), row->covers);
    assert_int_equal(cors_list_covers(list, list), 1);
}

int main(void)
{
    static const table_t tables[] = {
        CASES(tokens),
        TABLE(methods, check_method),
        TABLE(forbidden, check_forbidden),
        TABLE(lines, check_line),
        CASES(lengths),
        TABLE(has_method, check_has_method),
        TABLE(covers, check_covers),
    };

    return run_tables(tables, COUNT(tables));
}
