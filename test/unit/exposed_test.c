/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exposed_test.c: CORSExposeHeaders * with credentials, where a star means
 * nothing to a browser (Fetch, "CORS-exposed header-name list"): "the names
 * that the response really has: never Set-Cookie, Set-Cookie2, Vary,
 * Access-Control-* or hop-by-hop names, and not on a 304".
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "sections.h"

#define A "https://a.example"
#define CREDENTIALS "AllowOrigin " A "; AllowCredentials On; "

typedef struct exposed_row_t {
    const char *rule;
    const char *section;
    const char *out, *err;      /* names, by blanks; "name=value" with one */
    const char *later;
    int is_304;
    const char *exposed;
} exposed_row_t;

static const exposed_row_t exposed[] = {
    {"the names of the response", CREDENTIALS "ExposeHeaders *",
     "ETag X-Total", "", NULL, 0, "ETag, X-Total"},
    {"those of errors as well", CREDENTIALS "ExposeHeaders *", "ETag",
     "X-Error", NULL, 0, "ETag, X-Error"},
    {"those that the server adds later", CREDENTIALS "ExposeHeaders *",
     "ETag", "", "Date, Server", 0, "ETag, Date, Server"},
    {"each once, without case", CREDENTIALS "ExposeHeaders *",
     "ETag etag Link Link", "ETAG", "Date, ETag, Link", 0,
     "ETag, Link, Date"},
    {"cookies never", CREDENTIALS "ExposeHeaders *",
     "Set-Cookie ETag set-cookie2", "SET-COOKIE", NULL, 0, "ETag"},
    {"Vary never", CREDENTIALS "ExposeHeaders *", "Vary ETag", "", NULL, 0,
     "ETag"},
    {"Access-Control-* never", CREDENTIALS "ExposeHeaders *",
     "Access-Control-Max-Age ETag", "access-control-x", "Access-Control-Y",
     0, "ETag"},
    /* RFC 9110, section 7.6.1. */
    {"hop-by-hop names never", CREDENTIALS "ExposeHeaders *",
     "Connection Keep-Alive Proxy-Authenticate Proxy-Authorization "
     "Proxy-Connection TE Trailer Transfer-Encoding Upgrade ETag", "",
     "Connection, Transfer-Encoding", 0, "ETag"},
    {"names that Connection lists never", CREDENTIALS "ExposeHeaders *",
     "Connection=close,x-hop X-Hop ETag", "", NULL, 0, "ETag"},
    {"where a script set Connection too", CREDENTIALS "ExposeHeaders *",
     "X-Hop ETag", "Connection=X-Hop", NULL, 0, "ETag"},
    {"what is no name never", CREDENTIALS "ExposeHeaders *",
     "X,Y ETag X\xc3\xa4", "", NULL, 0, "ETag"},
    {"Authorization too, as Fetch exempts it for requests alone",
     CREDENTIALS "ExposeHeaders *", "Authorization", "", NULL, 0,
     "Authorization"},
    {"names beside the star", CREDENTIALS "ExposeHeaders * X-Later", "ETag",
     "", NULL, 0, "X-Later, ETag"},
    {"Timing-Allow-Origin, which the module sends",
     CREDENTIALS "ExposeHeaders *; TimingAllowOrigin On", "ETag", "", NULL, 0,
     "ETag, Timing-Allow-Origin"},
    {"a response without any", CREDENTIALS "ExposeHeaders *", "", "", NULL, 0,
     NULL},
    {"not on a 304", CREDENTIALS "ExposeHeaders *", "ETag", "", "Date", 1,
     NULL},
    {"names beside the star neither", CREDENTIALS "ExposeHeaders * X-A",
     "ETag", "", "Date", 1, NULL},
    {"a list is sent as it is", CREDENTIALS "ExposeHeaders X-A", "ETag", "",
     NULL, 0, "X-A"},
    {"a star without credentials is one",
     "AllowOrigin " A "; ExposeHeaders *", "ETag", "", NULL, 0, "*"},
};

static apr_table_t *headers(const char *names)
{
    apr_table_t *table = apr_table_make(pool, 8);
    char *last, *name, *copy = apr_pstrdup(pool, names);

    for (name = apr_strtok(copy, " ", &last); name;
         name = apr_strtok(NULL, " ", &last)) {
        char *equals = strchr(name, '=');

        if (equals) {
            *equals = '\0';
        }
        apr_table_addn(table, name, equals ? equals + 1 : "x");
    }
    return table;
}

static void check_exposed(void **state)
{
    const exposed_row_t *row = *state;
    config_t config = {{NULL}, {NULL}};
    request_t request = {A, NULL, NULL};
    cors_response_t r = {0};
    cors_rules_t rules;
    cors_facts_t facts;
    cors_decision_t d;
    int times;

    config.sections[0] = row->section;
    make_rules(&rules, &config);
    make_facts(&facts, &request);
    cors_decide(&d, &rules, &facts, pool);
    assert_int_equal(cors_respond_needs_names(&d, &facts),
                     strstr(row->section, "On")
                         && strchr(row->section, '*'));
    r.pool = pool;
    r.out = headers(row->out);
    r.err = headers(row->err);
    r.later = row->later;
    r.is_304 = row->is_304;
    for (times = 0; times < 2; times++) {
        cors_respond(&r, &rules, &d, &facts);
        assert_text(apr_table_get(r.out, "Access-Control-Expose-Headers"),
                    row->exposed);
    }
}

/* Who needs no names is not asked to find them. */
static void needs_names(void)
{
    static const config_t config = {
        {NULL}, {CREDENTIALS "ExposeHeaders *"}};
    static const request_t others[] = {
        {NULL, NULL, NULL}, {"https://b.example", NULL, NULL},
        {A, "GET", NULL}
    };
    cors_rules_t rules;
    cors_facts_t facts;
    cors_decision_t d;
    size_t i;

    make_rules(&rules, &config);
    for (i = 0; i < COUNT(others); i++) {
        make_facts(&facts, &others[i]);
        cors_decide(&d, &rules, &facts, pool);
        assert_int_equal(cors_respond_needs_names(&d, &facts), 0);
    }
}

static const case_t others[] = {
    {"no names for preflights and the refused", needs_names},
};

int main(void)
{
    static const table_t tables[] = {
        TABLE(exposed, check_exposed),
        CASES(others),
    };

    return run_tables(tables, COUNT(tables));
}
