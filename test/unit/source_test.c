/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_test.c: origins kept elsewhere (spec.md, section 6): who is asked, in
 * which order, and what follows where somebody does not answer.
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "sections.h"

#define A "https://a.example"
#define B "https://b.example"
#define C "https://c.example"

typedef struct asked_row_t {
    const char *rule;
    config_t config;
    const char *origin;
    const char *verdict;
    const char *answer;
    const char *asked;
} asked_row_t;

static void check_asked(void **state)
{
    const asked_row_t *row = *state;
    const request_t actual = {row->origin, NULL, NULL};
    const request_t preflight = {row->origin, "GET", NULL};
    cors_rules_t rules;
    int allowed;

    make_rules(&rules, &row->config);
    assert_text(cors_finding_name(rules.fault.id), NULL);
    assert_text(verdict(&rules, &actual), row->verdict);
    assert_text(asked(), row->asked);
    assert_text(answer(&rules, &actual), row->answer);
    assert_text(asked(), row->asked);
    allowed = !strncmp(row->verdict, "allowed ", 8);
    assert_text(verdict(&rules, &preflight),
                allowed ? apr_pstrcat(pool, "preflight-", row->verdict, NULL)
                        : row->verdict);
}

#define REFUSED "vary=Origin"
#define ALLOWED(origin) "origin=" origin " vary=Origin"
#define WITH(origin) "origin=" origin " credentials=true vary=Origin"

/* "asked for one valid origin, exactly, after all lists in memory" */
static const asked_row_t order[] = {
    {"held", {{NULL}, {"AllowOriginFrom file:" A}}, A,
     "allowed 1:1", ALLOWED(A), "file:" A},
    {"not held", {{NULL}, {"AllowOriginFrom file:" A}}, B,
     "refused-origin -", REFUSED, "file:" A},
    {"the section's own lines first",
     {{NULL}, {"AllowOriginFrom db:" A " file:" A "; AllowOrigin " A}}, A,
     "allowed 1:2", ALLOWED(A), ""},
    {"its patterns too",
     {{NULL}, {"AllowOriginFrom db:" A "; AllowOrigin https://*.example"}}, A,
     "allowed 1:2", ALLOWED(A), ""},
    {"its expressions too",
     {{NULL}, {"AllowOriginFrom db:" A
               "; AllowOriginMatch https://a\\.example"}}, A,
     "allowed 1:2", ALLOWED(A), ""},
    {"what is in memory before what is not",
     {{NULL}, {"AllowOriginFrom db:- db:" A "; AllowOriginFrom file:-"}}, A,
     "allowed 1:1", ALLOWED(A), "file:- db:- db:" A},
    {"nobody behind the one that holds it",
     {{NULL}, {"AllowOriginFrom file:- file:" A " file:" B " db:" A}}, A,
     "allowed 1:1", ALLOWED(A), "file:- file:" A},
    {"the line that names the source",
     {{NULL}, {"AllowOriginFrom file:-; AllowOriginFrom file:" A}}, A,
     "allowed 1:2", ALLOWED(A), "file:- file:" A},
    {"no Origin", {{NULL}, {"AllowOriginFrom file:!"}}, NULL, "none -",
     REFUSED, ""},
    {"null", {{NULL}, {"AllowOriginFrom file:null db:null"}}, "null",
     "refused-origin -", REFUSED, ""},
    {"file://, which is null",
     {{NULL}, {"AllowOriginFrom file:file:// db:file://"}}, "file://",
     "refused-origin -", REFUSED, ""},
    {"null of the section's own",
     {{NULL}, {"Tolerate null-origin; AllowOrigin null; AllowOriginFrom db:!"}},
     "null", "allowed 1:2", ALLOWED("null"), ""},
    {"malformed", {{NULL}, {"AllowOriginFrom file:a.example db:a.example"}},
     "a.example", "refused-malformed -", REFUSED, ""},
    {"with a path", {{NULL}, {"AllowOriginFrom db:" A "/"}}, A "/",
     "refused-malformed -", REFUSED, ""},
    {"*", {{NULL}, {"AllowOriginFrom db:*"}}, "*", "refused-malformed -",
     REFUSED, ""},
    {"with credentials",
     {{NULL}, {"AllowOriginFrom file:" A "; AllowCredentials On"}}, A,
     "allowed 1:1", WITH(A), "file:" A},
};

/* "CORSDenyOrigin … wins over everything that allows" */
static const asked_row_t denies[] = {
    {"denied, nobody is asked",
     {{NULL}, {"AllowOriginFrom file:" A " db:!; DenyOrigin " A}}, A,
     "refused-origin 1:2", REFUSED, ""},
    {"another is denied",
     {{NULL}, {"AllowOriginFrom file:" A "; DenyOrigin " B}}, A,
     "allowed 1:1", ALLOWED(A), "file:" A},
    {"an outer deny",
     {{NULL}, {"DenyOrigin " A, "AllowOriginFrom db:" A}}, A,
     "refused-origin 1:1", REFUSED, ""},
    {"of the section above several policies",
     {{"p: AllowOriginFrom db:!", "q: AllowOriginFrom db:" A},
      {"UsePolicy p q; DenyOrigin " A}}, A, "refused-origin 1:2", REFUSED, ""},
};

/* "A source that fails holds nobody" */
static const asked_row_t failing[] = {
    {"alone", {{NULL}, {"AllowOriginFrom file:!"}}, A, "source-error 1:1",
     REFUSED, "file:!"},
    {"the others still hold",
     {{NULL}, {"AllowOriginFrom file:! db:! db:" A}}, A, "allowed 1:1",
     ALLOWED(A), "file:! db:! db:" A},
    {"the section's own lines still do",
     {{NULL}, {"AllowOriginFrom file:!; AllowOrigin " A}}, A, "allowed 1:2",
     ALLOWED(A), ""},
    {"nobody else holds it",
     {{NULL}, {"AllowOriginFrom file:-; AllowOriginFrom db:!"
               "; AllowOriginFrom db:-"}}, A,
     "source-error 1:2", REFUSED, "file:- db:! db:-"},
    {"malformed is malformed", {{NULL}, {"AllowOriginFrom file:!"}},
     "a.example", "refused-malformed -", REFUSED, ""},
    {"null is refused", {{NULL}, {"AllowOriginFrom file:!"}}, "null",
     "refused-origin -", REFUSED, ""},
    {"denied is denied",
     {{NULL}, {"AllowOriginFrom file:!; DenyOrigin " A}}, A,
     "refused-origin 1:2", REFUSED, ""},
};

/* "With several names the first whose allow list holds the origin" */
static const asked_row_t several[] = {
    {"fails in the first, allowed by the second",
     {{"p: AllowOriginFrom db:!; AllowCredentials On", "q: AllowOrigin " A},
      {"UsePolicy p q"}}, A, "allowed q:1", ALLOWED(A), "db:!"},
    {"fails in the first, everybody in the second",
     {{"p: AllowOriginFrom db:!; AllowCredentials On", "q: AllowOrigin *"},
      {"UsePolicy p q"}}, A, "allowed q:1", ALLOWED(A), "db:!"},
    {"the first that holds it",
     {{"p: AllowOriginFrom db:" A "; AllowCredentials On",
       "q: AllowOriginFrom db:" A}, {"UsePolicy p q"}}, A, "allowed p:1",
     WITH(A), "db:" A},
    {"the second that holds it",
     {{"p: AllowOriginFrom db:" B "; AllowCredentials On",
       "q: AllowOriginFrom db:" A}, {"UsePolicy p q"}}, A, "allowed q:1",
     ALLOWED(A), "db:" B " db:" A},
    {"fails in the second, the first had no say",
     {{"p: AllowOriginFrom db:-", "q: AllowOriginFrom db:!"},
      {"UsePolicy p q"}}, A, "source-error q:1", REFUSED, "db:- db:!"},
    {"fails in the first, not in the second",
     {{"p: AllowOriginFrom db:!", "q: AllowOriginFrom db:-"},
      {"UsePolicy p q"}}, A, "source-error p:1", REFUSED, "db:! db:-"},
    {"denied by the one that held it: a deny tells more than a failure",
     {{"p: AllowOriginFrom db:!",
       "q: AllowOriginFrom db:" A "; DenyOrigin " A},
      {"UsePolicy p q"}}, A, "refused-origin q:2", REFUSED, "db:! db:" A},
    {"a deny of the first leaves the second",
     {{"p: AllowOriginFrom db:" A "; DenyOrigin " A,
       "q: AllowOriginFrom db:" A}, {"UsePolicy p q"}}, A, "allowed q:1",
     ALLOWED(A), "db:" A " db:" A},
};

/* Sections around and within: "who" is one unit. */
static const asked_row_t merged[] = {
    {"inherited", {{NULL}, {"AllowOriginFrom file:" A, "AllowMethods PUT"}}, A,
     "allowed 1:1", ALLOWED(A), "file:" A},
    {"a source starts afresh, without credentials",
     {{NULL}, {"AllowOrigin " A "; AllowCredentials On",
               "AllowOriginFrom file:" B}}, B,
     "allowed 2:1", ALLOWED(B), "file:" B},
    {"and without the outer list",
     {{NULL}, {"AllowOrigin " A, "AllowOriginFrom file:" B}}, A,
     "refused-origin -", REFUSED, "file:" B},
    {"None ends an outer source",
     {{NULL}, {"AllowOriginFrom file:" A, "AllowOriginFrom None"}}, A,
     "refused-origin -", REFUSED, ""},
    {"so does CORSAllowOrigin None",
     {{NULL}, {"AllowOriginFrom file:" A, "AllowOrigin None"}}, A,
     "refused-origin -", REFUSED, ""},
    {"credentials of an inner section",
     {{NULL}, {"AllowOriginFrom file:" A, "AllowCredentials On"}}, A,
     "allowed 1:1", WITH(A), "file:" A},
    {"a source ends several policies",
     {{"p: AllowOrigin " A, "q: AllowOrigin " B},
      {"UsePolicy p q", "AllowOriginFrom db:" C}}, A,
     "refused-origin -", REFUSED, "db:" C},
    {"of a policy",
     {{"p: AllowOriginFrom db:" A "; AllowCredentials On"}, {"UsePolicy p"}},
     A, "allowed p:1", WITH(A), "db:" A},
};

typedef struct fault_row_t {
    const char *rule;
    config_t config;
    const char *fault;
} fault_row_t;

/* What cannot stand beside a source: it fails closed. */
static const fault_row_t faults[] = {
    {"CORSSendOrigin Always",
     {{NULL}, {"AllowOrigin " A "; AllowOriginFrom file:" A
               "; SendOrigin Always"}}, "CORS032"},
    {"the source alone", {{NULL}, {"AllowOriginFrom db:-; SendOrigin Always"}},
     "CORS032"},
    {"*", {{NULL}, {"AllowOrigin *; AllowOriginFrom file:-"}}, "CORS012"},
    {"* behind it", {{NULL}, {"AllowOriginFrom file:-; AllowOrigin *"}},
     "CORS012"},
    {"* with credentials",
     {{NULL}, {"AllowOriginFrom file:-; AllowOrigin *; AllowCredentials On"}},
     "CORS012"},
    {"None on the line", {{NULL}, {"AllowOriginFrom file:" A " None"}},
     "CORS033"},
    {"None on another line",
     {{NULL}, {"AllowOriginFrom file:" A "; AllowOriginFrom None"}},
     "CORS033"},
    {"CORSAllowOrigin None",
     {{NULL}, {"AllowOrigin None; AllowOriginFrom file:" A}}, "CORS033"},
    {"None beside an origin",
     {{NULL}, {"AllowOrigin " A "; AllowOriginFrom None"}}, "CORS033"},
    {"a source in a section above several policies",
     {{"p: AllowOrigin " A, "q: AllowOrigin " B},
      {"UsePolicy p q; AllowOriginFrom file:" C}}, "CORS040"},
};

static void check_fault(void **state)
{
    const fault_row_t *row = *state;
    const request_t a = {A, NULL, NULL};
    cors_rules_t rules;

    make_rules(&rules, &row->config);
    assert_text(cors_finding_name(rules.fault.id), row->fault);
    assert_text(verdict(&rules, &a), "refused-origin -");
    assert_text(asked(), "");
    assert_text(answer(&rules, &a), REFUSED);
}

/* ---- what the engine tells a source ------------------------------------ */

static int seen_credentials[4], seen_n;
static const void *seen_request;

static cors_source_answer_e note(const cors_source_t *source,
                                 cors_subject_t *subject,
                                 const cors_where_t **where)
{
    (void)source;
    (void)where;
    seen_credentials[seen_n++ & 3] = subject->credentials;
    seen_request = subject->request;
    return CORS_SOURCE_NO;
}

/* With which credentials the list is used, and in which request. */
static void told(void)
{
    static cors_source_t source = {"db:x", {"source", 1}, 0, note, NULL};
    const config_t config = {
        {"p: AllowOrigin " A "; AllowCredentials On", "q: AllowOrigin " B},
        {"UsePolicy p q"}
    };
    cors_settings_t *s = (cors_settings_t *)read_config(&config);
    cors_rules_t rules;
    cors_facts_t facts = {0};
    cors_decision_t d;
    int i;

    for (i = 0; i < 2; i++) {
        cors_origins_t *list =
            (cors_origins_t *)s->use->policies[i]->settings->origins;

        list->sealed = 0;
        cors_origins_add_source(list, &source, NULL);
        cors_origins_seal(list);
    }
    cors_rules_make(&rules, s);
    facts.origin = C;
    facts.origin_len = strlen(C);
    facts.request = &rules;
    seen_n = 0;
    cors_decide(&d, &rules, &facts, pool);
    assert_int_equal(seen_n, 2);
    assert_true(seen_credentials[0]);
    assert_false(seen_credentials[1]);
    assert_ptr_equal(seen_request, &rules);
}

/* The same source twice is asked once, and told. */
static void twice(void)
{
    const cors_where_t where = {"test", 1};
    cors_source_t one = {"db:x", {"test", 1}, 0, note, NULL};
    cors_source_t two = {"db:x", {"test", 2}, 0, note, NULL};
    const unsigned tolerate = 0;
    cors_origins_t *list = cors_origins_make(pool, &where, &tolerate, 0);
    cors_findings_t *findings = cors_findings_make(pool);
    const cors_finding_t *f;

    cors_origins_add_source(list, &one, findings);
    cors_origins_add_source(list, &two, findings);
    assert_int_equal(list->sources->nelts, 1);
    assert_int_equal(findings->list->nelts, 1);
    f = &APR_ARRAY_IDX(findings->list, 0, cors_finding_t);
    assert_int_equal(f->id, CORS_F_DUPLICATE);
    assert_int_equal(f->where.line, 2);
    assert_int_equal(f->other.line, 1);
}

/* A deny list has no sources, but is asked with the same subject. */
static void trailing_dot(void)
{
    const config_t config = {{NULL}, {"AllowOriginFrom db:" A
                                      ".; DenyOrigin " A}};
    const request_t request = {A ".", NULL, NULL};
    cors_rules_t rules;

    make_rules(&rules, &config);
    assert_text(verdict(&rules, &request), "refused-origin 1:2");
    assert_text(asked(), "");
}

static const case_t cases[] = {
    {"a source is told of credentials and the request", told},
    {"a source twice", twice},
    {"a denied origin with a trailing dot", trailing_dot},
};

static const table_t tables[] = {
    TABLE(order, check_asked),
    TABLE(denies, check_asked),
    TABLE(failing, check_asked),
    TABLE(several, check_asked),
    TABLE(merged, check_asked),
    TABLE(faults, check_fault),
    CASES(cases),
};

int main(void)
{
    return run_tables(tables, COUNT(tables));
}
