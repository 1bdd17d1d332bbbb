/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_test.c: merging is associative. httpd merges sections with each other
 * before it merges them onto what is around them, and .htaccess files one by
 * one: whichever two of three sections meet first, the rules are the same.
 *
 * Random sections, the same ones in every run: a failure prints them.
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "sections.h"

#define ROUNDS 4000

static const choices_t lines[] = {
    {"AllowOrigin https://a.example", "AllowOrigin https://b.example",
     "AllowOrigin *", "AllowOrigin None", "AllowOrigin https://*.example",
     "AllowOriginMatch https://[ac]\\.example",
     "Tolerate null-origin; AllowOrigin null https://c.example",
     "AllowOrigin http://a.example"},
    {"AllowCredentials On", "AllowCredentials Off", "AllowCredentials None"},
    {"SendOrigin Always", "SendOrigin Matching"},
    {"AllowMethods PUT", "AllowMethods *", "AllowMethods None"},
    {"AllowHeaders X-A", "AllowHeaders *", "AllowHeaders None"},
    {"ExposeHeaders X-A", "ExposeHeaders *", "ExposeHeaders None"},
    {"MaxAge 1", "MaxAge 2", "MaxAge None"},
    {"TimingAllowOrigin On", "TimingAllowOrigin Off"},
    {"Engine On", "Engine Off", "Engine ReportOnly", "Engine None"},
    {"Refusal Forbid", "Refusal ForbidUpgrades", "Refusal None"},
    {"Preflight 200", "Preflight PassThrough", "Preflight None"},
    {"BackendHeaders Keep", "BackendHeaders None"},
    {"DenyOrigin https://a.example", "DenyOrigin https://*.example",
     "DenyOrigin null", "DenyOrigin https://b.example"},
    {"UsePolicy p", "UsePolicy q", "UsePolicy p q", "UsePolicy r s",
     "UsePolicy None", "UsePolicy q p", "UsePolicy unknown", "UsePolicy s"},
};

static const char *const policies[] = {
    "p: AllowOrigin https://a.example; AllowCredentials On; ExposeHeaders X-P",
    "q: AllowOrigin *; AllowMethods DELETE; DenyOrigin https://b.example",
    "r: AllowOrigin https://*.example; DenyOrigin https://a.example",
    ("s: AllowOrigin https://b.example; Engine ReportOnly; Refusal Forbid; "
     "SendOrigin Always; TimingAllowOrigin On"),
};

static const request_t requests[] = {
    {NULL, NULL, NULL},
    {"https://a.example", NULL, NULL},
    {"https://b.example", NULL, NULL},
    {"https://c.example", "PUT", "x-a"},
    {"https://a.example", "DELETE", "x-b"},
    {"https://z.test", "GET", NULL},
    {"null", NULL, NULL},
    {"http://a.example", NULL, NULL},
    {"no origin", NULL, NULL},
};

/* Everything that the rules say, and everything that follows from them. */
static const char *describe(const cors_settings_t *settings)
{
    cors_rules_t r;
    const char *text;
    size_t i;

    cors_rules_make(&r, settings);
    text = apr_psprintf(
        pool, "engine %d at %s%s in_force %d refusal %d preflight %d keep %d "
        "n %d denies %d plain %d always %s fault %s (%s, %s) timing %d",
        r.engine, place(r.engine_where), r.engine_at_server ? " server" : "",
        r.in_force, r.refusal, r.preflight, r.keep, r.n, r.has_denies,
        r.plain, r.always ? r.always : "-",
        r.fault.id ? cors_finding_name(r.fault.id) : "-",
        place(r.fault.where), place(r.fault.other), cors_rules_timing(&r));
    for (i = 0; i < COUNT(requests); i++) {
        text = apr_pstrcat(pool, text, "\n", verdict(&r, &requests[i]), ": ",
                           answer(&r, &requests[i]), NULL);
    }
    return text;
}

static void associative(void)
{
    apr_pool_t *all = pool;
    int round;

    pick_from(1);
    for (round = 0; round < ROUNDS; round++) {
        const cors_settings_t *s[3], *left, *right;
        const char *texts[3], *before[3];
        apr_hash_t *named;
        int i;

        apr_pool_create(&pool, all);
        named = read_policies(policies, COUNT(policies));
        for (i = 0; i < 3; i++) {
            static const char *const files[] = {"server", "2", "3"};
            cors_settings_t *section;

            texts[i] = pick_lines(lines, COUNT(lines));
            section = read_section(named, files[i], texts[i]);
            cors_settings_seal(section);
            s[i] = section;
            before[i] = describe(section);
        }
        left = cors_settings_merge(
            pool, cors_settings_merge(pool, s[0], s[1]), s[2]);
        right = cors_settings_merge(
            pool, s[0], cors_settings_merge(pool, s[1], s[2]));
        if (strcmp(describe(left), describe(right))) {
            print_error("outer: %s\nmiddle: %s\ninner: %s\n", texts[0],
                        texts[1], texts[2]);
        }
        assert_text(describe(right), describe(left));
        /* "never changes either": merged, each section still says the same. */
        for (i = 0; i < 3; i++) {
            assert_text(describe(s[i]), before[i]);
        }
        apr_pool_destroy(pool);
        pool = all;
    }
}

/* "Where one side says nothing, the other is returned." */
static void nothing_beside(void)
{
    apr_hash_t *named = read_policies(policies, COUNT(policies));
    cors_settings_t *none = cors_settings_make(pool);
    int round;

    pick_from(2);
    for (round = 0; round < 200; round++) {
        cors_settings_t *s =
            read_section(named, "1", pick_lines(lines, COUNT(lines)));

        if (s->touched) {
            assert_ptr_equal(cors_settings_merge(pool, none, s), s);
            assert_ptr_equal(cors_settings_merge(pool, s, none), s);
        }
    }
}

/* Lists are pointed to, whatever their length. */
static void nothing_copied(void)
{
    apr_hash_t *named = apr_hash_make(pool);
    cors_settings_t *outer = read_section(
        named, "1", "AllowOrigin https://a.example; AllowMethods PUT");
    cors_settings_t *inner = read_section(
        named, "2", "AllowHeaders X-A; ExposeHeaders X-A; MaxAge 1");
    const cors_settings_t *merged = cors_settings_merge(pool, outer, inner);

    assert_ptr_equal(merged->origins, outer->origins);
    assert_ptr_equal(merged->methods, outer->methods);
    assert_ptr_equal(merged->headers, inner->headers);
    assert_ptr_equal(merged->expose, inner->expose);
    assert_ptr_equal(merged->max_age, inner->max_age);
}

/* Rules made at start are of one section: what is merged has none yet. */
static void rules_at_start(void)
{
    apr_hash_t *named = read_policies(policies, COUNT(policies));
    const cors_settings_t *s[2], *twice[2];
    int i;

    for (i = 0; i < 2; i++) {
        static const char *const texts[] = {
            "AllowOrigin https://a.example", "UsePolicy p; AllowMethods PUT"};
        cors_settings_t *section = read_section(named, "1", texts[i]);

        cors_settings_seal(section);
        cors_rules_prepare(section, pool);
        assert_non_null(section->rules);
        assert_text(answer(section->rules, &requests[1]),
                    i ? "origin=https://a.example credentials=true expose=X-P "
                        "vary=Origin"
                      : "origin=https://a.example vary=Origin");
        s[i] = section;
    }
    twice[0] = cors_settings_merge(pool, s[0], s[1]);
    twice[1] = cors_settings_merge(pool, s[1], s[0]);
    for (i = 0; i < 2; i++) {
        assert_null(twice[i]->rules);
        assert_non_null(s[i]->rules);
    }
}

static const case_t merging[] = {
    {"merging is associative", associative},
    {"merging with nothing returns the other", nothing_beside},
    {"merging copies no list", nothing_copied},
    {"rules made at start are not merged", rules_at_start},
};

int main(void)
{
    static const table_t tables[] = {CASES(merging)};

    return run_tables(tables, COUNT(tables));
}
