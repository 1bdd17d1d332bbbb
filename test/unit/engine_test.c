/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine_test.c: where a policy is in force (spec.md, section 1, CORSEngine),
 * and what stays open that policy_test.c's contradictions close.
 */
#include "support.h"

#include "engine/suffix.h"
#include "sections.h"

#define A "https://a.example"
#define B "https://b.example"

typedef struct engine_row_t {
    const char *rule;
    config_t config;
    cors_engine_e engine;
    int in_force;
    const char *where;
} engine_row_t;

/* "On where one of the next three or CORSUsePolicy is in force (None or an
 * empty source too), or CORSRefusal forbids" */
static const engine_row_t defaults[] = {
    {"nothing at all", {{NULL}, {NULL}}, CORS_ENGINE_OFF, 0, "-"},
    {"CORSAllowOrigin", {{NULL}, {"AllowOrigin " A}}, CORS_ENGINE_ON, 1,
     "-"},
    {"CORSAllowOrigin None", {{NULL}, {"AllowOrigin None"}}, CORS_ENGINE_ON,
     1, "-"},
    {"CORSAllowOriginMatch", {{NULL}, {"AllowOriginMatch https://a"}},
     CORS_ENGINE_ON, 1, "-"},
    {"CORSAllowOriginMatch None", {{NULL}, {"AllowOriginMatch None"}},
     CORS_ENGINE_ON, 1, "-"},
    {"CORSUsePolicy", {{"p: AllowOrigin " A}, {"UsePolicy p"}},
     CORS_ENGINE_ON, 1, "-"},
    {"CORSUsePolicy None", {{NULL}, {"UsePolicy None"}}, CORS_ENGINE_ON, 1,
     "-"},
    {"CORSUsePolicy of a policy without a list",
     {{"p: AllowMethods PUT"}, {"UsePolicy p"}}, CORS_ENGINE_ON, 1, "-"},
    {"an outer list", {{NULL}, {"AllowOrigin " A, "AllowMethods PUT"}},
     CORS_ENGINE_ON, 1, "-"},
    {"CORSAllowMethods alone", {{NULL}, {"AllowMethods PUT"}},
     CORS_ENGINE_OFF, 0, "-"},
    {"CORSDenyOrigin alone", {{NULL}, {"DenyOrigin " A}}, CORS_ENGINE_OFF, 0,
     "-"},
    {"CORSAllowCredentials alone", {{NULL}, {"AllowCredentials On"}},
     CORS_ENGINE_OFF, 0, "-"},
    {"CORSBackendHeaders alone", {{NULL}, {"BackendHeaders Replace"}},
     CORS_ENGINE_OFF, 0, "-"},
    {"CORSTolerate alone", {{NULL}, {"Tolerate null-origin"}},
     CORS_ENGINE_OFF, 0, "-"},
    {"CORSRefusal Forbid alone", {{NULL}, {"Refusal Forbid"}},
     CORS_ENGINE_ON, 1, "-"},
    /* "with no policy in force it judges handshakes and leaves all else
     * alone" */
    {"CORSRefusal ForbidUpgrades alone", {{NULL}, {"Refusal ForbidUpgrades"}},
     CORS_ENGINE_ON, 0, "-"},
    {"CORSRefusal ForbidUpgrades with a policy",
     {{NULL}, {"Refusal ForbidUpgrades; AllowOrigin " A}}, CORS_ENGINE_ON, 1,
     "-"},
    {"CORSRefusal Silent alone", {{NULL}, {"Refusal Silent"}},
     CORS_ENGINE_OFF, 0, "-"},
    {"an outer CORSRefusal taken back",
     {{NULL}, {"Refusal Forbid", "Refusal None"}}, CORS_ENGINE_OFF, 0, "-"},
    {"CORSEngine On alone", {{NULL}, {"Engine On"}}, CORS_ENGINE_ON, 1,
     "1:1"},
    {"CORSEngine On and ForbidUpgrades",
     {{NULL}, {"Refusal ForbidUpgrades; Engine On"}}, CORS_ENGINE_ON, 1,
     "1:2"},
    {"CORSEngine ReportOnly alone", {{NULL}, {"Engine ReportOnly"}},
     CORS_ENGINE_REPORT, 1, "1:1"},
    {"CORSEngine Off stops an inherited policy",
     {{NULL}, {"AllowOrigin " A, "Engine Off"}}, CORS_ENGINE_OFF, 0, "2:1"},
    {"CORSEngine Off stops a Forbid",
     {{NULL}, {"Refusal Forbid", "Engine Off"}}, CORS_ENGINE_OFF, 0, "2:1"},
    {"a list within Off does not switch it on",
     {{NULL}, {"Engine Off", "AllowOrigin " A}}, CORS_ENGINE_OFF, 0, "1:1"},
    {"CORSEngine On within Off",
     {{NULL}, {"Engine Off", "AllowOrigin " A "; Engine On"}},
     CORS_ENGINE_ON, 1, "2:2"},
};

static void check_engine(void **state)
{
    const engine_row_t *row = *state;
    cors_rules_t rules;

    make_rules(&rules, &row->config);
    assert_int_equal(rules.fault.id, 0);
    assert_int_equal(rules.engine, row->engine);
    assert_int_equal(rules.in_force, row->in_force);
    assert_text(place(rules.engine_where), row->where);
}

/* "CORSEngine None under an outer Off too": back to the default. */
static const engine_row_t nones[] = {
    {"None under Off, with a policy",
     {{NULL}, {"Engine Off", "AllowOrigin " A "; Engine None"}},
     CORS_ENGINE_ON, 1, NULL},
    {"None under Off, with an inherited policy",
     {{NULL}, {"AllowOrigin " A "; Engine Off", "Engine None"}},
     CORS_ENGINE_ON, 1, NULL},
    {"None under Off, without a policy", {{NULL}, {"Engine Off",
                                                   "Engine None"}},
     CORS_ENGINE_OFF, 0, NULL},
    {"None under On, without a policy", {{NULL}, {"Engine On",
                                                  "Engine None"}},
     CORS_ENGINE_OFF, 0, NULL},
    {"None under ReportOnly, with a policy",
     {{NULL}, {"AllowOrigin " A "; Engine ReportOnly", "Engine None"}},
     CORS_ENGINE_ON, 1, NULL},
};

static void check_none(void **state)
{
    const engine_row_t *row = *state;
    cors_rules_t rules;

    make_rules(&rules, &row->config);
    assert_int_equal(rules.engine, row->engine);
    assert_int_equal(rules.in_force, row->in_force);
    /* No line says Off: an internal redirect's target has its say. */
    assert_null(rules.engine_where);
}

/* "CORSEngine On with no origin refuses all of them." */
static const outcome_row_t nobody[] = {
    {"On alone", {{NULL}, {"Engine On"}}, {A, NULL, NULL},
     "refused-origin -", "vary=Origin"},
    {"Forbid alone", {{NULL}, {"Refusal Forbid"}}, {A, NULL, NULL},
     "refused-origin -", "vary=Origin"},
    {"an empty list", {{NULL}, {"AllowOrigin None"}}, {A, "GET", NULL},
     "refused-origin -", "vary=Origin"},
    {"no policy", {{NULL}, {"UsePolicy None"}}, {A, NULL, NULL},
     "refused-origin -", "vary=Origin"},
    {"a policy without a list",
     {{"p: AllowMethods PUT; AllowCredentials On"}, {"UsePolicy p"}},
     {A, NULL, NULL}, "refused-origin -", "vary=Origin"},
    {"credentials alone", {{NULL}, {"Engine On; AllowCredentials On"}},
     {A, NULL, NULL}, "refused-origin -", "vary=Origin"},
};

/* What looks like a contradiction and is none. */
static const outcome_row_t open[] = {
    {"* with denies", {{NULL}, {"AllowOrigin *; DenyOrigin " B}},
     {A, NULL, NULL}, "allowed 1:1", "origin=" A " vary=Origin"},
    {"* twice is one *", {{NULL}, {"AllowOrigin *; AllowOrigin *"}},
     {A, NULL, NULL}, "allowed 1:1", "origin=*"},
    {"None twice", {{NULL}, {"AllowOrigin None; AllowOrigin None"}},
     {A, NULL, NULL}, "refused-origin -", "vary=Origin"},
    {"null, tolerated", {{NULL}, {"AllowOrigin null; Tolerate null-origin"}},
     {"null", NULL, NULL}, "allowed 1:1", "origin=null vary=Origin"},
    {"http without credentials", {{NULL}, {"AllowOrigin http://a.example"}},
     {"http://a.example", NULL, NULL}, "allowed 1:1",
     "origin=http://a.example vary=Origin"},
    {"http with credentials, tolerated",
     {{NULL}, {"AllowOrigin http://a.example; AllowCredentials On; "
               "Tolerate insecure-origins"}},
     {"http://a.example", NULL, NULL}, "allowed 1:1",
     "origin=http://a.example credentials=true vary=Origin"},
    {"tolerated in its own section, credentials from an inner one",
     {{NULL}, {"AllowOrigin http://a.example; Tolerate insecure-origins",
               "AllowCredentials On"}},
     {"http://a.example", NULL, NULL}, "allowed 1:1",
     "origin=http://a.example credentials=true vary=Origin"},
    {"http loopback with credentials",
     {{NULL}, {"AllowOrigin http://localhost:3000; AllowCredentials On"}},
     {"http://localhost:3000", NULL, NULL}, "allowed 1:1",
     "origin=http://localhost:3000 credentials=true vary=Origin"},
    {"denies as broad as one likes, with credentials",
     {{NULL}, {"AllowOrigin " A "; AllowCredentials On; "
               "DenyOrigin http://evil.test null app://* https://*.com"}},
     {A, NULL, NULL}, "allowed 1:1",
     "origin=" A " credentials=true vary=Origin"},
    {"Always with denies of others",
     {{NULL}, {"AllowOrigin " A "; SendOrigin Always; DenyOrigin " B}},
     {NULL, NULL, NULL}, "none 1:1", "origin=" A},
    {"Always with one origin twice",
     {{NULL}, {"AllowOrigin " A " " A "; SendOrigin Always"}},
     {NULL, NULL, NULL}, "none 1:1", "origin=" A},
    {"several policies, * last",
     {{"p: AllowOrigin " A, "q: AllowOrigin *"}, {"UsePolicy p q"}},
     {B, NULL, NULL}, "allowed q:1", "origin=" B " vary=Origin"},
    {"several policies, Matching of the section",
     {{"p: AllowOrigin " A, "q: AllowOrigin *"},
      {"UsePolicy p q; SendOrigin Matching; Engine On; BackendHeaders Keep"}},
     {B, NULL, NULL}, "allowed q:1", "origin=" B " vary=Origin"},
    {"a fault of an outer list that is dropped",
     {{NULL}, {"AllowOrigin *; AllowCredentials On", "AllowOrigin " A}},
     {A, NULL, NULL}, "allowed 2:1", "origin=" A " vary=Origin"},
    {"a fault of an outer list under CORSUsePolicy",
     {{"p: AllowOrigin " A}, {"AllowOrigin null", "UsePolicy p"}},
     {A, NULL, NULL}, "allowed p:1", "origin=" A " vary=Origin"},
    {"a fault of a policy's list that is replaced",
     {{"p: AllowOrigin null"}, {"UsePolicy p", "AllowOrigin " A}},
     {A, NULL, NULL}, "allowed 2:1", "origin=" A " vary=Origin"},
};

/* A provider's suffix may come with an update of the system: no running policy
 * ends by it, but one from .htaccess, which no configtest has seen. */
static void by_update(void)
{
#ifdef HAVE_LIBPSL
    int list, credentials;

    cors_suffix_load(pool);
    for (list = 0; list < 2; list++) {
        for (credentials = 0; credentials < 2; credentials++) {
            cors_settings_t *s = read_section(
                apr_hash_make(pool), "1",
                "AllowOrigin https://*.github.io; AllowCredentials On");
            cors_rules_t rules;

            s->origins->from_htaccess = list;
            s->credentials->from_htaccess = credentials;
            cors_settings_seal(s);
            cors_rules_make(&rules, s);
            assert_text(cors_finding_name(rules.fault.id),
                        list || credentials
                            ? cors_finding_name(CORS_F_SUFFIX_WITH_CREDENTIALS)
                            : NULL);
            assert_int_equal(rules.n, !list && !credentials);
        }
    }
#else
    skip();
#endif
}

/* Where nothing else would switch the engine on, the contradiction does. */
static void no_origin(void)
{
    static const char *const sections[] = {
        "AllowMethods None PUT", "AllowHeaders None X-A",
        "ExposeHeaders None *"
    };
    static const request_t request = {A, NULL, NULL};
    size_t i;

    for (i = 0; i < COUNT(sections); i++) {
        config_t config = {{NULL}, {NULL}};
        cors_rules_t rules;

        config.sections[0] = sections[i];
        make_rules(&rules, &config);
        assert_int_equal(rules.fault.id, CORS_F_NONE_BESIDE_OTHERS);
        assert_int_equal(rules.engine, CORS_ENGINE_ON);
        assert_int_equal(rules.in_force, 1);
        assert_text(answer(&rules, &request), "vary=Origin");
    }
}

/* What is at fault beside the policy's name is told in the same run. */
static void unknown_policy(void)
{
    static const config_t config = {
        {NULL}, {"UsePolicy p; AllowOrigin null"}};
    cors_rules_t rules;

    cors_rules_gather(&rules, read_config(&config));
    assert_int_equal(rules.fault.id, CORS_F_POLICY_UNKNOWN);
    assert_int_equal(rules.n, 1);
    assert_non_null(rules.one.origins);
}

static const case_t others[] = {
    {"lists beside an unknown policy are looked at", unknown_policy},
    {"a contradiction switches the engine on", no_origin},
    {"a provider's suffix ends only what .htaccess says", by_update},
};

int main(void)
{
    static const table_t tables[] = {
        TABLE(defaults, check_engine),
        TABLE(nones, check_none),
        TABLE(nobody, check_outcome),
        TABLE(open, check_outcome),
        CASES(others),
    };

    return run_tables(tables, COUNT(tables));
}
