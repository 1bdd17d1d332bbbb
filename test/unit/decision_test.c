/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decision_test.c: each verdict and the line that decided (spec.md, sections 2
 * to 4 and CORS_RESULT in 7; Fetch, "CORS check" and "CORS-preflight fetch").
 * Several policies and denies have several_test.c.
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "sections.h"

#define A "https://a.example"
#define B "https://b.example"

/* "same-origin" is httpd/state.c's to find, "source-error" a source's. */
static const outcome_row_t actual[] = {
    {"no Origin: not a CORS request", {{NULL}, {"AllowOrigin " A}},
     {NULL, NULL, NULL}, "none -", "vary=Origin"},
    {"allowed", {{NULL}, {"AllowOrigin " B "; AllowOrigin " A}},
     {A, NULL, NULL}, "allowed 1:2", "origin=" A " vary=Origin"},
    {"with credentials", {{NULL}, {"AllowOrigin " A "; AllowCredentials On"}},
     {A, NULL, NULL}, "allowed 1:1",
     "origin=" A " credentials=true vary=Origin"},
    {"by a pattern", {{NULL}, {"AllowOrigin https://*.example"}},
     {A, NULL, NULL}, "allowed 1:1", "origin=" A " vary=Origin"},
    {"by an expression",
     {{NULL}, {"AllowOrigin " B "; AllowOriginMatch https://a\\.example"}},
     {A, NULL, NULL}, "allowed 1:2", "origin=" A " vary=Origin"},
    {"an application by its scheme", {{NULL}, {"AllowOrigin app://*"}},
     {"app://Some.App", NULL, NULL}, "allowed 1:1",
     "origin=app://Some.App vary=Origin"},
    {"not listed", {{NULL}, {"AllowOrigin " A}}, {B, NULL, NULL},
     "refused-origin -", "vary=Origin"},
    {"another port", {{NULL}, {"AllowOrigin " A}},
     {A ":8443", NULL, NULL}, "refused-origin -", "vary=Origin"},
    {"another scheme", {{NULL}, {"AllowOrigin " A}},
     {"http://a.example", NULL, NULL}, "refused-origin -", "vary=Origin"},
    {"a trailing dot", {{NULL}, {"AllowOrigin " A}}, {A ".", NULL, NULL},
     "refused-origin -", "vary=Origin"},
    {"null where it is not listed", {{NULL}, {"AllowOrigin " A}},
     {"null", NULL, NULL}, "refused-origin -", "vary=Origin"},
    {"null", {{NULL}, {"Tolerate null-origin; AllowOrigin null"}},
     {"null", NULL, NULL}, "allowed 1:2", "origin=null vary=Origin"},
    /* "a sent file:// counts as null (echoed as it was sent)" */
    {"file:// as null", {{NULL}, {"Tolerate null-origin; AllowOrigin null"}},
     {"file://", NULL, NULL}, "allowed 1:2", "origin=file:// vary=Origin"},
    {"file:// where null is not listed",
     {{NULL}, {"AllowOriginMatch .*"}}, {"file://", NULL, NULL},
     "refused-origin -", "vary=Origin"},
    {"null is not tried on an expression",
     {{NULL}, {"AllowOriginMatch null|.*"}}, {"null", NULL, NULL},
     "refused-origin -", "vary=Origin"},
};

/* "Origin twice, empty, over 320 bytes or no origin by the grammar above:
 * refused like one that is not listed" */
static const outcome_row_t malformed[] = {
    {"twice", {{NULL}, {"AllowOrigin " A}}, {A ", " A, NULL, NULL},
     "refused-malformed -", "vary=Origin"},
    {"empty", {{NULL}, {"AllowOrigin " A}}, {"", NULL, NULL},
     "refused-malformed -", "vary=Origin"},
    {"a trailing slash", {{NULL}, {"AllowOrigin " A}}, {A "/", NULL, NULL},
     "refused-malformed -", "vary=Origin"},
    {"upper case", {{NULL}, {"AllowOrigin " A}},
     {"https://A.example", NULL, NULL}, "refused-malformed -",
     "vary=Origin"},
    {"the default port", {{NULL}, {"AllowOrigin " A}},
     {A ":443", NULL, NULL}, "refused-malformed -", "vary=Origin"},
    {"a star", {{NULL}, {"AllowOrigin " A}}, {"*", NULL, NULL},
     "refused-malformed -", "vary=Origin"},
    {"a pattern that is listed", {{NULL}, {"AllowOrigin https://*.example"}},
     {"https://*.example", NULL, NULL}, "refused-malformed -",
     "vary=Origin"},
    {"* with denies looks at it",
     {{NULL}, {"AllowOrigin *; DenyOrigin " B}}, {A "/", NULL, NULL},
     "refused-malformed -", "vary=Origin"},
    {"* last of several looks at it",
     {{"p: AllowOrigin " B, "q: AllowOrigin *"}, {"UsePolicy p q"}},
     {A "/", NULL, NULL}, "refused-malformed -", "vary=Origin"},
    {"an expression for everything does not see it",
     {{NULL}, {"AllowOriginMatch .*"}}, {A "/", NULL, NULL},
     "refused-malformed -", "vary=Origin"},
    {"a deny of everything does not see it",
     {{NULL}, {"AllowOrigin " A "; DenyOrigin *"}}, {"x", NULL, NULL},
     "refused-malformed -", "vary=Origin"},
    {"a preflight", {{NULL}, {"AllowOrigin " A}}, {A "/", "GET", NULL},
     "refused-malformed -", "vary=Origin"},
    {"where nobody is allowed", {{NULL}, {"Engine On"}}, {"x", NULL, NULL},
     "refused-malformed -", "vary=Origin"},
};

static const outcome_row_t preflights[] = {
    {"a safelisted method", {{NULL}, {"AllowOrigin " A}}, {A, "GET", NULL},
     "preflight-allowed 1:1", "origin=" A " vary=Origin"},
    {"POST", {{NULL}, {"AllowOrigin " A "; AllowMethods PUT"}},
     {A, "POST", NULL}, "preflight-allowed 1:1",
     "origin=" A " methods=PUT vary=Origin"},
    {"a method of the list",
     {{NULL}, {"AllowOrigin " A "; AllowMethods PUT DELETE"}},
     {A, "DELETE", NULL}, "preflight-allowed 1:1",
     "origin=" A " methods=PUT, DELETE vary=Origin"},
    {"another method", {{NULL}, {"AllowOrigin " A "; AllowMethods PUT"}},
     {A, "PATCH", NULL}, "refused-method 1:1",
     "origin=" A " methods=PUT vary=Origin"},
    {"in another case", {{NULL}, {"AllowOrigin " A "; AllowMethods PATCH"}},
     {A, "patch", NULL}, "refused-method 1:1",
     "origin=" A " methods=PATCH vary=Origin"},
    {"any method", {{NULL}, {"AllowOrigin " A "; AllowMethods *"}},
     {A, "PURGE", NULL}, "preflight-allowed 1:1",
     "origin=" A " methods=* vary=Origin"},
    {"a method that browsers never send",
     {{NULL}, {"AllowOrigin " A "; AllowMethods *"}}, {A, "TRACE", NULL},
     "refused-method 1:1", "origin=" A " methods=* vary=Origin"},
    {"a method that is no token",
     {{NULL}, {"AllowOrigin " A "; AllowMethods *"}}, {A, "P T", NULL},
     "refused-method 1:1", "origin=" A " methods=* vary=Origin"},
    {"headers of the list",
     {{NULL}, {"AllowOrigin " A "; AllowHeaders X-A X-B"}},
     {A, "GET", "x-b,x-a"}, "preflight-allowed 1:1",
     "origin=" A " headers=X-A, X-B vary=Origin"},
    {"another header", {{NULL}, {"AllowOrigin " A "; AllowHeaders X-A"}},
     {A, "GET", "x-a,x-c"}, "refused-header 1:1",
     "origin=" A " headers=X-A vary=Origin"},
    {"no headers allowed", {{NULL}, {"AllowOrigin " A}}, {A, "GET", "x-a"},
     "refused-header 1:1", "origin=" A " vary=Origin"},
    {"none asked for", {{NULL}, {"AllowOrigin " A "; AllowHeaders X-A"}},
     {A, "GET", ""}, "preflight-allowed 1:1",
     "origin=" A " headers=X-A vary=Origin"},
    {"any header", {{NULL}, {"AllowOrigin " A "; AllowHeaders *"}},
     {A, "GET", "x-a,x-c"}, "preflight-allowed 1:1",
     "origin=" A " headers=* vary=Origin"},
    {"any header is not Authorization",
     {{NULL}, {"AllowOrigin " A "; AllowHeaders *"}},
     {A, "GET", "authorization"}, "refused-header 1:1",
     "origin=" A " headers=* vary=Origin"},
    {"Authorization beside it",
     {{NULL}, {"AllowOrigin " A "; AllowHeaders * Authorization"}},
     {A, "GET", "authorization,x-a"}, "preflight-allowed 1:1",
     "origin=" A " headers=*, Authorization vary=Origin"},
    {"headers that are no list",
     {{NULL}, {"AllowOrigin " A "; AllowHeaders *"}}, {A, "GET", "x a"},
     "refused-header 1:1", "origin=" A " headers=* vary=Origin"},
    {"a method and a header: the method comes first",
     {{NULL}, {"AllowOrigin " A}}, {A, "PUT", "x-a"}, "refused-method 1:1",
     "origin=" A " vary=Origin"},
    {"another origin", {{NULL}, {"AllowOrigin " A "; AllowMethods PUT"}},
     {B, "PUT", NULL}, "refused-origin -", "vary=Origin"},
    {"another origin and another method",
     {{NULL}, {"AllowOrigin " A "; AllowMethods PUT"}}, {B, "PATCH", "x-a"},
     "refused-origin -", "vary=Origin"},
};

/* "policy is *: no credentials, no denies, one policy": whatever Origin holds,
 * on every response, without Vary. */
static const outcome_row_t plain[] = {
    {"an origin", {{NULL}, {"AllowOrigin *"}}, {A, NULL, NULL},
     "allowed 1:1", "origin=*"},
    {"no origin", {{NULL}, {"AllowOrigin *; ExposeHeaders X-A"}},
     {NULL, NULL, NULL}, "none 1:1", "origin=* expose=X-A"},
    {"null", {{NULL}, {"AllowOrigin *"}}, {"null", NULL, NULL},
     "allowed 1:1", "origin=*"},
    {"an empty one", {{NULL}, {"AllowOrigin *"}}, {"", NULL, NULL},
     "allowed 1:1", "origin=*"},
    {"a malformed one", {{NULL}, {"AllowOrigin *"}}, {"x\"\n", NULL, NULL},
     "allowed 1:1", "origin=*"},
    {"of a policy", {{"p: AllowOrigin *"}, {"UsePolicy p"}}, {A, NULL, NULL},
     "allowed p:1", "origin=*"},
    {"a preflight", {{NULL}, {"AllowOrigin *; AllowMethods PUT; MaxAge 5"}},
     {A, "PUT", NULL}, "preflight-allowed 1:1",
     "origin=* methods=PUT max-age=5"},
    {"a preflight that asks for more",
     {{NULL}, {"AllowOrigin *; AllowHeaders X-A"}}, {A, "GET", "x-b"},
     "refused-header 1:1", "origin=* headers=X-A"},
    {"a deny ends it", {{NULL}, {"AllowOrigin *; DenyOrigin " B}},
     {A, NULL, NULL}, "allowed 1:1", "origin=" A " vary=Origin"},
    {"a deny ends it without Origin too",
     {{NULL}, {"AllowOrigin *; DenyOrigin " B}}, {NULL, NULL, NULL},
     "none -", "vary=Origin"},
    {"a deny of an outer section ends it",
     {{NULL}, {"DenyOrigin " B, "AllowOrigin *"}}, {A, NULL, NULL},
     "allowed 2:1", "origin=" A " vary=Origin"},
    {"several policies end it",
     {{"p: AllowOrigin " A, "q: AllowOrigin *"}, {"UsePolicy p q"}},
     {NULL, NULL, NULL}, "none -", "vary=Origin"},
};

/* "that origin, credentials and expose headers stand on every response, Origin
 * or not, without Vary"; "the browser compares, CORS_RESULT judges" */
#define ALWAYS "AllowOrigin " A "; SendOrigin Always"

static const outcome_row_t always[] = {
    {"the origin", {{NULL}, {ALWAYS}}, {A, NULL, NULL}, "allowed 1:1",
     "origin=" A},
    {"no origin",
     {{NULL}, {ALWAYS "; AllowCredentials On; ExposeHeaders X-A"}},
     {NULL, NULL, NULL}, "none 1:1",
     "origin=" A " credentials=true expose=X-A"},
    {"another origin", {{NULL}, {ALWAYS "; AllowCredentials On"}},
     {B, NULL, NULL}, "refused-origin 1:1", "origin=" A " credentials=true"},
    {"null", {{NULL}, {ALWAYS}}, {"null", NULL, NULL}, "refused-origin 1:1",
     "origin=" A},
    {"the origin and more", {{NULL}, {ALWAYS}}, {A ".evil.test", NULL, NULL},
     "refused-origin 1:1", "origin=" A},
    {"a malformed one", {{NULL}, {ALWAYS}}, {A "/", NULL, NULL},
     "refused-malformed 1:1", "origin=" A},
    {"an empty one", {{NULL}, {ALWAYS}}, {"", NULL, NULL},
     "refused-malformed 1:1", "origin=" A},
    {"a preflight", {{NULL}, {ALWAYS "; AllowMethods PUT; MaxAge 5"}},
     {A, "PUT", NULL}, "preflight-allowed 1:1",
     "origin=" A " methods=PUT max-age=5"},
    {"a preflight of another: the same answer",
     {{NULL}, {ALWAYS "; AllowMethods PUT; MaxAge 5"}}, {B, "PUT", NULL},
     "refused-origin 1:1", "origin=" A " methods=PUT max-age=5"},
    {"a preflight for another method: the same answer",
     {{NULL}, {ALWAYS "; AllowMethods PUT"}}, {A, "PATCH", NULL},
     "refused-method 1:1", "origin=" A " methods=PUT"},
    {"denies of others change nothing but the line that refuses",
     {{NULL}, {ALWAYS "; DenyOrigin " B}}, {B, NULL, NULL},
     "refused-origin 1:3", "origin=" A},
    {"denies of others, with a trailing dot",
     {{NULL}, {ALWAYS "; DenyOrigin " B}}, {B ".", "GET", NULL},
     "refused-origin 1:3", "origin=" A},
    {"denies of others, its own origin",
     {{NULL}, {ALWAYS "; DenyOrigin " B}}, {A, NULL, NULL}, "allowed 1:1",
     "origin=" A},
    {"denies of others, no origin",
     {{NULL}, {ALWAYS "; DenyOrigin " B}}, {NULL, NULL, NULL}, "none 1:1",
     "origin=" A},
};

/* ---- what else the decision holds -------------------------------------- */

static void decide(cors_decision_t *d, const config_t *config,
                   const request_t *request)
{
    cors_rules_t *rules = apr_palloc(pool, sizeof(*rules));
    cors_facts_t *facts = apr_palloc(pool, sizeof(*facts));

    make_rules(rules, config);
    make_facts(facts, request);
    cors_decide(d, rules, facts, pool);
}

/* What was refused, for the log. */
typedef struct at_row_t {
    const char *rule;
    request_t request;
    const char *at;
} at_row_t;

static const at_row_t at[] = {
    {"the method", {A, "PATCH", "x-b"}, "PATCH"},
    {"the first header that is not listed", {A, "PUT", "x-a, x-b ,x-c"},
     "x-b"},
    {"where the list is malformed", {A, "PUT", "x-b,x-a;"}, "x-a"},
    {"nothing where all is allowed", {A, "PUT", "x-a"}, ""},
    {"nothing where the origin is refused", {B, "PATCH", "x-b"}, ""},
};

static void check_at(void **state)
{
    static const config_t config = {
        {NULL}, {"AllowOrigin " A "; AllowMethods PUT; AllowHeaders X-A"}};
    const at_row_t *row = *state;
    cors_decision_t d;

    decide(&d, &config, &row->request);
    assert_text(apr_pstrmemdup(pool, d.at.text ? d.at.text : "", d.at.len),
                row->at);
}

static void bytes_of_origin(void)
{
    static const config_t always_a = {{NULL}, {ALWAYS}};
    static const config_t list = {{NULL}, {"AllowOrigin " A}};
    const config_t *configs[] = {&list, &always_a};
    const char *where[] = {"-", "1:1"};
    cors_rules_t rules;
    cors_facts_t facts = {0};
    cors_decision_t d;
    int i;

    for (i = 0; i < 2; i++) {
        make_rules(&rules, configs[i]);
        facts.origin = A "\0.evil.test";
        facts.origin_len = sizeof(A "\0.evil.test") - 1;
        cors_decide(&d, &rules, &facts, pool);
        assert_int_equal(cors_decision_result(&d),
                         CORS_RESULT_REFUSED_MALFORMED);
        facts.origin = repeat("https://a.example", 19);
        facts.origin_len = strlen(facts.origin);
        assert_true(facts.origin_len > CORS_ORIGIN_MAX);
        cors_decide(&d, &rules, &facts, pool);
        assert_int_equal(cors_decision_result(&d),
                         CORS_RESULT_REFUSED_MALFORMED);
        assert_text(place(d.where), where[i]);
    }
}

static void names(void)
{
    static const char *const should[] = {
        "(none)", "same-origin", "allowed", "preflight-allowed",
        "refused-origin", "refused-method", "refused-header",
        "refused-malformed", "source-error"
    };
    size_t i;

    for (i = 0; i < COUNT(should); i++) {
        assert_text(cors_result_name((cors_result_e)i), should[i]);
    }
}

/* What a 403 may be about: the origin, never a method or header. */
static void refuses_origin(void)
{
    static const int should[] = {0, 0, 0, 0, 1, 0, 0, 1, 1};
    size_t i;

    for (i = 0; i < COUNT(should); i++) {
        cors_decision_t d = {0};

        d.result = (cors_result_e)i;
        assert_int_equal(cors_decision_refuses_origin(&d), should[i]);
    }
}

static const case_t others[] = {
    {"NUL and length are Origin's own", bytes_of_origin},
    {"the names of CORS_RESULT", names},
    {"which results refuse the origin", refuses_origin},
};

int main(void)
{
    static const table_t tables[] = {
        TABLE(actual, check_outcome),     TABLE(malformed, check_outcome),
        TABLE(preflights, check_outcome), TABLE(plain, check_outcome),
        TABLE(always, check_outcome),     TABLE(at, check_at),
        CASES(others),
    };

    return run_tables(tables, COUNT(tables));
}
