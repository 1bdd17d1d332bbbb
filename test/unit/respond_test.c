/* SPDX-License-Identifier: Apache-2.0 */
/*
 * respond_test.c: the headers of a response, on top of what a handler, a
 * backend or mod_headers wrote (spec.md, sections 3 and 4). Each row is written
 * twice, as filters may run twice, and must be the same.
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "sections.h"

#define A "https://a.example"
#define B "https://b.example"

#define IS_304 1
#define IS_OURS 2
#define IS_SAME 4               /* cors_respond_same answers it */

typedef struct respond_row_t {
    const char *rule;
    config_t config;
    request_t request;
    const char *out;            /* "Name: value|Name: value" */
    const char *err;
    int flags;
    const char *answer;
    const char *removed;
} respond_row_t;

/* Section 3: who gets what, on a response without headers of others. */
static const respond_row_t actual[] = {
    {"* without credentials: a star and no Vary", {{NULL}, {"AllowOrigin *"}},
     {A, NULL, NULL}, "", "", IS_SAME, "origin=*", NULL},
    {"* and no Origin, with names exposed",
     {{NULL}, {"AllowOrigin *; ExposeHeaders X-A X-B"}}, {NULL, NULL, NULL},
     "X-Other: x", "", IS_SAME, "origin=* expose=X-A, X-B", NULL},
    {"* exposing all", {{NULL}, {"AllowOrigin *; ExposeHeaders *"}},
     {"none of these", NULL, NULL}, "Accept-Ranges: bytes", "X-E: x", IS_SAME,
     "origin=* expose=*", NULL},
    {"* exposing None", {{NULL}, {"AllowOrigin *; ExposeHeaders None"}},
     {A, NULL, NULL}, "", "", IS_SAME, "origin=*", NULL},
    {"* on a 304", {{NULL}, {"AllowOrigin *; ExposeHeaders *"}},
     {A, NULL, NULL}, "", "", IS_304, "origin=* expose=*", NULL},
    {"* leaves a Vary alone", {{NULL}, {"AllowOrigin *"}}, {A, NULL, NULL},
     "Vary: Accept-Encoding", "Vary: Cookie", 0,
     "origin=* vary=Accept-Encoding", NULL},
    {"allowed", {{NULL}, {"AllowOrigin " A "; AllowCredentials On; "
                          "ExposeHeaders X-A X-B"}},
     {A, NULL, NULL}, "", "", 0,
     "origin=" A " credentials=true expose=X-A, X-B vary=Origin", NULL},
    {"no Origin: no grant, but Vary",
     {{NULL}, {"AllowOrigin " A "; AllowCredentials On; ExposeHeaders X-A"}},
     {NULL, NULL, NULL}, "", "", IS_SAME, "vary=Origin", NULL},
    {"nor from several policies, * among them",
     {{"p: AllowOrigin " A "; AllowCredentials On", "q: AllowOrigin *"},
      {"UsePolicy p q"}},
     {NULL, NULL, NULL}, "Accept-Ranges: bytes", "", IS_SAME, "vary=Origin",
     NULL},
    {"nor from * that denies", {{NULL}, {"AllowOrigin *; DenyOrigin " B}},
     {NULL, NULL, NULL}, "", "", IS_SAME, "vary=Origin", NULL},
    {"refused: the same",
     {{NULL}, {"AllowOrigin " A "; AllowCredentials On; ExposeHeaders X-A"}},
     {B, NULL, NULL}, "", "", 0, "vary=Origin", NULL},
    {"methods, headers and max-age belong to preflights",
     {{NULL}, {"AllowOrigin " A "; AllowMethods PUT; AllowHeaders X-A; "
               "MaxAge 5"}},
     {A, NULL, NULL}, "", "", 0, "origin=" A " vary=Origin", NULL},
    {"Vary is merged", {{NULL}, {"AllowOrigin " A}}, {A, NULL, NULL},
     "Vary: Accept-Encoding", "", 0,
     "origin=" A " vary=Accept-Encoding, Origin", NULL},
    {"Vary in lower case is merged", {{NULL}, {"AllowOrigin " A}},
     {A, NULL, NULL}, "vary: Accept-Encoding", "", 0,
     "origin=" A " vary=Accept-Encoding, Origin", NULL},
    {"Vary of errors is merged too", {{NULL}, {"AllowOrigin " A}},
     {B, NULL, NULL}, "Vary: Accept-Encoding", "Vary: Cookie", 0,
     "vary=Accept-Encoding, Cookie, Origin", NULL},
    {"Vary: * is left alone", {{NULL}, {"AllowOrigin " A}}, {A, NULL, NULL},
     "Vary: *", "", 0, "origin=" A " vary=*", NULL},
    /* mod_deflate names it on the 200 only, and a cache replaces the stored
     * Vary by the 304's. */
    {"a 304 varies by Accept-Encoding too", {{NULL}, {"AllowOrigin " A}},
     {A, NULL, NULL}, "", "", IS_304,
     "origin=" A " vary=Origin, Accept-Encoding", NULL},
    {"a refused 304 as well", {{NULL}, {"AllowOrigin " A}}, {B, NULL, NULL},
     "Vary: accept-encoding", "", IS_304, "vary=accept-encoding, Origin",
     NULL},
    {"a named list stands on a 304",
     {{NULL}, {"AllowOrigin " A "; ExposeHeaders X-A; AllowCredentials On"}},
     {A, NULL, NULL}, "", "", IS_304,
     "origin=" A " credentials=true expose=X-A vary=Origin, Accept-Encoding",
     NULL},
    {"Always, no Origin",
     {{NULL}, {"AllowOrigin " A "; SendOrigin Always; ExposeHeaders X-A"}},
     {NULL, NULL, NULL}, "", "", IS_304, "origin=" A " expose=X-A", NULL},
    {"Always, no Origin, not a 304",
     {{NULL}, {"AllowOrigin " A "; SendOrigin Always"}}, {NULL, NULL, NULL},
     "", "", 0, "origin=" A, NULL},
    {"no Origin, a 304", {{NULL}, {"AllowOrigin " A}}, {NULL, NULL, NULL},
     "", "", IS_304, "vary=Origin, Accept-Encoding", NULL},
};

/* "Access-Control-* set by a handler, backend or mod_headers gives way to the
 * module's own, also where the module refuses; each stands once; what was
 * removed is logged" */
static const respond_row_t replaced[] = {
    {"the backend's gives way",
     {{NULL}, {"AllowOrigin " A}}, {A, NULL, NULL},
     "Access-Control-Allow-Origin: *|X-Other: x", "", 0,
     "origin=" A " vary=Origin", "Access-Control-Allow-Origin"},
    {"where the module refuses, too", {{NULL}, {"AllowOrigin " A}},
     {B, NULL, NULL}, "Access-Control-Allow-Origin: " B
     "|Access-Control-Allow-Credentials: true", "", 0, "vary=Origin",
     "Access-Control-Allow-Origin, Access-Control-Allow-Credentials"},
    {"without Origin, too", {{NULL}, {"AllowOrigin " A}}, {NULL, NULL, NULL},
     "Access-Control-Allow-Origin: *", "", 0, "vary=Origin",
     "Access-Control-Allow-Origin"},
    {"those that errors carry", {{NULL}, {"AllowOrigin *"}}, {A, NULL, NULL},
     "", "Access-Control-Allow-Origin: " B "|Access-Control-Max-Age: 5", 0,
     "origin=*", "Access-Control-Allow-Origin, Access-Control-Max-Age"},
    {"several lines of one name", {{NULL}, {"AllowOrigin " A}},
     {A, NULL, NULL},
     "Access-Control-Allow-Origin: *|X: y|Access-Control-Allow-Origin: " B,
     "", 0, "origin=" A " vary=Origin", "Access-Control-Allow-Origin"},
    {"in any case", {{NULL}, {"AllowOrigin " A}}, {A, NULL, NULL},
     "access-control-allow-origin: *|ACCESS-CONTROL-EXPOSE-HEADERS: X", "", 0,
     "origin=" A " vary=Origin",
     "access-control-allow-origin, ACCESS-CONTROL-EXPOSE-HEADERS"},
    {"names of tomorrow",
     {{NULL}, {"AllowOrigin " A}}, {A, NULL, NULL},
     "Access-Control-Allow-Private-Network: true", "", 0,
     "origin=" A " vary=Origin", "Access-Control-Allow-Private-Network"},
    {"preflight headers on an ordinary response",
     {{NULL}, {"AllowOrigin " A}}, {A, NULL, NULL},
     "Access-Control-Allow-Methods: PUT|Access-Control-Allow-Headers: X", "",
     0, "origin=" A " vary=Origin",
     "Access-Control-Allow-Methods, Access-Control-Allow-Headers"},
    {"an almost equal name stays", {{NULL}, {"AllowOrigin " A}},
     {A, NULL, NULL}, "Access-Control: x|Accept: y", "", 0,
     "origin=" A " vary=Origin", NULL},
};

/* "Keep: a response that already has Access-Control-Allow-Origin keeps its
 * Access-Control-* ...; Vary: Origin is merged on every response" */
#define KEEP "BackendHeaders Keep; "
#define BACKEND "Access-Control-Allow-Origin: " B \
    "|Access-Control-Allow-Credentials: true|Access-Control-Max-Age: 5"

static const respond_row_t kept[] = {
    {"kept where the module allows",
     {{NULL}, {KEEP "AllowOrigin " A "; ExposeHeaders X-A"}},
     {A, NULL, NULL}, BACKEND, "", 0,
     "origin=" B " credentials=true max-age=5 vary=Origin", NULL},
    {"kept where the module refuses", {{NULL}, {KEEP "AllowOrigin " A}},
     {B, NULL, NULL}, BACKEND, "", 0,
     "origin=" B " credentials=true max-age=5 vary=Origin", NULL},
    {"kept without Origin", {{NULL}, {KEEP "AllowOrigin " A}},
     {NULL, NULL, NULL}, BACKEND, "", 0,
     "origin=" B " credentials=true max-age=5 vary=Origin", NULL},
    {"Vary even under *", {{NULL}, {KEEP "AllowOrigin *"}}, {A, NULL, NULL},
     BACKEND, "", 0, "origin=" B " credentials=true max-age=5 vary=Origin",
     NULL},
    {"Vary under *, nothing to keep", {{NULL}, {KEEP "AllowOrigin *"}},
     {A, NULL, NULL}, "", "", 0, "origin=* vary=Origin", NULL},
    {"Vary under Always, nothing to keep",
     {{NULL}, {KEEP "AllowOrigin " A "; SendOrigin Always"}},
     {NULL, NULL, NULL}, "", "", 0, "origin=" A " vary=Origin", NULL},
    {"others alone are not kept", {{NULL}, {KEEP "AllowOrigin " A}},
     {A, NULL, NULL}, "Access-Control-Allow-Credentials: true", "", 0,
     "origin=" A " vary=Origin", "Access-Control-Allow-Credentials"},
    {"others alone are not kept where the module refuses",
     {{NULL}, {KEEP "AllowOrigin " A}}, {B, NULL, NULL},
     "Access-Control-Expose-Headers: X", "", 0, "vary=Origin",
     "Access-Control-Expose-Headers"},
    /* "wins over everything that allows, the backend's headers under Keep
     * too" */
    {"not against a deny",
     {{NULL}, {KEEP "AllowOrigin " A "; DenyOrigin " B}}, {B, NULL, NULL},
     BACKEND, "", 0, "vary=Origin",
     "Access-Control-Allow-Origin, Access-Control-Allow-Credentials, "
     "Access-Control-Max-Age"},
    {"not against a deny that excluded from a policy",
     {{"p: AllowOrigin *; DenyOrigin " B, "q: AllowOrigin " A},
      {KEEP "UsePolicy q p"}}, {B, NULL, NULL},
     "Access-Control-Allow-Origin: " B, "", 0, "vary=Origin",
     "Access-Control-Allow-Origin"},
    {"not against a deny under Always",
     {{NULL}, {KEEP "AllowOrigin " A "; SendOrigin Always; DenyOrigin " B}},
     {B, NULL, NULL}, "Access-Control-Allow-Origin: " B, "", 0,
     "origin=" A " vary=Origin", "Access-Control-Allow-Origin"},
    {"kept under Always where nothing denies",
     {{NULL}, {KEEP "AllowOrigin " A "; SendOrigin Always; DenyOrigin " B}},
     {"https://c.example", NULL, NULL}, "Access-Control-Allow-Origin: " B, "",
     0, "origin=" B " vary=Origin", NULL},
    {"not on the module's own answer", {{NULL}, {KEEP "AllowOrigin " A}},
     {A, NULL, NULL}, BACKEND, "", IS_OURS, "origin=" A " vary=Origin",
     "Access-Control-Allow-Origin, Access-Control-Allow-Credentials, "
     "Access-Control-Max-Age"},
    {"a preflight that a backend answered",
     {{NULL}, {KEEP "AllowOrigin " A "; AllowMethods PUT; "
               "Preflight PassThrough"}}, {A, "PUT", NULL}, BACKEND, "", 0,
     "origin=" B " credentials=true max-age=5 vary=Origin", NULL},
    {"a kept 304 varies by Accept-Encoding too",
     {{NULL}, {KEEP "AllowOrigin " A}}, {A, NULL, NULL},
     "Access-Control-Allow-Origin: " B, "", IS_304,
     "origin=" B " vary=Origin, Accept-Encoding", NULL},
};

/* Section 4. */
static const respond_row_t preflights[] = {
    {"the whole lists, whatever was asked",
     {{NULL}, {"AllowOrigin " A "; AllowMethods PUT DELETE; "
               "AllowHeaders X-A X-B; MaxAge 600"}}, {A, "PUT", "x-a"}, "",
     "", IS_OURS, "origin=" A " methods=PUT, DELETE headers=X-A, X-B "
     "max-age=600 vary=Origin", NULL},
    {"and where more was asked",
     {{NULL}, {"AllowOrigin " A "; AllowMethods PUT DELETE; "
               "AllowHeaders X-A X-B; MaxAge 600"}}, {A, "PATCH", "x-c"}, "",
     "", IS_OURS, "origin=" A " methods=PUT, DELETE headers=X-A, X-B "
     "max-age=600 vary=Origin", NULL},
    {"left out where none is", {{NULL}, {"AllowOrigin " A}},
     {A, "PUT", "x-a"}, "", "", IS_OURS, "origin=" A " vary=Origin", NULL},
    {"no expose headers, no timing",
     {{NULL}, {"AllowOrigin " A "; ExposeHeaders X-A; TimingAllowOrigin On; "
               "AllowCredentials On"}}, {A, "GET", NULL}, "", "", IS_OURS,
     "origin=" A " credentials=true vary=Origin", NULL},
    {"max-age 0 is sent as such", {{NULL}, {"AllowOrigin *; MaxAge 0"}},
     {A, "GET", NULL}, "", "", IS_OURS, "origin=* max-age=0", NULL},
    {"refused: nothing of the policy shown",
     {{NULL}, {"AllowOrigin " A "; AllowMethods PUT; AllowHeaders X-A; "
               "MaxAge 600; AllowCredentials On"}}, {B, "PUT", "x-a"}, "", "",
     IS_OURS, "vary=Origin", NULL},
    {"* without credentials", {{NULL}, {"AllowOrigin *; AllowMethods *; "
                                        "AllowHeaders * Authorization"}},
     {A, "PUT", "x-a"}, "", "", IS_OURS,
     "origin=* methods=* headers=*, Authorization", NULL},
    {"* for methods and headers alone",
     {{NULL}, {"AllowOrigin " A "; AllowMethods *; AllowHeaders *"}},
     {A, "PUT", "x-a"}, "", "", IS_OURS,
     "origin=" A " methods=* headers=* vary=Origin", NULL},
    {"PassThrough: ours on a backend's answer",
     {{NULL}, {"AllowOrigin " A "; AllowMethods PUT; Preflight PassThrough"}},
     {A, "PUT", NULL}, "Access-Control-Allow-Origin: *|Vary: Accept", "", 0,
     "origin=" A " methods=PUT vary=Accept, Origin",
     "Access-Control-Allow-Origin"},
};

/* "With credentials, * for methods or headers echoes what was asked, once
 * checked; unchecked bytes are never echoed, a refused name is left out" */
#define CREDENTIALS "AllowOrigin " A "; AllowCredentials On; "
#define ASKED "Access-Control-Request-Method, Access-Control-Request-Headers"

static const respond_row_t echoes[] = {
    {"the method", {{NULL}, {CREDENTIALS "AllowMethods *"}},
     {A, "PURGE", NULL}, "", "", IS_OURS,
     "origin=" A " credentials=true methods=PURGE vary=Origin, " ASKED,
     NULL},
    {"a safelisted method", {{NULL}, {CREDENTIALS "AllowMethods *"}},
     {A, "GET", NULL}, "", "", IS_OURS,
     "origin=" A " credentials=true methods=GET vary=Origin, " ASKED, NULL},
    {"a forbidden method is left out",
     {{NULL}, {CREDENTIALS "AllowMethods *"}}, {A, "TRACE", NULL}, "", "",
     IS_OURS, "origin=" A " credentials=true vary=Origin, " ASKED, NULL},
    {"unchecked bytes are left out",
     {{NULL}, {CREDENTIALS "AllowMethods *; AllowHeaders *"}},
     {A, "P\r\nX: y", "x-a\r\nset-cookie: a=b"}, "", "", IS_OURS,
     "origin=" A " credentials=true vary=Origin, " ASKED, NULL},
    {"the headers", {{NULL}, {CREDENTIALS "AllowHeaders *"}},
     {A, "GET", "x-b,X-A, ,"}, "", "", IS_OURS,
     "origin=" A " credentials=true headers=x-b, X-A vary=Origin, " ASKED,
     NULL},
    {"a refused header is left out", {{NULL}, {CREDENTIALS "AllowHeaders *"}},
     {A, "GET", "authorization,x-a"}, "", "", IS_OURS,
     "origin=" A " credentials=true headers=x-a vary=Origin, " ASKED, NULL},
    {"Authorization where it is named",
     {{NULL}, {CREDENTIALS "AllowHeaders Authorization *"}},
     {A, "GET", "authorization,x-a"}, "", "", IS_OURS,
     "origin=" A " credentials=true headers=authorization, x-a vary=Origin, "
     ASKED, NULL},
    {"no headers asked for", {{NULL}, {CREDENTIALS "AllowHeaders *"}},
     {A, "GET", NULL}, "", "", IS_OURS,
     "origin=" A " credentials=true vary=Origin, " ASKED, NULL},
    {"a list beside a star",
     {{NULL}, {CREDENTIALS "AllowHeaders X-A; AllowMethods *"}},
     {A, "PUT", "x-b"}, "", "", IS_OURS,
     "origin=" A " credentials=true methods=PUT headers=X-A vary=Origin, "
     ASKED, NULL},
    {"a whole list is no echo", {{NULL}, {CREDENTIALS "AllowHeaders X-A"}},
     {A, "PUT", "x-b"}, "", "", IS_OURS,
     "origin=" A " credentials=true headers=X-A vary=Origin", NULL},
    {"Always: Vary names what was asked alone",
     {{NULL}, {CREDENTIALS "AllowMethods *; SendOrigin Always"}},
     {B, "PUT", NULL}, "", "", IS_OURS,
     "origin=" A " credentials=true methods=PUT vary=" ASKED, NULL},
    {"refused: nothing is echoed",
     {{NULL}, {CREDENTIALS "AllowMethods *; AllowHeaders *"}},
     {B, "PUT", "x-a"}, "", "", IS_OURS, "vary=Origin", NULL},
};

/* "Timing-Allow-Origin with the value of Access-Control-Allow-Origin on the
 * same ordinary response, else absent" */
static const respond_row_t timing[] = {
    {"the origin", {{NULL}, {"AllowOrigin " A "; TimingAllowOrigin On"}},
     {A, NULL, NULL}, "", "", 0, "origin=" A " timing=" A " vary=Origin",
     NULL},
    {"a star", {{NULL}, {"AllowOrigin *; TimingAllowOrigin On"}},
     {NULL, NULL, NULL}, "", "", 0, "origin=* timing=*", NULL},
    {"Always", {{NULL}, {"AllowOrigin " A "; TimingAllowOrigin On; "
                         "SendOrigin Always"}},
     {B, NULL, NULL}, "", "", 0, "origin=" A " timing=" A, NULL},
    {"absent where refused",
     {{NULL}, {"AllowOrigin " A "; TimingAllowOrigin On"}}, {B, NULL, NULL},
     "Timing-Allow-Origin: *", "Timing-Allow-Origin: " B, 0, "vary=Origin",
     NULL},
    {"absent without Origin",
     {{NULL}, {"AllowOrigin " A "; TimingAllowOrigin On"}},
     {NULL, NULL, NULL}, "Timing-Allow-Origin: *", "", 0, "vary=Origin",
     NULL},
    {"the backend's gives way",
     {{NULL}, {"AllowOrigin " A "; TimingAllowOrigin On"}}, {A, NULL, NULL},
     "timing-allow-origin: *", "Timing-Allow-Origin: *", 0,
     "origin=" A " timing=" A " vary=Origin", NULL},
    {"the backend's stays where it is Off", {{NULL}, {"AllowOrigin " A}},
     {A, NULL, NULL}, "Timing-Allow-Origin: " B, "", 0,
     "origin=" A " timing=" B " vary=Origin", NULL},
    {"the value that Keep kept",
     {{NULL}, {KEEP "AllowOrigin " A "; TimingAllowOrigin On"}},
     {A, NULL, NULL}, "Access-Control-Allow-Origin: " B, "", 0,
     "origin=" B " timing=" B " vary=Origin", NULL},
    {"absent where nobody is allowed",
     {{NULL}, {"Engine On; TimingAllowOrigin On"}}, {A, NULL, NULL},
     "Timing-Allow-Origin: *", "", 0, "vary=Origin", NULL},
    {"the value that Keep kept where nobody is allowed",
     {{NULL}, {KEEP "Engine On; TimingAllowOrigin On"}}, {A, NULL, NULL},
     "Access-Control-Allow-Origin: " B "|Timing-Allow-Origin: *", "", 0,
     "origin=" B " timing=" B " vary=Origin", NULL},
    {"of the policy that decided",
     {{"p: AllowOrigin " A "; TimingAllowOrigin On", "q: AllowOrigin *"},
      {"UsePolicy p q"}}, {B, NULL, NULL}, "", "", 0,
     "origin=" B " vary=Origin", NULL},
    {"absent where none of several decided",
     {{"p: AllowOrigin " A "; TimingAllowOrigin On", "q: AllowOrigin None"},
      {"UsePolicy p q"}}, {B, NULL, NULL}, "Timing-Allow-Origin: *", "", 0,
     "vary=Origin", NULL},
};

static apr_table_t *headers(const char *lines)
{
    apr_table_t *table = apr_table_make(pool, 8);
    char *last, *line, *copy = apr_pstrdup(pool, lines);

    for (line = apr_strtok(copy, "|", &last); line;
         line = apr_strtok(NULL, "|", &last)) {
        char *colon = strchr(line, ':');

        *colon = '\0';
        apr_table_addn(table, line, colon + 2);
    }
    return table;
}

static void check_same(const respond_row_t *row, const cors_rules_t *rules,
                       const cors_facts_t *facts)
{
    apr_table_t *out = headers(row->out), *err = headers(row->err);
    const int same = (row->flags & IS_SAME) != 0;

    assert_int_equal(cors_respond_same(rules, facts,
                                       (row->flags & IS_304) != 0, out, err),
                     same);
    assert_text(show_headers(out),
                same ? row->answer : show_headers(headers(row->out)));
    assert_text(show_headers(err), show_headers(headers(row->err)));
}

static void check_respond(void **state)
{
    const respond_row_t *row = *state;
    cors_response_t r = {0};
    cors_rules_t rules;
    cors_facts_t facts;
    cors_decision_t d;
    int times;

    make_rules(&rules, &row->config);
    assert_text(cors_finding_name(rules.fault.id), NULL);
    make_facts(&facts, &row->request);
    cors_decide(&d, &rules, &facts, pool);
    check_same(row, &rules, &facts);
    r.pool = pool;
    r.out = headers(row->out);
    r.err = headers(row->err);
    r.is_304 = (row->flags & IS_304) != 0;
    r.is_ours = (row->flags & IS_OURS) != 0;
    for (times = 0; times < 2; times++) {
        cors_respond(&r, &rules, &d, &facts);
        assert_text(show_headers(r.out), row->answer);
        /* httpd sends both tables: what stands in one must not stand in the
         * other as well. Others' Vary stays where the module has none. */
        if (!rules.plain) {
            assert_text(show_headers(r.err), "");
        }
        if (!times) {
            assert_text(r.removed, row->removed);
        }
    }
}

int main(void)
{
    static const table_t tables[] = {
        TABLE(actual, check_respond),     TABLE(replaced, check_respond),
        TABLE(kept, check_respond),       TABLE(preflights, check_respond),
        TABLE(echoes, check_respond),     TABLE(timing, check_respond),
    };

    return run_tables(tables, COUNT(tables));
}
