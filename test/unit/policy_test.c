/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_test.c: what holds where: the engine's default, and that what cannot
 * mean what was written grants nobody anything (spec.md, section 5: "the
 * section acts as CORSEngine On with no origin and Silent").
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "engine/suffix.h"
#include "sections.h"

#define A "https://a.example"
#define B "https://b.example"

typedef struct closed_row_t {
    const char *rule;
    config_t config;
    cors_finding_e fault;
    const char *where, *other;  /* "one error line that names both places" */
} closed_row_t;

static const closed_row_t any[] = {
    {"* with credentials", {{NULL}, {"AllowOrigin *; AllowCredentials On"}},
     CORS_F_ANY_WITH_CREDENTIALS, "1:1", "1:2"},
    {"* with credentials of an inner section",
     {{NULL}, {"AllowOrigin *", "AllowCredentials On"}},
     CORS_F_ANY_WITH_CREDENTIALS, "1:1", "2:1"},
    {"* of a policy with credentials of the section",
     {{"p: AllowOrigin *"}, {"UsePolicy p; AllowCredentials On"}},
     CORS_F_ANY_WITH_CREDENTIALS, "p:1", "1:2"},
    {"* of a policy with credentials of its own",
     {{"p: AllowCredentials On; AllowOrigin *"}, {"UsePolicy p"}},
     CORS_F_ANY_WITH_CREDENTIALS, "p:2", "p:1"},
    {"* with denies and credentials",
     {{NULL}, {"DenyOrigin " A "; AllowOrigin *; AllowCredentials On"}},
     CORS_F_ANY_WITH_CREDENTIALS, "1:2", "1:3"},
    {"* last of several, with credentials",
     {{"p: AllowOrigin " A, "q: AllowOrigin *; AllowCredentials On"},
      {"UsePolicy p q"}},
     CORS_F_ANY_WITH_CREDENTIALS, "q:1", "q:2"},
    {"* beside an origin", {{NULL}, {"AllowOrigin " A " *"}},
     CORS_F_ANY_BESIDE_OTHERS, "1:1", "1:1"},
    {"* on a line of its own",
     {{NULL}, {"AllowOrigin " A "; AllowOrigin *"}},
     CORS_F_ANY_BESIDE_OTHERS, "1:2", "1:1"},
    {"* beside a wildcard",
     {{NULL}, {"AllowOrigin *; AllowOrigin https://*.example.com"}},
     CORS_F_ANY_BESIDE_OTHERS, "1:1", "1:2"},
    {"* beside an expression",
     {{NULL}, {"AllowOrigin *; AllowOriginMatch https://a\\.example"}},
     CORS_F_ANY_BESIDE_OTHERS, "1:1", "1:2"},
    {"* beside null",
     {{NULL}, {"Tolerate null-origin; AllowOrigin * null"}},
     CORS_F_ANY_BESIDE_OTHERS, "1:2", "1:2"},
    {"a pattern that accepts all, with credentials",
     {{NULL}, {"AllowOriginMatch .*; AllowCredentials On"}},
     CORS_F_REGEX_ANY_WITH_CREDENTIALS, "1:1", "1:2"},
    {"tolerated or not",
     {{NULL}, {"AllowOriginMatch https?://.*; AllowCredentials On; "
               "Tolerate broad-patterns"}},
     CORS_F_REGEX_ANY_WITH_CREDENTIALS, "1:1", "1:2"},
    {"all hosts of an application scheme, with credentials",
     {{NULL}, {"AllowOrigin moz-extension://*; AllowCredentials On"}},
     CORS_F_SCHEME_WITH_CREDENTIALS, "1:1", "1:2"},
};

static const closed_row_t risky[] = {
    {"null", {{NULL}, {"AllowOrigin null"}}, CORS_F_NULL_UNTOLERATED, "1:1",
     "-"},
    {"null beside others", {{NULL}, {"AllowOrigin " A "; AllowOrigin null"}},
     CORS_F_NULL_UNTOLERATED, "1:2", "-"},
    {"null, tolerated by an outer section alone",
     {{NULL}, {"Tolerate null-origin; AllowOrigin " A, "AllowOrigin null"}},
     CORS_F_NULL_UNTOLERATED, "2:1", "-"},
    {"null, tolerated by an inner section alone",
     {{NULL}, {"AllowOrigin null", "Tolerate null-origin"}},
     CORS_F_NULL_UNTOLERATED, "1:1", "-"},
    {"null, tolerated by the section but not by its policy",
     {{"p: AllowOrigin null"}, {"UsePolicy p; Tolerate null-origin"}},
     CORS_F_NULL_UNTOLERATED, "p:1", "-"},
    {"null with credentials, always",
     {{NULL}, {"Tolerate null-origin; AllowOrigin null; "
               "AllowCredentials On"}},
     CORS_F_NULL_WITH_CREDENTIALS, "1:2", "1:3"},
    {"null with credentials of an inner section",
     {{NULL}, {"Tolerate null-origin; AllowOrigin null",
               "AllowCredentials On; Tolerate null-origin"}},
     CORS_F_NULL_WITH_CREDENTIALS, "1:2", "2:1"},
    {"http with credentials",
     {{NULL}, {"AllowCredentials On; AllowOrigin http://a.example"}},
     CORS_F_INSECURE_WITH_CREDENTIALS, "1:2", "1:1"},
    {"http with credentials of an inner section, tolerated there",
     {{NULL}, {"AllowOrigin http://a.example",
               "AllowCredentials On; Tolerate insecure-origins"}},
     CORS_F_INSECURE_WITH_CREDENTIALS, "1:1", "2:1"},
    {"http of a policy with credentials of the section",
     {{"p: AllowOrigin http://a.example"},
      {"UsePolicy p; AllowCredentials On; Tolerate insecure-origins"}},
     CORS_F_INSECURE_WITH_CREDENTIALS, "p:1", "1:2"},
    {"http in one of several",
     {{"p: AllowOrigin http://a.example; AllowCredentials On",
       "q: AllowOrigin *"}, {"UsePolicy p q"}},
     CORS_F_INSECURE_WITH_CREDENTIALS, "p:1", "p:2"},
    {"http subdomains with credentials",
     {{NULL}, {"AllowCredentials On; AllowOrigin http://*.a.example"}},
     CORS_F_INSECURE_WITH_CREDENTIALS, "1:2", "1:1"},
    {"http ports with credentials",
     {{NULL}, {"AllowCredentials On; AllowOrigin http://a.example:*"}},
     CORS_F_INSECURE_WITH_CREDENTIALS, "1:2", "1:1"},
#ifdef HAVE_LIBPSL
    {"a public suffix with credentials",
     {{NULL}, {"AllowCredentials On; AllowOrigin https://*.co.uk"}},
     CORS_F_SUFFIX_WITH_CREDENTIALS, "1:2", "1:1"},
    {"a public suffix on any port with credentials",
     {{NULL}, {"AllowCredentials On; AllowOrigin https://*.com:*"}},
     CORS_F_SUFFIX_WITH_CREDENTIALS, "1:2", "1:1"},
#endif
};

static const closed_row_t nones[] = {
    {"the first of two faults is told",
     {{NULL}, {"AllowMethods None PUT; AllowOrigin null"}},
     CORS_F_NULL_UNTOLERATED, "1:2", "-"},
    {"None beside an origin", {{NULL}, {"AllowOrigin None " A}},
     CORS_F_NONE_BESIDE_OTHERS, "1:1", "1:1"},
    {"None on a line of its own", {{NULL}, {"AllowOrigin " A "; "
                                            "AllowOrigin None"}},
     CORS_F_NONE_BESIDE_OTHERS, "1:2", "1:1"},
    {"None beside an expression",
     {{NULL}, {"AllowOrigin None; AllowOriginMatch https://a\\.example"}},
     CORS_F_NONE_BESIDE_OTHERS, "1:1", "1:2"},
    {"None beside *", {{NULL}, {"AllowOrigin * None"}},
     CORS_F_NONE_BESIDE_OTHERS, "1:1", "1:1"},
    {"None beside a method",
     {{NULL}, {"AllowOrigin " A "; AllowMethods None PUT"}},
     CORS_F_NONE_BESIDE_OTHERS, "1:2", "1:2"},
    {"None beside every method",
     {{NULL}, {"AllowOrigin " A "; AllowMethods None *"}},
     CORS_F_NONE_BESIDE_OTHERS, "1:2", "1:2"},
    {"None beside a header",
     {{NULL}, {"AllowOrigin " A "; AllowHeaders X-A; AllowHeaders None"}},
     CORS_F_NONE_BESIDE_OTHERS, "1:3", "1:2"},
    {"None beside an exposed header",
     {{NULL}, {"AllowOrigin " A, "ExposeHeaders None X-A"}},
     CORS_F_NONE_BESIDE_OTHERS, "2:1", "2:1"},
    {"None beside a method, in one of several policies",
     {{"p: AllowOrigin " A, "q: AllowOrigin *; AllowMethods None PUT"},
      {"UsePolicy p q"}},
     CORS_F_NONE_BESIDE_OTHERS, "q:2", "q:2"},
    {"None beside a header, in one of several policies",
     {{"p: AllowOrigin " A "; AllowHeaders None; AllowHeaders X-A",
       "q: AllowOrigin *"}, {"UsePolicy p q"}},
     CORS_F_NONE_BESIDE_OTHERS, "p:2", "p:3"},
    {"None beside an exposed header, in one of several policies",
     {{"p: AllowOrigin " A, "q: AllowOrigin *; ExposeHeaders * None"},
      {"UsePolicy p q"}},
     CORS_F_NONE_BESIDE_OTHERS, "q:2", "q:2"},
    {"None beside a method, no origin in reach",
     {{NULL}, {"AllowMethods None PUT"}}, CORS_F_NONE_BESIDE_OTHERS, "1:1",
     "1:1"},
    {"None beside a policy", {{"p: AllowOrigin " A}, {"UsePolicy None p"}},
     CORS_F_NONE_BESIDE_OTHERS, "1:1", "-"},
    {"None beside several policies",
     {{"p: AllowOrigin " A, "q: AllowOrigin *"}, {"UsePolicy p q None"}},
     CORS_F_NONE_BESIDE_OTHERS, "1:1", "-"},
};

/* "with one exact origin and nothing else that allows (else an error; denies of
 * other origins change nothing)" */
static const closed_row_t always[] = {
    {"two origins",
     {{NULL}, {"AllowOrigin " A " " B "; SendOrigin Always"}},
     CORS_F_SEND_ALWAYS, "1:2", "1:1"},
    {"no origin", {{NULL}, {"AllowOrigin None; SendOrigin Always"}},
     CORS_F_SEND_ALWAYS, "1:2", "1:1"},
    {"*", {{NULL}, {"SendOrigin Always; AllowOrigin *"}},
     CORS_F_SEND_ALWAYS, "1:1", "1:2"},
    {"null",
     {{NULL}, {"Tolerate null-origin; AllowOrigin null; SendOrigin Always"}},
     CORS_F_SEND_ALWAYS, "1:3", "1:2"},
    {"subdomains",
     {{NULL}, {"AllowOrigin https://*.a.example; SendOrigin Always"}},
     CORS_F_SEND_ALWAYS, "1:2", "1:1"},
    {"any port",
     {{NULL}, {"AllowOrigin http://localhost:*; SendOrigin Always"}},
     CORS_F_SEND_ALWAYS, "1:2", "1:1"},
    {"all hosts of a scheme",
     {{NULL}, {"AllowOrigin app://*; SendOrigin Always"}},
     CORS_F_SEND_ALWAYS, "1:2", "1:1"},
    {"an expression",
     {{NULL}, {"AllowOriginMatch https://a\\.example; SendOrigin Always"}},
     CORS_F_SEND_ALWAYS, "1:2", "1:1"},
    {"an expression beside the origin",
     {{NULL}, {"AllowOrigin " A "; SendOrigin Always; "
               "AllowOriginMatch https://b\\.example"}},
     CORS_F_SEND_ALWAYS, "1:2", "1:1"},
    {"an inner Always over two origins",
     {{NULL}, {"AllowOrigin " A " " B, "SendOrigin Always"}},
     CORS_F_SEND_ALWAYS, "2:1", "1:1"},
    {"Always of the section over two origins of a policy",
     {{"p: AllowOrigin " A " " B}, {"SendOrigin Always; UsePolicy p"}},
     CORS_F_SEND_ALWAYS, "1:1", "p:1"},
    {"a policy without a list", {{"p: SendOrigin Always"}, {"UsePolicy p"}},
     CORS_F_SEND_ALWAYS, "p:1", "-"},
    {"a deny of the origin",
     {{NULL}, {"AllowOrigin " A "; SendOrigin Always", "DenyOrigin " A}},
     CORS_F_SEND_ALWAYS, "1:2", "2:1"},
    {"an outer deny of every origin",
     {{NULL}, {"DenyOrigin *", "AllowOrigin " A "; SendOrigin Always"}},
     CORS_F_SEND_ALWAYS, "2:2", "1:1"},
    {"a deny of its subdomains' parent",
     {{NULL}, {"DenyOrigin https://*.example", "AllowOrigin " A "; "
               "SendOrigin Always"}},
     CORS_F_SEND_ALWAYS, "2:2", "1:1"},
    {"a deny that also matches with a trailing dot",
     {{NULL}, {"DenyOrigin " A, "AllowOrigin " A ".; SendOrigin Always"}},
     CORS_F_SEND_ALWAYS, "2:2", "1:1"},
    {"several policies",
     {{"p: AllowOrigin " A, "q: AllowOrigin " B},
      {"UsePolicy p q; SendOrigin Always"}},
     CORS_F_SEND_ALWAYS, "1:2", "1:1"},
};

static const closed_row_t several[] = {
    {"* before the last",
     {{"p: AllowOrigin *", "q: AllowOrigin " A}, {"UsePolicy p q"}},
     CORS_F_POLICY_ANY_NOT_LAST, "1:1", "p:1"},
    {"* in the middle",
     {{"p: AllowOrigin " A, "q: AllowOrigin *", "r: AllowOrigin " B},
      {"UsePolicy p q r"}},
     CORS_F_POLICY_ANY_NOT_LAST, "1:1", "q:1"},
    {"* twice",
     {{"p: AllowOrigin *"}, {"UsePolicy p p"}},
     CORS_F_POLICY_ANY_NOT_LAST, "1:1", "p:1"},
    {"one of several with an engine",
     {{"p: AllowOrigin " A "; Engine On", "q: AllowOrigin *"},
      {"UsePolicy p q"}}, CORS_F_SEVERAL_POLICY, "1:1", "p:2"},
    {"one of several with a refusal",
     {{"p: AllowOrigin " A, "q: Refusal Silent; AllowOrigin *"},
      {"UsePolicy p q"}}, CORS_F_SEVERAL_POLICY, "1:1", "q:1"},
    {"one of several with a preflight",
     {{"p: AllowOrigin " A, "q: Preflight 204; AllowOrigin *"},
      {"UsePolicy p q"}}, CORS_F_SEVERAL_POLICY, "1:1", "q:1"},
    {"one of several with backend headers",
     {{"p: AllowOrigin " A "; BackendHeaders Replace", "q: AllowOrigin *"},
      {"UsePolicy p q"}}, CORS_F_SEVERAL_POLICY, "1:1", "p:2"},
    {"one of several with Always",
     {{"p: AllowOrigin " A "; SendOrigin Always", "q: AllowOrigin *"},
      {"UsePolicy p q"}}, CORS_F_SEVERAL_POLICY, "1:1", "p:2"},
    {"a list of the section's own",
     {{"p: AllowOrigin " A, "q: AllowOrigin *"},
      {"UsePolicy p q; AllowOrigin " B}},
     CORS_F_SEVERAL_SECTION, "1:2", "1:1"},
    {"an expression of the section's own",
     {{"p: AllowOrigin " A, "q: AllowOrigin *"},
      {"AllowOriginMatch https://b\\.example; UsePolicy p q"}},
     CORS_F_SEVERAL_SECTION, "1:1", "1:2"},
    {"credentials of the section's own",
     {{"p: AllowOrigin " A, "q: AllowOrigin *"},
      {"UsePolicy p q; AllowCredentials On"}},
     CORS_F_SEVERAL_SECTION, "1:2", "1:1"},
    {"credentials of an inner section",
     {{"p: AllowOrigin " A, "q: AllowOrigin *"},
      {"UsePolicy p q", "AllowCredentials Off"}},
     CORS_F_SEVERAL_SECTION, "2:1", "1:1"},
    {"a policy that nobody defined", {{NULL}, {"UsePolicy p"}},
     CORS_F_POLICY_UNKNOWN, "1:1", "-"},
    {"one of several that nobody defined",
     {{"q: AllowOrigin *"}, {"UsePolicy p q"}}, CORS_F_POLICY_UNKNOWN, "1:1",
     "-"},
    {"the lists of one of several contradict",
     {{"p: AllowOrigin " A, "q: AllowOrigin * " B}, {"UsePolicy p q"}},
     CORS_F_ANY_BESIDE_OTHERS, "q:1", "q:1"},
};

/* What the line shows: the entry, the word, or the name of the policy. */
static const char *value_of(const closed_row_t *row)
{
    switch (row->fault) {
    case CORS_F_ANY_WITH_CREDENTIALS:
    case CORS_F_ANY_BESIDE_OTHERS:
        return "*";
    case CORS_F_NULL_UNTOLERATED:
    case CORS_F_NULL_WITH_CREDENTIALS:
        return "null";
    case CORS_F_NONE_BESIDE_OTHERS:
        return "None";
    case CORS_F_SEND_ALWAYS:
        return "Always";
    case CORS_F_POLICY_ANY_NOT_LAST:
    case CORS_F_SEVERAL_POLICY:
        return apr_pstrndup(pool, row->other, 1);
    case CORS_F_SEVERAL_SECTION:
    case CORS_F_POLICY_UNKNOWN:
        return NULL;
    default:
        return "an entry";
    }
}

static const request_t requests[] = {
    {NULL, NULL, NULL},          {A, NULL, NULL},
    {B, NULL, NULL},             {A, "GET", NULL},
    {B, "PUT", "x-a"},           {"null", NULL, NULL},
    {"http://a.example", NULL, NULL},
    {"https://a.co.uk", NULL, NULL},
    {"moz-extension://x", "GET", NULL},
};

static void check_closed(void **state)
{
    const closed_row_t *row = *state;
    apr_hash_t *none = apr_hash_make(pool);
    const char *value;
    cors_rules_t rules;
    size_t i;

    cors_suffix_load(pool);
    /* The outermost section says what "acts as" must undo. */
    cors_rules_make(&rules, cors_settings_merge(
        pool, read_section(none, "0", "Refusal Forbid; Preflight 200; "
                           "BackendHeaders Keep"),
        read_config(&row->config)));
    assert_text(cors_finding_name(rules.fault.id),
                cors_finding_name(row->fault));
    assert_text(place(rules.fault.where), row->where);
    assert_text(place(rules.fault.other), row->other);
    value = value_of(row);
    if (!value || strcmp(value, "an entry")) {
        assert_text(rules.fault.value, value);
    }
    else {
        assert_non_null(rules.fault.value);
    }
    assert_int_equal(rules.engine, CORS_ENGINE_ON);
    assert_int_equal(rules.in_force, 1);
    assert_int_equal(rules.refusal, CORS_REFUSAL_SILENT);
    assert_int_equal(rules.preflight, CORS_PREFLIGHT_204);
    assert_int_equal(rules.keep, 0);
    assert_int_equal(rules.n, 0);
    assert_int_equal(cors_rules_timing(&rules), 0);
    for (i = 0; i < COUNT(requests); i++) {
        assert_text(answer(&rules, &requests[i]), "vary=Origin");
        /* A deny still says which line it is. */
        assert_text(apr_pstrndup(pool, verdict(&rules, &requests[i]), 4),
                    requests[i].origin ? "refu" : "none");
    }
    /* What only checks the configuration sees the lists all the same. */
    cors_rules_gather(&rules, rules.settings);
    assert_int_equal(rules.fault.id, row->fault);
    assert_int_equal(rules.refusal, CORS_REFUSAL_FORBID);
}

/* "where its engine is Off or ReportOnly, only the line" */
static void check_only_the_line(void **state)
{
    const closed_row_t *row = *state;
    static const char *const engines[] = {"Engine Off", "Engine ReportOnly"};
    apr_hash_t *none = apr_hash_make(pool);
    cors_rules_t rules;
    int i;

    cors_suffix_load(pool);
    for (i = 0; i < 2; i++) {
        cors_rules_make(&rules, cors_settings_merge(
            pool, read_config(&row->config),
            read_section(none, "9", engines[i])));
        assert_text(cors_finding_name(rules.fault.id),
                    cors_finding_name(row->fault));
        assert_text(place(rules.engine_where), "9:1");
        assert_int_equal(rules.engine,
                         i ? CORS_ENGINE_REPORT : CORS_ENGINE_OFF);
        assert_int_equal(rules.in_force, i);
    }
}

int main(void)
{
    static const table_t tables[] = {
        TABLE(any, check_closed),
        TABLE(risky, check_closed),
        TABLE(nones, check_closed),
        TABLE(always, check_closed),
        TABLE(several, check_closed),
        {"only_the_line_any", any, sizeof(any[0]), COUNT(any),
         check_only_the_line},
        {"only_the_line_several", several, sizeof(several[0]), COUNT(several),
         check_only_the_line},
    };

    return run_tables(tables, COUNT(tables));
}
