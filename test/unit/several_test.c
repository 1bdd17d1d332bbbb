/* SPDX-License-Identifier: Apache-2.0 */
/*
 * several_test.c: several policies, denies, and what must not come as a 304
 * (spec.md, CORSUsePolicy, CORSDenyOrigin and section 3).
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "sections.h"

#define A "https://a.example"
#define B "https://b.example"
#define C "https://c.example"

#define PARTNERS "partners: AllowOrigin " A " " B "; AllowCredentials On; " \
    "AllowMethods PUT; ExposeHeaders X-A"
#define PUBLIC "public: AllowOrigin *"
#define ALWAYS_A "AllowOrigin " A "; SendOrigin Always"

/* "the first whose allow list holds the origin and whose deny list does not
 * decides (a deny of one policy excludes from that policy only; the section's
 * own and outer denies from all)" */
static const outcome_row_t policies[] = {
    {"the first that holds it", {{PARTNERS, PUBLIC},
                                 {"UsePolicy partners public"}},
     {A, NULL, NULL}, "allowed partners:1",
     "origin=" A " credentials=true expose=X-A vary=Origin"},
    {"everybody else", {{PARTNERS, PUBLIC}, {"UsePolicy partners public"}},
     {C, NULL, NULL}, "allowed public:1", "origin=" C " vary=Origin"},
    {"null is everybody else",
     {{PARTNERS, PUBLIC}, {"UsePolicy partners public"}},
     {"null", NULL, NULL}, "allowed public:1", "origin=null vary=Origin"},
    {"no Origin", {{PARTNERS, PUBLIC}, {"UsePolicy partners public"}},
     {NULL, NULL, NULL}, "none -", "vary=Origin"},
    {"a preflight of the first",
     {{PARTNERS, PUBLIC}, {"UsePolicy partners public"}}, {A, "PUT", NULL},
     "preflight-allowed partners:1",
     "origin=" A " credentials=true methods=PUT vary=Origin"},
    {"a preflight of everybody else",
     {{PARTNERS, PUBLIC}, {"UsePolicy partners public"}}, {C, "PUT", NULL},
     "refused-method public:1", "origin=" C " vary=Origin"},
    {"the first decides, though the second would grant more",
     {{"p: AllowOrigin " A, "q: AllowOrigin " A "; AllowCredentials On"},
      {"UsePolicy p q"}}, {A, NULL, NULL}, "allowed p:1",
     "origin=" A " vary=Origin"},
    {"in the order of CORSUsePolicy, not of definition",
     {{"p: AllowOrigin " A, "q: AllowOrigin " A "; AllowCredentials On"},
      {"UsePolicy q p"}}, {A, NULL, NULL}, "allowed q:1",
     "origin=" A " credentials=true vary=Origin"},
    {"over several lines", {{"p: AllowOrigin " A, "q: AllowOrigin " B},
                            {"UsePolicy p; UsePolicy q"}},
     {B, NULL, NULL}, "allowed q:1", "origin=" B " vary=Origin"},
    {"none of them", {{"p: AllowOrigin " A, "q: AllowOrigin " B},
                      {"UsePolicy p q"}},
     {C, NULL, NULL}, "refused-origin -", "vary=Origin"},
    {"a policy without a list is passed over",
     {{"p: AllowMethods PUT", "q: AllowOrigin " B}, {"UsePolicy p q"}},
     {B, NULL, NULL}, "allowed q:1", "origin=" B " vary=Origin"},
    {"four of them, the last",
     {{"p: AllowOrigin " A, "q: AllowOrigin " B, "r: AllowOrigin None",
       "s: AllowOriginMatch https://c\\.example"}, {"UsePolicy p q r s"}},
     {C, NULL, NULL}, "allowed s:1", "origin=" C " vary=Origin"},
    {"a deny of one policy excludes from that policy only",
     {{"p: AllowOrigin https://*.example; DenyOrigin " A
       "; AllowCredentials On", PUBLIC}, {"UsePolicy p public"}},
     {A, NULL, NULL}, "allowed public:1", "origin=" A " vary=Origin"},
    {"and no other from it",
     {{"p: AllowOrigin https://*.example; DenyOrigin " A
       "; AllowCredentials On", PUBLIC}, {"UsePolicy p public"}},
     {B, NULL, NULL}, "allowed p:1",
     "origin=" B " credentials=true vary=Origin"},
    {"excluded from the only policy that held it",
     {{"p: AllowOrigin https://*.example; DenyOrigin " A,
       "q: AllowOrigin " B}, {"UsePolicy p q"}},
     {A, NULL, NULL}, "refused-origin p:2", "vary=Origin"},
    {"excluded from both",
     {{"p: AllowOrigin https://*.example; DenyOrigin " A,
       "q: AllowOrigin *; DenyOrigin " A}, {"UsePolicy p q"}},
     {A, NULL, NULL}, "refused-origin q:2", "vary=Origin"},
    {"excluded with a trailing dot",
     {{"p: AllowOrigin https://*.example.; DenyOrigin " A,
       "q: AllowOrigin " B}, {"UsePolicy p q"}},
     {A ".", NULL, NULL}, "refused-origin p:2", "vary=Origin"},
    {"the section's own deny excludes from all",
     {{PARTNERS, PUBLIC}, {"UsePolicy partners public; DenyOrigin " A}},
     {A, NULL, NULL}, "refused-origin 1:2", "vary=Origin"},
    {"an outer deny excludes from all",
     {{PARTNERS, PUBLIC}, {"DenyOrigin " A, "UsePolicy partners public"}},
     {A, NULL, NULL}, "refused-origin 1:1", "vary=Origin"},
    {"an inner deny excludes from all",
     {{PARTNERS, PUBLIC}, {"UsePolicy partners public", "DenyOrigin " A}},
     {A, NULL, NULL}, "refused-origin 2:1", "vary=Origin"},
    {"the section's expose holds for all",
     {{PARTNERS, PUBLIC}, {"UsePolicy partners public; ExposeHeaders X-B"}},
     {A, NULL, NULL}, "allowed partners:1",
     "origin=" A " credentials=true expose=X-B vary=Origin"},
};

/* "exceptions: wins over everything that allows ... An entry also matches its
 * host with a trailing dot" */
static const outcome_row_t denies[] = {
    {"over an exact entry", {{NULL}, {"AllowOrigin " A "; DenyOrigin " A}},
     {A, NULL, NULL}, "refused-origin 1:2", "vary=Origin"},
    {"over a pattern",
     {{NULL}, {"DenyOrigin " A "; AllowOrigin https://*.example"}},
     {A, NULL, NULL}, "refused-origin 1:1", "vary=Origin"},
    {"over an expression",
     {{NULL}, {"DenyOrigin " A "; AllowOriginMatch https://.\\.example"}},
     {A, NULL, NULL}, "refused-origin 1:1", "vary=Origin"},
    {"over *", {{NULL}, {"DenyOrigin " A "; AllowOrigin *"}},
     {A, NULL, NULL}, "refused-origin 1:1", "vary=Origin"},
    {"a preflight", {{NULL}, {"DenyOrigin " A "; AllowOrigin *"}},
     {A, "GET", NULL}, "refused-origin 1:1", "vary=Origin"},
    {"with a trailing dot", {{NULL}, {"DenyOrigin " A "; AllowOrigin *"}},
     {A ".", NULL, NULL}, "refused-origin 1:1", "vary=Origin"},
    {"with a trailing dot and a port",
     {{NULL}, {"DenyOrigin " A ":8443; AllowOrigin *"}},
     {A ".:8443", NULL, NULL}, "refused-origin 1:1", "vary=Origin"},
    {"with a trailing dot, below a wildcard",
     {{NULL}, {"DenyOrigin https://*.example; AllowOrigin *"}},
     {A ".", NULL, NULL}, "refused-origin 1:1", "vary=Origin"},
    {"with a trailing dot, on any port",
     {{NULL}, {"DenyOrigin https://a.example:*; AllowOrigin *"}},
     {A ".:1", NULL, NULL}, "refused-origin 1:1", "vary=Origin"},
    {"an entry with a dot matches only so",
     {{NULL}, {"DenyOrigin " A ".; AllowOrigin *"}}, {A, NULL, NULL},
     "allowed 1:2", "origin=" A " vary=Origin"},
    {"an entry with a dot matches itself",
     {{NULL}, {"DenyOrigin " A ".; AllowOrigin *"}}, {A ".", NULL, NULL},
     "refused-origin 1:1", "vary=Origin"},
    {"the dot of an opaque host is its own",
     {{NULL}, {"DenyOrigin app://x; AllowOrigin *"}},
     {"app://x.", NULL, NULL}, "allowed 1:2",
     "origin=app://x. vary=Origin"},
    {"another port is another origin",
     {{NULL}, {"DenyOrigin " A "; AllowOrigin *"}}, {A ":8443", NULL, NULL},
     "allowed 1:2", "origin=" A ":8443 vary=Origin"},
    {"another scheme is another origin",
     {{NULL}, {"DenyOrigin " A "; AllowOrigin *"}},
     {"http://a.example", NULL, NULL}, "allowed 1:2",
     "origin=http://a.example vary=Origin"},
    {"null", {{NULL}, {"DenyOrigin null; AllowOrigin *"}},
     {"null", NULL, NULL}, "refused-origin 1:1", "vary=Origin"},
    {"file:// as null", {{NULL}, {"DenyOrigin null; AllowOrigin *"}},
     {"file://", NULL, NULL}, "refused-origin 1:1", "vary=Origin"},
    {"all hosts of a scheme", {{NULL}, {"DenyOrigin app://*; AllowOrigin *"}},
     {"app://x", NULL, NULL}, "refused-origin 1:1", "vary=Origin"},
    {"everybody", {{NULL}, {"DenyOrigin *; AllowOrigin " A}}, {A, NULL, NULL},
     "refused-origin 1:1", "vary=Origin"},
    {"everybody, null too",
     {{NULL}, {"DenyOrigin *; AllowOrigin null; Tolerate null-origin"}},
     {"null", NULL, NULL}, "refused-origin 1:1", "vary=Origin"},
    {"a public suffix without any tolerance",
     {{NULL}, {"DenyOrigin https://*.com; AllowOrigin *"}},
     {"https://evil.com", NULL, NULL}, "refused-origin 1:1", "vary=Origin"},
    {"no Origin", {{NULL}, {"DenyOrigin *; AllowOrigin *"}},
     {NULL, NULL, NULL}, "none -", "vary=Origin"},
};

/* "with several policies, where the decision grants a request with Origin less
 * (origin, credentials, exposed names) than the section can grant another" */
typedef struct complete_row_t {
    const char *rule;
    config_t config;
    const char *origin;
    int complete;
} complete_row_t;

static const complete_row_t complete[] = {
    {"less credentials", {{PARTNERS, PUBLIC}, {"UsePolicy partners public"}},
     C, 1},
    {"the most of all", {{PARTNERS, PUBLIC}, {"UsePolicy partners public"}},
     A, 0},
    {"no Origin", {{PARTNERS, PUBLIC}, {"UsePolicy partners public"}}, NULL,
     0},
    {"refused", {{PARTNERS, "q: AllowOrigin " C}, {"UsePolicy partners q"}},
     "https://d.example", 1},
    {"malformed", {{PARTNERS, "q: AllowOrigin " C},
                   {"UsePolicy partners q"}}, "x", 1},
    {"denied", {{PARTNERS, PUBLIC},
                {"UsePolicy partners public; DenyOrigin " C}}, C, 1},
    {"fewer exposed names",
     {{"p: AllowOrigin " A "; ExposeHeaders X-A",
       "q: AllowOrigin *; ExposeHeaders X-B"}, {"UsePolicy p q"}}, A, 1},
    {"other exposed names, the other way round",
     {{"p: AllowOrigin " A "; ExposeHeaders X-A",
       "q: AllowOrigin *; ExposeHeaders X-B"}, {"UsePolicy p q"}}, C, 1},
    {"more exposed names",
     {{"p: AllowOrigin " A "; ExposeHeaders X-A X-B",
       "q: AllowOrigin *; ExposeHeaders x-b"}, {"UsePolicy p q"}}, A, 0},
    {"some of every name",
     {{"p: AllowOrigin " A "; ExposeHeaders X-A",
       "q: AllowOrigin *; ExposeHeaders *"}, {"UsePolicy p q"}}, A, 1},
    {"the section's own exposed names",
     {{"p: AllowOrigin " A, "q: AllowOrigin *; ExposeHeaders X-B"},
      {"UsePolicy p q; ExposeHeaders X-A"}}, A, 0},
    {"the section's own exposed names, less credentials",
     {{PARTNERS, PUBLIC},
      {"UsePolicy partners public; ExposeHeaders X-A"}}, C, 1},
    /* With credentials * is a list of names, which a 304 lacks: it would leave
     * the other's "*" in a cache. */
    {"* with credentials beside * without",
     {{"p: AllowOrigin " A "; AllowCredentials On; ExposeHeaders *",
       "q: AllowOrigin *; ExposeHeaders *"}, {"UsePolicy p q"}}, A, 1},
    {"* with credentials twice",
     {{"p: AllowOrigin " A "; AllowCredentials On; ExposeHeaders *",
       "q: AllowOrigin " B "; AllowCredentials On; ExposeHeaders *"},
      {"UsePolicy p q"}}, A, 0},
    {"a list with credentials beside * without",
     {{"p: AllowOrigin " A "; AllowCredentials On; ExposeHeaders X-A",
       "q: AllowOrigin *; ExposeHeaders *"}, {"UsePolicy p q"}}, A, 1},
    {"* of the section, one policy with credentials",
     {{"p: AllowOrigin " A "; AllowCredentials On", "q: AllowOrigin *"},
      {"UsePolicy p q; ExposeHeaders *"}}, A, 1},
    {"a list of the section over * of a policy",
     {{"p: AllowOrigin " A "; AllowCredentials On",
       "q: AllowOrigin *; ExposeHeaders *"},
      {"UsePolicy p q; ExposeHeaders X-A"}}, A, 0},
    {"alike, both with *",
     {{"p: AllowOrigin " A "; ExposeHeaders *",
       "q: AllowOrigin *; ExposeHeaders *"}, {"UsePolicy p q"}}, A, 0},
    {"alike", {{"p: AllowOrigin " A, "q: AllowOrigin *"}, {"UsePolicy p q"}},
     C, 0},
    {"one policy, refused", {{PARTNERS}, {"UsePolicy partners"}}, C, 0},
    {"a list, refused", {{NULL}, {"AllowOrigin " A}}, C, 0},
    {"a list, denied", {{NULL}, {"AllowOrigin *; DenyOrigin " A}}, A, 0},
};

static void check_complete(void **state)
{
    const complete_row_t *row = *state;
    request_t request = {row->origin, NULL, NULL};
    cors_rules_t rules;
    cors_facts_t facts;
    cors_decision_t d;

    make_rules(&rules, &row->config);
    assert_int_equal(rules.fault.id, 0);
    make_facts(&facts, &request);
    cors_decide(&d, &rules, &facts, pool);
    assert_int_equal(d.complete, row->complete);
}

/* "Where httpd swaps the configuration of the same request (DirectoryIndex,
 * MultiViews, FallbackResource), denies of the target are added ...; its allow
 * list is not read." */
typedef struct target_row_t {
    const char *rule;
    config_t config;
    const char *target;
    request_t request;
    int added;
    const char *verdict;
    const char *answer;
} target_row_t;

static const target_row_t targets[] = {
    {"a deny takes a grant away", {{NULL}, {"AllowOrigin " A}},
     "DenyOrigin " A, {A, NULL, NULL}, 1, "refused-origin T:1",
     "vary=Origin"},
    {"and no other", {{NULL}, {"AllowOrigin " A}}, "DenyOrigin " B,
     {A, NULL, NULL}, 1, "allowed 1:1", "origin=" A " vary=Origin"},
    {"from * too", {{NULL}, {"AllowOrigin *"}}, "DenyOrigin " B,
     {B, NULL, NULL}, 1, "refused-origin T:1", "vary=Origin"},
    {"* depends on the origin then", {{NULL}, {"AllowOrigin *"}},
     "DenyOrigin " B, {A, NULL, NULL}, 1, "allowed 1:1",
     "origin=" A " vary=Origin"},
    {"Always with a deny of its origin", {{NULL}, {ALWAYS_A}},
     "DenyOrigin https://*.example", {A, NULL, NULL}, 1,
     "refused-origin T:1", "vary=Origin"},
    {"Always with a deny of another", {{NULL}, {ALWAYS_A}}, "DenyOrigin " B,
     {NULL, NULL, NULL}, 1, "none 1:1", "origin=" A},
    {"its allow list is not read", {{NULL}, {"AllowOrigin " A}},
     "AllowOrigin " B, {B, NULL, NULL}, 0, "refused-origin -",
     "vary=Origin"},
    {"its * is not read", {{NULL}, {"AllowOrigin " A}}, "AllowOrigin *",
     {B, NULL, NULL}, 0, "refused-origin -", "vary=Origin"},
    {"its credentials are not read", {{NULL}, {"AllowOrigin " A}},
     "AllowCredentials On", {A, NULL, NULL}, 0, "allowed 1:1",
     "origin=" A " vary=Origin"},
    {"the first denies stay", {{NULL}, {"AllowOrigin *; DenyOrigin " A}},
     "DenyOrigin " B, {A, NULL, NULL}, 1, "refused-origin 1:2",
     "vary=Origin"},
    {"a deny of the target's policy",
     {{"p: AllowOrigin *; DenyOrigin " A}, {"AllowOrigin *"}},
     "UsePolicy p", {A, NULL, NULL}, 1, "refused-origin p:2",
     "vary=Origin"},
    {"beneath several policies", {{PARTNERS, PUBLIC},
                                  {"UsePolicy partners public"}},
     "DenyOrigin " A, {A, NULL, NULL}, 1, "refused-origin T:1",
     "vary=Origin"},
};

static void check_target(void **state)
{
    const target_row_t *row = *state;
    cors_settings_t *target;
    cors_rules_t rules;

    make_rules(&rules, &row->config);
    target = read_section(read_policies(row->config.policies, MOST_POLICIES),
                          "T", row->target);
    cors_settings_seal(target);
    assert_int_equal(cors_rules_add_denies(&rules, target), row->added);
    assert_text(verdict(&rules, &row->request), row->verdict);
    assert_text(answer(&rules, &row->request), row->answer);
}

/* The longest origin that ends in a dot is copied without it. */
static void longest_denied(void)
{
    const char *host = repeat("a.", 126);
    const char *origin = apr_pstrcat(pool, "https://", host, ":65535", NULL);
    const char *entry = apr_pstrcat(pool, "DenyOrigin https://",
                                    apr_pstrndup(pool, host, 251),
                                    ":*; AllowOrigin *", NULL);
    config_t config = {{NULL}, {NULL}};
    request_t request = {NULL, NULL, NULL};
    cors_rules_t rules;

    config.sections[0] = entry;
    request.origin = exactly(origin, strlen(origin) + 1);
    make_rules(&rules, &config);
    assert_text(verdict(&rules, &request), "refused-origin 1:1");
}

static const case_t others[] = {
    {"the longest host, with a trailing dot", longest_denied},
};

int main(void)
{
    static const table_t tables[] = {
        TABLE(policies, check_outcome),
        TABLE(denies, check_outcome),
        TABLE(complete, check_complete),
        TABLE(targets, check_target),
        CASES(others),
    };

    return run_tables(tables, COUNT(tables));
}
