/* SPDX-License-Identifier: Apache-2.0 */
/*
 * print_test.c: settings printed as directives (-D DUMP_CORS), and that the
 * lines, read again, mean the same.
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "engine/print.h"
#include "sections.h"

#define A "https://a.example"
#define B "https://b.example"

/* ---- quoting ----------------------------------------------------------- */

/* As httpd's ap_getword_conf takes a word in double quotes apart. */
static const char *unquoted(const char *word)
{
    char *text = apr_pstrdup(pool, word), *out = text;

    assert_int_equal(*word++, '"');
    for (; *word && *word != '"'; word++) {
        if (*word == '\\' && (word[1] == '\\' || word[1] == '"')) {
            word++;
        }
        *out++ = *word;
    }
    assert_text(word, "\"");
    *out = '\0';
    return text;
}

typedef struct quote_row_t {
    const char *rule;
    const char *text;
    const char *quoted;
    const char *again;          /* what it is read as; NULL: the text */
} quote_row_t;

static const quote_row_t quotes[] = {
    {"nothing to do", "https://a", "\"https://a\"", NULL},
    {"a backslash before a dot stays one", "a\\.b", "\"a\\.b\"", NULL},
    {"a backslash before a backslash", "a\\\\b", "\"a\\\\\\b\"", NULL},
    {"three of them", "a\\\\\\b", "\"a\\\\\\\\\\b\"", NULL},
    {"a backslash at the end", "a\\\\", "\"a\\\\\\\\\"", NULL},
    {"a quote", "a\"b", "\"a\\\"b\"", NULL},
    {"a backslash before a quote", "a\\\"b", "\"a\\\\\\\"b\"", NULL},
    {"a single quote", "a'b", "\"a'b\"", NULL},
    {"blanks", " a b ", "\" a b \"", NULL},
    {"a line feed, as PCRE2 can also be told", "a\nb", "\"a\\x0ab\"",
     "a\\x0ab"},
    {"a line feed that has its backslash", "a\\\nb", "\"a\\x0ab\"",
     "a\\x0ab"},
    {"a line feed behind a backslash that is one", "a\\\\\nb",
     "\"a\\\\\\\\\\x0ab\"", "a\\\\\\x0ab"},
};

static void check_quote(void **state)
{
    const quote_row_t *row = *state;
    const char *quoted = cors_quote(row->text, pool);

    assert_text(quoted, row->quoted);
    assert_text(unquoted(quoted), row->again ? row->again : row->text);
}

static void quote_anything(void)
{
    static const char bytes[] = "\\\\\\\"'a. ${}";
    char text[12];
    int round;

    pick_from(1);
    for (round = 0; round < 20000; round++) {
        size_t len = pick(sizeof(text)), i;

        for (i = 0; i < len; i++) {
            text[i] = bytes[pick(sizeof(bytes) - 1)];
        }
        text[len] = '\0';
        assert_text(unquoted(cors_quote(text, pool)), text);
    }
}

/* ---- lines ------------------------------------------------------------- */

static const char *joined(const apr_array_header_t *lines, int places)
{
    const char *text = "";
    int i;

    for (i = 0; i < lines->nelts; i++) {
        const cors_printed_t *line = &APR_ARRAY_IDX(lines, i, cors_printed_t);

        text = apr_pstrcat(pool, text, *text ? "; " : "",
                           places ? place(line->where) : "",
                           places ? " " : "", line->text + strlen("CORS"),
                           NULL);
    }
    return text;
}

typedef struct own_row_t {
    const char *rule;
    const char *section;
    const char *printed;
} own_row_t;

static const own_row_t own[] = {
    {"nothing", "", ""},
    {"in the order of the lines, of one line in that of the alphabet",
     "AllowOrigin " B " " A "; MaxAge 1; AllowOrigin https://0.example",
     "1:1 AllowOrigin " A " " B "; 1:3 AllowOrigin https://0.example; "
     "1:2 MaxAge 1"},
    {"every kind of pattern",
     "Tolerate null-origin; DenyOrigin * null http://*.a.example "
     "https://*.a.example:8443 https://*.b.example:* "
     "https://*.b.example.:1-2 http://localhost:3000-3999 http://[::1]:* "
     "app://x moz-extension://* x://h:80-90",
     "1:2 DenyOrigin * app://x http://*.a.example http://[::1]:*; "
     "1:2 DenyOrigin http://localhost:3000-3999 https://*.a.example:8443; "
     "1:2 DenyOrigin https://*.b.example.:1-2 https://*.b.example:*; "
     "1:2 DenyOrigin moz-extension://* null x://h:80-90; "
     "1:1 Tolerate null-origin"},
    {"a range within another never decides",
     "DenyOrigin http://a:3000-3100 http://a:3000-3999 http://a:3050-4000",
     "1:1 DenyOrigin http://a:3000-3999 http://a:3050-4000"},
    {"ports 1 to 65535 are not all: 0 is none of them",
     "DenyOrigin http://a:1-65535", "1:1 DenyOrigin http://a:1-65535"},
    {"expressions keep their order",
     "AllowOriginMatch https://b\\.example https://a\\.example",
     "1:1 AllowOriginMatch \"https://b\\.example\"; "
     "1:1 AllowOriginMatch \"https://a\\.example\""},
    {"sources behind the entries, each where it stands",
     "AllowOriginFrom file:b db:a; AllowOrigin " A "; AllowOriginFrom db:c",
     "1:2 AllowOrigin " A "; 1:1 AllowOriginFrom file:b db:a; "
     "1:3 AllowOriginFrom db:c"},
    {"sources alone", "AllowOriginFrom file:a",
     "1:1 AllowOriginFrom file:a"},
    {"a source that needs quotes", "AllowOriginFrom file:\"a'b\\",
     "1:1 AllowOriginFrom \"file:\\\"a'b\\\\\""},
    {"None of the sources", "AllowOriginFrom None", "1:1 AllowOrigin None"},
    {"None of the list, also where an expression's line says it",
     "AllowOriginMatch None", "1:1 AllowOrigin None"},
    {"names as written, * first",
     "AllowMethods PUT M'x; AllowHeaders X-b * Authorization; "
     "ExposeHeaders None",
     "1:1 AllowMethods PUT M'x; 1:2 AllowHeaders * X-b Authorization; "
     "1:3 ExposeHeaders None"},
    {"a name that begins like a quoted word", "AllowHeaders 'x X-A",
     "1:1 AllowHeaders \"'x\" X-A"},
    {"values",
     "Engine ReportOnly; AllowCredentials On; MaxAge 60; SendOrigin Always; "
     "Preflight PassThrough; BackendHeaders Keep; Refusal ForbidUpgrades; "
     "TimingAllowOrigin On",
     "1:1 Engine ReportOnly; 1:2 AllowCredentials On; 1:3 MaxAge 60; "
     "1:4 SendOrigin Always; 1:5 Preflight PassThrough; "
     "1:6 BackendHeaders Keep; 1:7 Refusal ForbidUpgrades; "
     "1:8 TimingAllowOrigin On"},
    {"None: a value of its own, or the default's name",
     "Engine None; MaxAge None; Refusal None; UsePolicy None",
     "1:4 UsePolicy None; 1:1 Engine None; 1:2 MaxAge None; "
     "1:3 Refusal Silent"},
    {"a policy's own directives are its block's",
     "UsePolicy p; AllowHeaders X-A",
     "1:1 UsePolicy p; 1:2 AllowHeaders X-A"},
};

static const char *const some_policies[] = {
    "p: AllowOrigin " A "; AllowCredentials On; Engine ReportOnly; "
    "DenyOrigin https://d.example; MaxAge 5",
    "q: AllowOrigin *; AllowHeaders X-Q",
};

static cors_settings_t *section(const char *file, const char *text)
{
    cors_settings_t *s = read_section(read_policies(some_policies,
                                                    COUNT(some_policies)),
                                      file, text);

    cors_settings_seal(s);
    return s;
}

static void check_own(void **state)
{
    const own_row_t *row = *state;

    assert_text(joined(cors_print_own(section("1", row->section), 0, pool), 1),
                row->printed);
}

typedef struct inherited_row_t {
    const char *rule;
    const char *outer, *middle, *inner;
    const char *printed;
} inherited_row_t;

static const inherited_row_t inherited[] = {
    {"what the inner section does not name",
     "AllowOrigin " A "; MaxAge 1; Engine On", "", "MaxAge 2",
     "1:3 Engine On; 1:1 AllowOrigin " A},
    {"who is one unit",
     "AllowOrigin " A "; AllowCredentials On", "", "AllowOrigin " B, ""},
    {"with the sources", "AllowOrigin " A "; AllowOriginFrom db:x", "",
     "AllowCredentials On", "1:1 AllowOrigin " A "; 1:2 AllowOriginFrom db:x"},
    {"credentials alone change the inherited list",
     "AllowOrigin " A "; AllowCredentials On", "", "AllowCredentials Off",
     "1:1 AllowOrigin " A},
    {"denies add up, each once",
     "DenyOrigin " A, "DenyOrigin " B, "DenyOrigin https://c.example",
     "1:1 DenyOrigin " A "; 2:1 DenyOrigin " B},
    {"tolerances go with their entries",
     "Tolerate null-origin; AllowOrigin null", "Tolerate broad-patterns",
     "MaxAge 1", "1:2 AllowOrigin null; - Tolerate null-origin"},
    {"not without them",
     "Tolerate null-origin; AllowOrigin null", "", "AllowOrigin " A, ""},
    {"a policy cuts off who and what; how and denies stay",
     "AllowOrigin " A "; MaxAge 1; Refusal Forbid; DenyOrigin " B, "",
     "UsePolicy p", "1:4 DenyOrigin " B "; 1:3 Refusal Forbid"},
    {"but not how that the policy itself says",
     "Engine Off; Preflight 200", "", "UsePolicy p", "1:2 Preflight 200"},
    {"an outer policy's how and denies stay too",
     "UsePolicy p", "", "UsePolicy q",
     "p:3 Engine ReportOnly; p:4 DenyOrigin https://d.example"},
    {"a policy is inherited by its name",
     "UsePolicy p q; AllowHeaders X-A", "", "MaxAge 1",
     "1:1 UsePolicy p q; 1:2 AllowHeaders X-A"},
};

static void check_inherited(void **state)
{
    const inherited_row_t *row = *state;
    cors_settings_t *inner = section("3", row->inner);
    const cors_settings_t *merged = cors_settings_merge(
        pool, cors_settings_merge(pool, section("1", row->outer),
                                  section("2", row->middle)), inner);

    assert_text(joined(cors_print_inherited(merged, inner, 0, pool), 1),
                row->printed);
}

typedef struct taken_row_t {
    const char *rule;
    const char *section;
    const char *taken[2];
} taken_row_t;

static const taken_row_t taken[] = {
    {"of a single policy everything that it says", "UsePolicy p",
     {"CORSEngine CORSAllowOrigin CORSDenyOrigin CORSAllowCredentials "
      "CORSMaxAge"}},
    {"but what the section says itself",
     "UsePolicy p; MaxAge None; Engine On; AllowCredentials Off",
     {"CORSAllowOrigin CORSDenyOrigin"}},
    {"who is one unit", "UsePolicy p; AllowOrigin " B,
     {"CORSEngine CORSDenyOrigin CORSMaxAge"}},
    {"of several no how", "UsePolicy p q; AllowHeaders X-A",
     {"CORSAllowOrigin CORSDenyOrigin CORSAllowCredentials CORSMaxAge",
      "CORSAllowOrigin"}},
};

static void check_taken(void **state)
{
    const taken_row_t *row = *state;
    cors_settings_t *s = section("1", row->section);
    int i;

    for (i = 0; i < s->use->n; i++) {
        assert_text(cors_print_taken(s, i, pool), row->taken[i]);
    }
}

/* ---- long lists -------------------------------------------------------- */

static cors_settings_t *many(int n)
{
    cors_settings_t *s = section("1", "DenyOrigin https://*.example");
    static const cors_where_t where = {"1", 1};
    cors_origins_t *list = cors_settings_deny_list(s, pool, &where);
    int i;

    for (i = 1; i < n; i++) {
        cors_origins_add(list, apr_psprintf(pool, "https://%d.example", i),
                         &where, NULL);
    }
    return s;
}

static void count_a_thousand(void)
{
    const apr_array_header_t *lines;
    const cors_printed_t *line;
    int i;

    assert_text(joined(cors_print_own(many(1000), 0, pool), 0),
                "DenyOrigin (1000 entries, 999 of them exact origins: "
                "-D DUMP_CORS_ALL prints them)");
    assert_true(cors_print_own(many(999), 0, pool)->nelts > 100);
    lines = cors_print_own(many(1000), 1, pool);
    assert_true(lines->nelts > 100);
    for (i = 0; i < lines->nelts; i++) {
        line = &APR_ARRAY_IDX(lines, i, cors_printed_t);
        assert_in_range(strlen(line->text), 1, CORS_LINE_WIDTH);
    }
}

/* ---- the same again ---------------------------------------------------- */

static const choices_t lines[] = {
    {"AllowOrigin https://a.example", "AllowOrigin " B " https://*.b.example",
     "AllowOrigin *", "AllowOrigin None", "AllowOrigin https://*.example",
     "AllowOriginMatch https://[ac]\\.example; AllowOriginFrom db:" B,
     "Tolerate null-origin; AllowOrigin null https://c.example",
     "AllowOrigin http://a.example:1-99 http://a.example:*"},
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
     "UsePolicy None", "UsePolicy s"},
};

static const char *const policies[] = {
    "p: AllowOrigin https://a.example; AllowCredentials On; ExposeHeaders X-P",
    "q: AllowOrigin *; AllowMethods DELETE; DenyOrigin https://b.example",
    "r: AllowOrigin https://*.example; DenyOrigin https://a.example",
    "s: AllowOrigin https://b.example; Engine ReportOnly; Refusal Forbid; "
    "SendOrigin Always; TimingAllowOrigin On",
};

static const request_t requests[] = {
    {NULL, NULL, NULL},
    {"https://a.example", NULL, NULL},
    {"https://b.example", NULL, NULL},
    {"https://c.example", "PUT", "x-a"},
    {"https://x.b.example", "DELETE", "x-b"},
    {"https://z.test", "GET", NULL},
    {"null", NULL, NULL},
    {"http://a.example:77", NULL, NULL},
    {"no origin", NULL, NULL},
};

/* Everything that the rules say but places; NULL: contradictory. */
static const char *describe(const cors_settings_t *settings)
{
    cors_rules_t r;
    const char *text;
    size_t i;

    cors_rules_make(&r, settings);
    if (r.fault.id) {
        return NULL;
    }
    text = apr_psprintf(
        pool, "engine %d%s in_force %d refusal %d preflight %d keep %d n %d "
        "denies %d plain %d always %s timing %d", r.engine,
        r.engine_where ? " written" : "", r.in_force, r.refusal, r.preflight,
        r.keep, r.n, r.has_denies, r.plain, r.always ? r.always : "-",
        cors_rules_timing(&r));
    for (i = 0; i < COUNT(requests); i++) {
        const char *v = verdict(&r, &requests[i]);

        text = apr_pstrcat(pool, text, "\n",
                           apr_pstrmemdup(pool, v, strcspn(v, " ")), ": ",
                           answer(&r, &requests[i]), NULL);
    }
    return text;
}

/* Printed lines as read_section takes them: it knows no quotes. */
static const char *readable(const apr_array_header_t *printed)
{
    const char *text = "";
    int i;

    for (i = 0; i < printed->nelts; i++) {
        const char *line = APR_ARRAY_IDX(printed, i, cors_printed_t).text
                           + strlen("CORS");
        const char *quote = strchr(line, '"');

        if (quote) {
            line = apr_pstrcat(pool, apr_pstrmemdup(pool, line, (apr_size_t)
                                                    (quote - line)),
                               unquoted(quote), NULL);
        }
        text = apr_pstrcat(pool, text, line, ";", NULL);
    }
    return text;
}

static cors_settings_t *sealed(apr_hash_t *named, const char *file,
                               const char *text)
{
    cors_settings_t *s = read_section(named, file, text);

    cors_settings_seal(s);
    return s;
}

/* A section's own lines mean what the section meant; with what it inherits
 * they mean the merged section, standing alone. */
static int same_again(void)
{
    apr_hash_t *named = read_policies(policies, COUNT(policies));
    cors_settings_t *outer = sealed(named, "1",
                                    pick_lines(lines, COUNT(lines)));
    cors_settings_t *middle = sealed(named, "2",
                                     pick_lines(lines, COUNT(lines)));
    const char *text = pick_lines(lines, COUNT(lines));
    cors_settings_t *inner = sealed(named, "3", text);
    const cors_settings_t *around = cors_settings_merge(pool, outer, middle);
    const cors_settings_t *merged = cors_settings_merge(pool, around, inner);
    const char *means = describe(merged), *printed;

    if (!means) {
        return 0;
    }
    printed = readable(cors_print_own(inner, 0, pool));
    assert_text(describe(cors_settings_merge(pool, around,
                                             sealed(named, "3", printed))),
                means);
    assert_text(readable(cors_print_own(sealed(named, "3", printed), 0, pool)),
                printed);
    printed = apr_pstrcat(pool, printed,
                          readable(cors_print_inherited(merged, inner, 0,
                                                        pool)), NULL);
    assert_text(describe(sealed(named, "3", printed)), means);
    return 1;
}

static void round_trip(void)
{
    apr_pool_t *all = pool;
    int round, tried = 0;

    pick_from(3);
    for (round = 0; round < 6000; round++) {
        apr_pool_create(&pool, all);
        tried += same_again();
        apr_pool_destroy(pool);
        pool = all;
    }
    assert_true(tried > 2000);
}

static const case_t cases[] = {
    {"any text is read as it was quoted", quote_anything},
    {"a thousand entries are counted", count_a_thousand},
    {"read again, the lines mean the same", round_trip},
};

int main(void)
{
    static const table_t tables[] = {
        TABLE(quotes, check_quote), TABLE(own, check_own),
        TABLE(inherited, check_inherited), TABLE(taken, check_taken),
        CASES(cases)
    };

    return run_tables(tables, COUNT(tables));
}
