/* SPDX-License-Identifier: Apache-2.0 */
/*
 * use_policy_test.c: CORSUsePolicy among merging sections (spec.md, section 1),
 * a row a rule.
 */
#include "support.h"

#include "sections.h"

#define A "https://a.example"
#define B "https://b.example"
#define P "https://p.example"
#define Q "https://q.example"

/* "CORSUsePolicy drops what outer sections say on who and what (methods,
 * headers, expose, max-age, timing)"; its own directives override it. */
static const outcome_row_t policies[] = {
    {"a policy is the section's base",
     {{"p: AllowOrigin " P "; AllowCredentials On; AllowMethods PUT; "
       "AllowHeaders X-P; MaxAge 5"}, {"UsePolicy p"}},
     {P, "PUT", "x-p"}, "preflight-allowed p:1",
     "origin=" P " credentials=true methods=PUT headers=X-P max-age=5 "
     "vary=Origin"},
    {"it drops outer methods, headers and max-age",
     {{"p: AllowOrigin " P}, {"AllowMethods PUT; AllowHeaders X-A; MaxAge 5",
                              "UsePolicy p"}},
     {P, "PUT", NULL}, "refused-method p:1", "origin=" P " vary=Origin"},
    {"it drops outer expose and timing",
     {{"p: AllowOrigin " P}, {"ExposeHeaders X-A; TimingAllowOrigin On",
                              "UsePolicy p"}},
     {P, NULL, NULL}, "allowed p:1", "origin=" P " vary=Origin"},
    {"it drops outer origins",
     {{"p: AllowOrigin " P}, {"AllowOrigin " A, "UsePolicy p"}},
     {A, NULL, NULL}, "refused-origin -", "vary=Origin"},
    {"it drops outer credentials",
     {{"p: AllowOrigin " P}, {"AllowCredentials On", "UsePolicy p"}},
     {P, NULL, NULL}, "allowed p:1", "origin=" P " vary=Origin"},
    {"it drops outer Always",
     {{"p: AllowOrigin " P},
      {"AllowOrigin " A "; SendOrigin Always", "UsePolicy p"}},
     {NULL, NULL, NULL}, "none -", "vary=Origin"},
    {"it drops an outer policy",
     {{"p: AllowOrigin " P, "q: AllowOrigin " Q},
      {"UsePolicy p", "UsePolicy q"}}, {P, NULL, NULL}, "refused-origin -",
     "vary=Origin"},
    {"None drops an outer policy",
     {{"p: AllowOrigin " P}, {"UsePolicy p", "UsePolicy None"}},
     {P, NULL, NULL}, "refused-origin -", "vary=Origin"},
    {"None, then a list of one's own",
     {{"p: AllowOrigin " P "; AllowMethods PUT"},
      {"UsePolicy p", "UsePolicy None; AllowOrigin " A}}, {A, "PUT", NULL},
     "refused-method 2:2", "origin=" A " vary=Origin"},
    {"the section's own methods override the policy's",
     {{"p: AllowOrigin " P "; AllowMethods PUT"},
      {"AllowMethods DELETE; UsePolicy p"}}, {P, "PUT", NULL},
     "refused-method p:1", "origin=" P " methods=DELETE vary=Origin"},
    {"an inner section's headers override the policy's",
     {{"p: AllowOrigin " P "; AllowHeaders X-P"},
      {"UsePolicy p", "AllowHeaders X-A"}}, {P, "GET", "x-a"},
     "preflight-allowed p:1", "origin=" P " headers=X-A vary=Origin"},
    {"None overrides the policy's too",
     {{"p: AllowOrigin " P "; ExposeHeaders X-P; TimingAllowOrigin On"},
      {"UsePolicy p; ExposeHeaders None; TimingAllowOrigin Off"}},
     {P, NULL, NULL}, "allowed p:1", "origin=" P " vary=Origin"},
    {"credentials alone change the policy's list",
     {{"p: AllowOrigin " P}, {"UsePolicy p; AllowCredentials On"}},
     {P, NULL, NULL}, "allowed p:1",
     "origin=" P " credentials=true vary=Origin"},
    {"and switch the policy's off",
     {{"p: AllowOrigin " P "; AllowCredentials On"},
      {"UsePolicy p", "AllowCredentials Off"}}, {P, NULL, NULL},
     "allowed p:1", "origin=" P " vary=Origin"},
    {"a new list drops the policy's, credentials too",
     {{"p: AllowOrigin " P "; AllowCredentials On; AllowMethods PUT"},
      {"UsePolicy p", "AllowOrigin " A}}, {A, "PUT", NULL},
     "preflight-allowed 2:1", "origin=" A " methods=PUT vary=Origin"},
    {"Always of the policy",
     {{"p: AllowOrigin " P "; SendOrigin Always"}, {"UsePolicy p"}},
     {NULL, NULL, NULL}, "none p:1", "origin=" P},
    {"Always of the section over the policy's list",
     {{"p: AllowOrigin " P}, {"UsePolicy p; SendOrigin Always"}},
     {NULL, NULL, NULL}, "none p:1", "origin=" P},
    {"Matching of the section over the policy's Always",
     {{"p: AllowOrigin " P "; SendOrigin Always"},
      {"UsePolicy p", "SendOrigin Matching"}},
     {NULL, NULL, NULL}, "none -", "vary=Origin"},
    {"a new list drops the policy's Always",
     {{"p: AllowOrigin " P "; SendOrigin Always"},
      {"UsePolicy p", "AllowOrigin " A}}, {NULL, NULL, NULL}, "none -",
     "vary=Origin"},
    {"a new list beneath several policies ends them all",
     {{"p: AllowOrigin " P "; AllowMethods PUT", "q: AllowOrigin *"},
      {"UsePolicy p q", "AllowOrigin " A}}, {P, NULL, NULL},
     "refused-origin -", "vary=Origin"},
    {"nothing of them is left",
     {{"p: AllowOrigin " P "; AllowMethods PUT",
       "q: AllowOrigin " Q "; AllowMethods PUT"},
      {"AllowHeaders X-A", "UsePolicy p q", "AllowOrigin " A}},
     {A, "PUT", NULL}, "refused-method 3:1", "origin=" A " vary=Origin"},
    {"None as a list ends them as well",
     {{"p: AllowOrigin " P, "q: AllowOrigin *"},
      {"UsePolicy p q", "AllowOrigin None"}}, {P, NULL, NULL},
     "refused-origin -", "vary=Origin"},
    {"the section's methods hold for all of several",
     {{"p: AllowOrigin " P "; AllowMethods PUT", "q: AllowOrigin *"},
      {"UsePolicy p q", "AllowMethods DELETE"}}, {A, "DELETE", NULL},
     "preflight-allowed q:1", "origin=" A " methods=DELETE vary=Origin"},
};

/* "engine, refusal, preflight and backend headers stay unless the policy names
 * them" */
typedef struct how_row_t {
    const char *rule;
    config_t config;
    cors_engine_e engine;
    cors_refusal_e refusal;
    cors_preflight_e preflight;
    int keep;
    const char *engine_line;
} how_row_t;

#define HOW_OUTER "AllowOrigin " A "; Engine ReportOnly; Refusal Forbid; " \
    "Preflight 200; BackendHeaders Keep"

static const how_row_t how[] = {
    {"the defaults", {{NULL}, {"AllowOrigin " A}}, CORS_ENGINE_ON,
     CORS_REFUSAL_SILENT, CORS_PREFLIGHT_204, 0, "-"},
    {"all four", {{NULL}, {HOW_OUTER}}, CORS_ENGINE_REPORT,
     CORS_REFUSAL_FORBID, CORS_PREFLIGHT_200, 1, "1:2"},
    {"a new list leaves them", {{NULL}, {HOW_OUTER, "AllowOrigin " B}},
     CORS_ENGINE_REPORT, CORS_REFUSAL_FORBID, CORS_PREFLIGHT_200, 1, "1:2"},
    {"the inner replace the outer",
     {{NULL}, {HOW_OUTER, "Engine On; Refusal ForbidUpgrades; "
               "Preflight PassThrough; BackendHeaders Replace"}},
     CORS_ENGINE_ON, CORS_REFUSAL_UPGRADES, CORS_PREFLIGHT_PASS, 0, "2:1"},
    {"None takes them back",
     {{NULL}, {HOW_OUTER, "Engine None; Refusal None; Preflight None; "
               "BackendHeaders None"}},
     CORS_ENGINE_ON, CORS_REFUSAL_SILENT, CORS_PREFLIGHT_204, 0, "-"},
    {"CORSUsePolicy leaves them",
     {{"p: AllowOrigin " P}, {HOW_OUTER, "UsePolicy p"}},
     CORS_ENGINE_REPORT, CORS_REFUSAL_FORBID, CORS_PREFLIGHT_200, 1, "1:2"},
    {"CORSUsePolicy None leaves them",
     {{NULL}, {HOW_OUTER, "UsePolicy None"}}, CORS_ENGINE_REPORT,
     CORS_REFUSAL_FORBID, CORS_PREFLIGHT_200, 1, "1:2"},
    {"several policies leave them",
     {{"p: AllowOrigin " P, "q: AllowOrigin *"},
      {HOW_OUTER, "UsePolicy p q"}},
     CORS_ENGINE_REPORT, CORS_REFUSAL_FORBID, CORS_PREFLIGHT_200, 1, "1:2"},
    {"unless the policy names them",
     {{"p: AllowOrigin " P "; Engine On; Refusal Silent; "
       "Preflight PassThrough; BackendHeaders Replace"},
      {HOW_OUTER, "UsePolicy p"}},
     CORS_ENGINE_ON, CORS_REFUSAL_SILENT, CORS_PREFLIGHT_PASS, 0, "p:2"},
    {"None in the policy names them",
     {{"p: AllowOrigin " P "; Engine None; Refusal None; Preflight None; "
       "BackendHeaders None"}, {HOW_OUTER, "UsePolicy p"}},
     CORS_ENGINE_ON, CORS_REFUSAL_SILENT, CORS_PREFLIGHT_204, 0, "-"},
    {"the section's own override the policy's",
     {{"p: AllowOrigin " P "; Engine Off; Refusal Forbid; Preflight 200; "
       "BackendHeaders Keep"},
      {"UsePolicy p; Engine On; Refusal Silent; Preflight 204; "
       "BackendHeaders Replace"}},
     CORS_ENGINE_ON, CORS_REFUSAL_SILENT, CORS_PREFLIGHT_204, 0, "1:2"},
    {"an inner section's override the policy's",
     {{"p: AllowOrigin " P "; Engine Off; Refusal Forbid"},
      {"UsePolicy p", "Engine On", "Refusal Silent"}},
     CORS_ENGINE_ON, CORS_REFUSAL_SILENT, CORS_PREFLIGHT_204, 0, "2:1"},
    {"an outer policy's stay under another policy",
     {{"p: AllowOrigin " P "; Engine ReportOnly; BackendHeaders Keep",
       "q: AllowOrigin " Q "; Refusal Forbid"},
      {"UsePolicy p", "UsePolicy q"}},
     CORS_ENGINE_REPORT, CORS_REFUSAL_FORBID, CORS_PREFLIGHT_204, 1, "p:2"},
};

static void check_how(void **state)
{
    const how_row_t *row = *state;
    cors_rules_t rules;

    make_rules(&rules, &row->config);
    assert_int_equal(rules.fault.id, 0);
    assert_int_equal(rules.engine, row->engine);
    assert_int_equal(rules.refusal, row->refusal);
    assert_int_equal(rules.preflight, row->preflight);
    assert_int_equal(rules.keep, row->keep);
    assert_text(place(rules.engine_where), row->engine_line);
}

/* "An engine from a named policy counts as written in the section." Only one
 * at server level lets the target of an internal redirect have its say. */
typedef struct level_row_t {
    const char *rule;
    const char *policy;
    const char *server, *section;   /* the section may be missing */
    int at_server;
} level_row_t;

static const level_row_t levels[] = {
    {"at server level", NULL, "Engine Off", NULL, 1},
    {"in a section", NULL, "AllowOrigin " A, "Engine Off", 0},
    {"in a section within one at server level", NULL, "Engine On",
     "Engine Off", 0},
    {"inherited from server level", NULL, "Engine Off", "AllowOrigin " A, 1},
    {"of a policy used at server level", "p: Engine Off", "UsePolicy p", NULL,
     1},
    {"of a policy used in a section", "p: Engine Off", "AllowOrigin " A,
     "UsePolicy p", 0},
    {"of the section over its policy's", "p: Engine Off", "Engine On",
     "UsePolicy p; Engine Off", 0},
    {"of a policy used at server level, inherited", "p: Engine Off",
     "UsePolicy p", "AllowOrigin " A, 1},
};

static void check_level(void **state)
{
    const level_row_t *row = *state;
    apr_hash_t *named = read_policies(&row->policy, 1);
    const cors_settings_t *s = read_section(named, "server", row->server);
    cors_rules_t rules;

    if (row->section) {
        s = cors_settings_merge(pool, s,
                                read_section(named, "2", row->section));
    }
    cors_rules_make(&rules, s);
    assert_int_equal(rules.engine, CORS_ENGINE_OFF);
    assert_non_null(rules.engine_where);
    assert_int_equal(rules.engine_at_server, row->at_server);
}

/* Which policy decided, for CORS_POLICY. */
static void named_policy(void)
{
    static const config_t configs[] = {
        {{"p: AllowOrigin " P}, {"UsePolicy p"}},
        {{"p: AllowOrigin " P}, {"UsePolicy p; AllowOrigin " P}},
        {{"q: AllowOrigin " Q, "p: AllowOrigin " P}, {"UsePolicy q p"}},
        {{NULL}, {"AllowOrigin " P}},
    };
    static const char *const names[] = {"p", "p", "p", NULL};
    static const request_t request = {P, NULL, NULL};
    size_t i;

    for (i = 0; i < COUNT(configs); i++) {
        cors_rules_t rules;
        cors_facts_t facts;
        cors_decision_t d;

        make_rules(&rules, &configs[i]);
        make_facts(&facts, &request);
        cors_decide(&d, &rules, &facts, pool);
        assert_text(d.policy->named ? d.policy->named->name : NULL, names[i]);
    }
}

static const case_t others[] = {
    {"the policy that decided has its name", named_policy},
};

int main(void)
{
    static const table_t tables[] = {
        TABLE(policies, check_outcome),
        TABLE(how, check_how),
        TABLE(levels, check_level),
        CASES(others),
    };

    return run_tables(tables, COUNT(tables));
}
