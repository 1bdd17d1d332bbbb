/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reason_test.c: why a request was refused, in one word, and the line that
 * would allow it (spec.md, section 7).
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "engine/reason.h"
#include "sections.h"

#define A "https://a.example"
#define B "https://b.example"
#define HTTP "http://a.example"

typedef struct reason_row_t {
    const char *rule;
    config_t config;
    request_t request;
    const char *reason;         /* "refused-origin not-listed" */
    const char *remedy;         /* what stands in the log */
} reason_row_t;

static const reason_row_t reasons[] = {
    {"allowed", {{NULL}, {"AllowOrigin " A}}, {A, NULL, NULL},
     "allowed none", ""},
    {"a preflight allowed", {{NULL}, {"AllowOrigin " A}}, {A, "GET", NULL},
     "preflight-allowed none", ""},
    {"not listed", {{NULL}, {"AllowOrigin " A}}, {B, NULL, NULL},
     "refused-origin not-listed",
     "no entry allows it; to allow it: CORSAllowOrigin " B},
    {"an application", {{NULL}, {"AllowOrigin " A}}, {"app://X", NULL, NULL},
     "refused-origin not-listed",
     "no entry allows it; to allow it: CORSAllowOrigin app://X"},
    {"http beside credentials needs a tolerance",
     {{NULL}, {"AllowOrigin " B "; AllowCredentials On"}}, {HTTP, NULL, NULL},
     "refused-origin not-listed",
     "no entry allows it; to allow it: CORSAllowOrigin " HTTP
     " and CORSTolerate insecure-origins"},
    {"http on loopback does not",
     {{NULL}, {"AllowOrigin " B "; AllowCredentials On"}},
     {"http://localhost:3000", NULL, NULL}, "refused-origin not-listed",
     "no entry allows it; to allow it: CORSAllowOrigin http://localhost:3000"},
    {"nor does http without credentials", {{NULL}, {"AllowOrigin " B}},
     {HTTP, NULL, NULL}, "refused-origin not-listed",
     "no entry allows it; to allow it: CORSAllowOrigin " HTTP},
    {"several policies: the section itself may not list",
     {{"p: AllowOrigin " A, "q: AllowOrigin " A}, {"UsePolicy p q"}},
     {B, NULL, NULL}, "refused-origin not-listed",
     "no entry allows it; to allow it in one of the policies: "
     "CORSAllowOrigin " B},
    {"null", {{NULL}, {"AllowOrigin " A}}, {"null", NULL, NULL},
     "refused-origin null-origin",
     "no entry allows it; any site can make a null origin; to allow it: "
     "CORSAllowOrigin null and CORSTolerate null-origin"},
    {"file:// is null", {{NULL}, {"AllowOrigin " A}}, {"file://", NULL, NULL},
     "refused-origin null-origin",
     "no entry allows it; any site can make a null origin; to allow it: "
     "CORSAllowOrigin null and CORSTolerate null-origin"},
    {"null beside credentials: never",
     {{NULL}, {"AllowOrigin " A "; AllowCredentials On"}},
     {"null", NULL, NULL}, "refused-origin null-origin",
     "no entry allows it; any site can make a null origin"},
    {"denied", {{NULL}, {"AllowOrigin *; DenyOrigin " B}}, {B, NULL, NULL},
     "refused-origin denied", "a CORSDenyOrigin names it"},
    {"a contradiction",
     {{NULL}, {"AllowOrigin *; AllowCredentials On"}}, {B, NULL, NULL},
     "refused-origin contradiction",
     "the policy contradicts itself and allows nobody"},
    {"malformed", {{NULL}, {"AllowOrigin " A}}, {A "/", NULL, NULL},
     "refused-malformed malformed",
     "Origin is not an origin as browsers write it"},
    {"a method", {{NULL}, {"AllowOrigin " A}}, {A, "PUT", NULL},
     "refused-method method",
     "the method PUT is not allowed; to allow it: CORSAllowMethods PUT"},
    {"a method that nothing can allow",
     {{NULL}, {"AllowOrigin " A "; AllowMethods *"}}, {A, "TRACE", NULL},
     "refused-method method", "the method TRACE is not allowed"},
    {"a method that is no token", {{NULL}, {"AllowOrigin " A}},
     {A, "P\x01T", NULL}, "refused-method method",
     "the method P\\x01T is not allowed"},
    {"a method that a list takes for another thing",
     {{NULL}, {"AllowOrigin " A}}, {A, "*", NULL}, "refused-method method",
     "the method * is not allowed"},
    {"None too", {{NULL}, {"AllowOrigin " A}}, {A, "NONE", NULL},
     "refused-method method", "the method NONE is not allowed"},
    {"a method that begins with a quote", {{NULL}, {"AllowOrigin " A}},
     {A, "'A", NULL}, "refused-method method",
     "the method 'A is not allowed; to allow it: CORSAllowMethods \"'A\""},
    {"a header", {{NULL}, {"AllowOrigin " A "; AllowHeaders X-B"}},
     {A, "GET", "x-b, x-a"}, "refused-header header",
     "the header x-a is not allowed; to allow it: CORSAllowHeaders x-a"},
    {"Authorization beside *",
     {{NULL}, {"AllowOrigin " A "; AllowHeaders *"}},
     {A, "GET", "authorization"}, "refused-header header",
     "the header authorization is not allowed; to allow it: CORSAllowHeaders "
     "authorization"},
    {"a header that the list drops", {{NULL}, {"AllowOrigin " A}},
     {A, "GET", "cookie"}, "refused-header header",
     "the header cookie is not allowed"},
    {"so does it these", {{NULL}, {"AllowOrigin " A}},
     {A, "GET", "access-control-x"}, "refused-header header",
     "the header access-control-x is not allowed"},
    {"no list", {{NULL}, {"AllowOrigin " A}}, {A, "GET", "a b"},
     "refused-header header-list",
     "Access-Control-Request-Headers is no list of names, or longer than any "
     "browser's"},
};

static void check_reason(void **state)
{
    const reason_row_t *row = *state;
    cors_refusal_facts_t refused = {0};
    cors_remedy_t remedy;
    cors_decision_t d;
    cors_rules_t rules;
    cors_facts_t facts;

    make_rules(&rules, &row->config);
    make_facts(&facts, &row->request);
    cors_decide(&d, &rules, &facts, pool);
    refused.reason = cors_decision_reason(&d, &rules, facts.headers);
    refused.origin = facts.origin;
    refused.origin_len = facts.origin_len;
    refused.at = d.at;
    refused.credentials = rules.n == 1 && rules.one.credentials;
    refused.several = rules.n > 1;
    assert_text(apr_pstrcat(pool, cors_result_name(d.result), " ",
                            cors_reason_name(refused.reason), NULL),
                row->reason);
    assert_int_equal(cors_reason_result(refused.reason), d.result);
    assert_int_equal(CORS_REASON_REFUSES(refused.reason),
                     !strncmp(row->reason, "refused", 7));
    cors_remedy(&remedy, &refused, pool);
    assert_text(cors_remedy_text(&remedy, pool), row->remedy);
}

/* Who is not listed can be added where the list is kept; null cannot. */
static void test_sources(void)
{
    static const cors_source_t first = {.text = "file:a.txt"};
    static const cors_source_t second = {.text = "dbm:b"};
    cors_refusal_facts_t facts = {.reason = CORS_REASON_NOT_LISTED,
                                  .origin = B, .origin_len = strlen(B)};
    apr_array_header_t *sources = apr_array_make(pool, 2,
                                                 sizeof(cors_source_t *));
    cors_remedy_t remedy;

    assert_null(cors_sources_text(NULL, pool));
    facts.sources = sources;
    APR_ARRAY_PUSH(sources, const cors_source_t *) = &first;
    APR_ARRAY_PUSH(sources, const cors_source_t *) = &second;
    cors_remedy(&remedy, &facts, pool);
    assert_text(cors_remedy_text(&remedy, pool),
                "no entry allows it; to allow it: CORSAllowOrigin " B
                "; or add it to file:a.txt or dbm:b");
    facts.origin = "null";
    facts.origin_len = 4;
    facts.reason = CORS_REASON_NULL_ORIGIN;
    cors_remedy(&remedy, &facts, pool);
    assert_null(remedy.lists);
}

/* What the engine cannot come to: the server's side sets it. */
static void test_others(void)
{
    cors_decision_t d = {0};
    cors_rules_t rules = {0};

    d.result = CORS_RESULT_SAME_ORIGIN;
    assert_int_equal(cors_decision_reason(&d, &rules, NULL),
                     CORS_REASON_SAME_ORIGIN);
    d.result = CORS_RESULT_SOURCE_ERROR;
    assert_int_equal(cors_decision_reason(&d, &rules, NULL),
                     CORS_REASON_SOURCE);
    assert_string_equal(cors_reason_name(CORS_REASON_SOURCE), "source");
}

static const case_t others[] = {
    {"the server's own, and a source", test_others},
    {"a list kept elsewhere", test_sources},
};

static const table_t tables[] = {
    TABLE(reasons, check_reason),
    CASES(others),
};

int main(void)
{
    return run_tables(tables, COUNT(tables));
}
