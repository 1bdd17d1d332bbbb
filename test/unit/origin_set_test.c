/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin_set_test.c: which origins an entry holds (spec.md, section 1,
 * CORSAllowOrigin), and that a set of many says the same as each alone.
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "engine/origin_set.h"

static const cors_where_t *at(int line)
{
    cors_where_t *where = apr_pcalloc(pool, sizeof(*where));

    where->file = "set";
    where->line = line;
    return where;
}

/* Returns the line of an equal entry, or 0. */
static int add(cors_origin_set_t *set, const char *text, int line)
{
    cors_pattern_t p;
    const cors_where_t *there;

    assert_int_equal(cors_pattern_parse(&p, text, pool), CORS_PATTERN_OK);
    there = cors_origin_set_add(set, &p, at(line));
    return there ? there->line : 0;
}

static void add_regex(cors_origin_set_t *set, const char *text, int line)
{
    const char *error = NULL;
    cors_regex_t *regex = cors_regex_compile(text, pool, &error);

    assert_text(error, NULL);
    cors_origin_set_add_regex(set, regex, at(line));
}

/* The line of the entry that holds the origin, or 0. */
static int match(const cors_origin_set_t *set, const char *origin)
{
    cors_subject_t subject = {0};
    const cors_where_t *where;

    subject.len = strlen(origin);
    subject.text = exactly(origin, subject.len);
    subject.scratch = pool;
    where = cors_origin_set_match(set, &subject);
    return where ? where->line : 0;
}

typedef struct match_row_t {
    const char *rule;
    const char *entry;
    const char *yes[5];
    const char *no[9];
} match_row_t;

static const match_row_t entries[] = {
    {"exact: scheme, host and port, byte by byte", "https://app.example.com",
     {"https://app.example.com"},
     {"http://app.example.com", "https://app.example.com:8443",
      "https://App.example.com", "https://app.example.com.",
      "https://app.example.com/", "https://app.example.co",
      "https://app.example.com.evil.example",
      "https://evil-app.example.com"}},
    {"exact with a port", "https://app.example.com:8443",
     {"https://app.example.com:8443"},
     {"https://app.example.com", "https://app.example.com:844",
      "https://app.example.com:84430"}},
    {"exact with a trailing dot matches only itself", "https://example.com.",
     {"https://example.com."}, {"https://example.com"}},
    {"one or more labels below, never the apex", "https://*.example.com",
     {"https://a.example.com", "https://a.b.c.example.com",
      "https://-.example.com", "https://_.example.com"},
     {"https://example.com", "https://.example.com", "https://xexample.com",
      "https://example.com.evil.example", "http://a.example.com",
      "https://a.example.com:8443", "https://a.example.com.",
      "https://a.example.com.example", "https://a.example.org"}},
    {"subdomains on a port", "https://*.example.com:8443",
     {"https://a.example.com:8443", "https://a.b.example.com:8443"},
     {"https://a.example.com", "https://a.example.com:844",
      "https://example.com:8443", "https://a.example.com:84433"}},
    {"subdomains with a trailing dot", "https://*.example.com.",
     {"https://a.example.com."},
     {"https://a.example.com", "https://example.com."}},
    {"subdomains of one label", "http://*.localhost",
     {"http://a.localhost", "http://a.b.localhost"},
     {"http://localhost", "http://a.localhost:80", "http://alocalhost"}},
    {"a port range, both ends included", "http://localhost:3000-3999",
     {"http://localhost:3000", "http://localhost:3999",
      "http://localhost:3500"},
     {"http://localhost:2999", "http://localhost:4000", "http://localhost",
      "https://localhost:3000", "http://a.localhost:3000",
      "http://localhost.:3000", "http://localhost:03000"}},
    {"a range that holds the default port", "https://a.example:400-500",
     {"https://a.example", "https://a.example:444"},
     {"https://a.example:443", "https://a.example:399",
      "https://a.example:501"}},
    {"any port, the default included", "http://localhost:*",
     {"http://localhost", "http://localhost:1", "http://localhost:65535"},
     {"https://localhost", "http://localhost:0", "http://localhost:65536",
      "http://localhost:", "http://localhost:80", "http://a.localhost:1",
      "http://localhost.evil.example:1"}},
    {"any port of an IPv6 address", "http://[::1]:*",
     {"http://[::1]", "http://[::1]:8080"},
     {"http://[::2]:8080", "http://[::1", "http://[::1]:80"}},
    {"any port below a wildcard host", "https://*.example.com:*",
     {"https://a.example.com", "https://a.b.example.com:8443"},
     {"https://example.com", "https://example.com:8443",
      "http://a.example.com:8443", "https://a.example.com:443",
      "https://a.example.com.:1"}},
    {"a range below a wildcard host", "https://*.example.com:8000-8999",
     {"https://a.example.com:8000", "https://a.example.com:8999"},
     {"https://a.example.com", "https://a.example.com:7999",
      "https://a.example.com:9000", "https://example.com:8000"}},
    {"a range below a wildcard host, default included",
     "https://*.example.com:1-1000", {"https://a.example.com"},
     {"https://a.example.com:1001"}},
    {"an IPv4 address", "http://192.0.2.1",
     {"http://192.0.2.1"},
     {"http://192.0.2.10", "http://192.0.2.1:8080", "http://192.0.2.01",
      "http://0xc0.0.2.1", "http://3221225985", "http://192.0.2.1."}},
    {"an IPv6 address", "https://[2001:db8::1]",
     {"https://[2001:db8::1]"},
     {"https://[2001:0db8::1]", "https://[2001:DB8::1]",
      "https://[2001:db8:0::1]", "https://[2001:db8::1]:8443"}},
    {"an application, byte by byte with its case", "app://Obsidian.md",
     {"app://Obsidian.md"},
     {"app://obsidian.md", "app://Obsidian.md.", "App://Obsidian.md",
      "app://Obsidian.md:1", "https://Obsidian.md"}},
    {"all hosts of an application scheme", "moz-extension://*",
     {"moz-extension://x", "moz-extension://A.b_c-d"},
     {"moz-extension://", "moz-extension2://x", "moz-extensio://x",
      "moz-extension://a/", "moz-extension://a%b", "chrome-extension://x",
      "null", "https://moz-extension"}},
    {"any port of an application, none included", "tauri://localhost:*",
     {"tauri://localhost", "tauri://localhost:1430"},
     {"tauri://localhos", "tauri://localhost2"}},
    /* cors_origins_allow asks these two itself. */
    {"* is not looked at here", "*", {NULL}, {"https://a.example", "null"}},
    {"null is not looked at here", "null", {NULL},
     {"null", "file://", "https://null"}},
};

static void check_entry(void **state)
{
    const match_row_t *row = *state;
    cors_origin_set_t *alone = cors_origin_set_make(pool);
    cors_origin_set_t *crowd = cors_origin_set_make(pool);
    int i;

    add(alone, row->entry, 1);
    /* Others of every kind beside it, more than are compared one by one. */
    for (i = 0; i < 20; i++) {
        add(crowd, apr_psprintf(pool, "https://other%d.test", i), 100);
        add(crowd, apr_psprintf(pool, "http://*.other%d.test", i), 100);
        add(crowd, apr_psprintf(pool, "https://*.other%d.test:*", i), 100);
        add(crowd, apr_psprintf(pool, "http://other%d.test:1-2", i), 100);
        add(crowd, apr_psprintf(pool, "other%d://*", i), 100);
        if (i == 10) {
            add(crowd, row->entry, 1);
        }
    }
    assert_int_equal(cors_origin_set_count(alone), 1);
    assert_int_equal(cors_origin_set_count(crowd), 101);
    for (i = 0; row->yes[i]; i++) {
        assert_int_equal(match(alone, row->yes[i]), 1);
        assert_int_equal(match(crowd, row->yes[i]), 1);
    }
    for (i = 0; row->no[i]; i++) {
        assert_int_equal(match(alone, row->no[i]), 0);
        assert_int_equal(match(crowd, row->no[i]), 0);
    }
}

/* No origin in sight: none of these may match anything, whatever is held. */
static void nothing_malformed(void)
{
    static const char *const never[] = {
        "", " ", "null", "file://", "https://", "https://*.example.com", "*",
        "https://a.example.com/", "https://a.example.com, https://b.example",
        "https://A.example.com", "https://a..example.com", "x"
    };
    cors_origin_set_t *set = cors_origin_set_make(pool);
    size_t i;

    add(set, "*", 1);
    add(set, "https://*.example.com:*", 2);
    add_regex(set, ".*", 3);
    for (i = 0; i < COUNT(never); i++) {
        assert_int_equal(match(set, never[i]), 0);
    }
    assert_int_equal(match(set, repeat("https://a.example.com", 400)), 0);
    assert_int_equal(match(set, "https://anything.example"), 3);
}

static void no_bytes_behind_nul(void)
{
    cors_origin_set_t *set = cors_origin_set_make(pool);
    cors_subject_t subject = {0};

    add(set, "https://a.example", 1);
    add(set, "https://*.example", 2);
    subject.text = "https://a.example\0.evil.test";
    subject.len = sizeof("https://a.example\0.evil.test") - 1;
    assert_null(cors_origin_set_match(set, &subject));
}

/* 127 labels are the most that 253 bytes hold: each depth is asked for. */
static void many_labels(void)
{
    int depth;

    for (depth = 1; depth < 127; depth++) {
        cors_origin_set_t *set = cors_origin_set_make(pool);
        const char *suffix = repeat(".a", (size_t)depth);
        const char *host = repeat("a.", 126);

        add(set, apr_pstrcat(pool, "https://*", suffix, NULL), 1);
        assert_int_equal(match(set, apr_pstrcat(pool, "https://", host, "a",
                                                NULL)), 1);
        assert_int_equal(match(set, apr_pstrcat(pool, "https://", host, "b",
                                                NULL)), 0);
        assert_int_equal(match(set, apr_pstrcat(pool, "https://", suffix + 1,
                                                NULL)), 0);
        assert_int_equal(match(set, apr_pstrcat(pool, "https://b", suffix,
                                                NULL)), 1);
    }
}

/* One suffix may allow what another, shorter or longer, does not. */
static void several_depths(void)
{
    cors_origin_set_t *set = cors_origin_set_make(pool);

    add(set, "https://*.example.com:1000-1999", 1);
    add(set, "https://*.a.example.com:2000-2999", 2);
    add(set, "https://*.b.a.example.com", 3);
    assert_int_equal(match(set, "https://c.b.a.example.com:1000"), 1);
    assert_int_equal(match(set, "https://c.b.a.example.com:2000"), 2);
    assert_int_equal(match(set, "https://c.b.a.example.com"), 3);
    assert_int_equal(match(set, "https://c.b.a.example.com:3000"), 0);
    assert_int_equal(match(set, "https://b.a.example.com"), 0);
    assert_int_equal(match(set, "https://a.example.com:2000"), 0);
}

static void several_ranges(void)
{
    cors_origin_set_t *set = cors_origin_set_make(pool);

    assert_int_equal(add(set, "http://localhost:3000-3999", 1), 0);
    assert_int_equal(add(set, "http://localhost:5000-5999", 2), 0);
    assert_int_equal(match(set, "http://localhost:3500"), 1);
    assert_int_equal(match(set, "http://localhost:5500"), 2);
    assert_int_equal(match(set, "http://localhost:4500"), 0);
    /* Inside one that is there; then one around it. */
    assert_int_equal(add(set, "http://localhost:3100-3200", 3), 1);
    assert_int_equal(add(set, "http://localhost:*", 4), 0);
    assert_int_equal(add(set, "http://localhost:5000-5999", 5), 4);
    assert_int_equal(cors_origin_set_count(set), 3);
    assert_int_equal(match(set, "http://localhost:4500"), 4);
}

/* The second of two equal entries is told the line of the first. */
static void duplicates(void)
{
    static const char *const twice[] = {
        "https://a.example", "https://*.example.com",
        "https://*.example.com:8443", "https://*.example.com:*",
        "http://localhost:3000-3999", "moz-extension://*", "*", "null"
    };
    cors_origin_set_t *set = cors_origin_set_make(pool);
    int i, n = (int)COUNT(twice);

    for (i = 0; i < n; i++) {
        assert_int_equal(add(set, twice[i], i + 1), 0);
        assert_int_equal(add(set, twice[i], 100), i + 1);
    }
    for (i = 0; i < 20; i++) {
        add(set, apr_psprintf(pool, "https://other%d.test", i), 100);
    }
    for (i = 0; i < n; i++) {
        assert_int_equal(add(set, twice[i], 100), i + 1);
    }
    assert_int_equal(cors_origin_set_count(set), n + 20);
}

/* http and https, exact and wild, with a port and without: all different. */
static void no_duplicates(void)
{
    cors_origin_set_t *set = cors_origin_set_make(pool);

    assert_int_equal(add(set, "https://a.example", 1), 0);
    assert_int_equal(add(set, "http://a.example", 2), 0);
    assert_int_equal(add(set, "https://a.example.", 3), 0);
    assert_int_equal(add(set, "https://*.a.example", 4), 0);
    assert_int_equal(add(set, "http://*.a.example", 5), 0);
    assert_int_equal(add(set, "https://*.a.example:8443", 6), 0);
    assert_int_equal(add(set, "https://a.example:*", 7), 0);
    assert_int_equal(add(set, "https://*.a.example:*", 8), 0);
    assert_int_equal(add(set, "http://a.example:*", 9), 0);
    assert_int_equal(cors_origin_set_count(set), 9);
    assert_int_equal(match(set, "http://b.a.example"), 5);
    assert_int_equal(match(set, "https://b.a.example"), 4);
    assert_int_equal(match(set, "https://b.a.example:8443"), 6);
    assert_int_equal(match(set, "https://b.a.example:8444"), 8);
    assert_int_equal(match(set, "http://a.example:8444"), 9);
}

/* The ninth exact origin moves all of them into a hash. */
static void around_the_ninth(void)
{
    cors_origin_set_t *set = cors_origin_set_make(pool);
    int n, i;

    for (n = 1; n <= 20; n++) {
        add(set, apr_psprintf(pool, "https://h%d.example", n), n);
        for (i = 1; i <= 21; i++) {
            assert_int_equal(
                match(set, apr_psprintf(pool, "https://h%d.example", i)),
                i <= n ? i : 0);
        }
        assert_text(cors_origin_set_single(set),
                    n == 1 ? "https://h1.example" : NULL);
    }
}

/* "with one exact origin and nothing else that allows" */
static void single(void)
{
    static const char *const others[] = {
        "*", "null", "https://b.example", "https://*.b.example",
        "https://b.example:*", "https://*.b.example:*", "app://*"
    };
    size_t i;

    assert_null(cors_origin_set_single(cors_origin_set_make(pool)));
    for (i = 0; i < COUNT(others); i++) {
        cors_origin_set_t *set = cors_origin_set_make(pool);

        add(set, others[i], 1);
        if (strcmp(others[i], "https://b.example")) {
            assert_null(cors_origin_set_single(set));
        }
        add(set, "https://a.example", 2);
        assert_null(cors_origin_set_single(set));
    }
    {
        cors_origin_set_t *set = cors_origin_set_make(pool);

        add(set, "https://a.example", 1);
        add(set, "https://a.example", 2);
        assert_text(cors_origin_set_single(set), "https://a.example");
        add_regex(set, "https://b\\.example", 3);
        assert_null(cors_origin_set_single(set));
    }
}

/* Expressions come last, in their order, and see the origin as sent. */
static void expressions(void)
{
    cors_origin_set_t *set = cors_origin_set_make(pool);

    add_regex(set, "https://[ab]\\.example", 1);
    add_regex(set, "https://[bc]\\.example(:\\d+)?", 2);
    add_regex(set, "app://.*", 3);
    add(set, "https://c.example", 4);
    assert_int_equal(match(set, "https://a.example"), 1);
    assert_int_equal(match(set, "https://b.example"), 1);
    assert_int_equal(match(set, "https://c.example"), 4);
    assert_int_equal(match(set, "https://c.example:8443"), 2);
    assert_int_equal(match(set, "app://X"), 3);
    assert_int_equal(match(set, "https://d.example"), 0);
    assert_int_equal(match(set, "https://a.example/"), 0);
}

/* "never tried on null" */
static void expressions_and_null(void)
{
    cors_origin_set_t *set = cors_origin_set_make(pool);

    add_regex(set, "null|file://|.*", 1);
    assert_int_equal(match(set, "null"), 0);
    assert_int_equal(match(set, "file://"), 0);
    assert_int_equal(match(set, "https://a.example"), 1);
}

static const case_t sets[] = {
    {"nothing that is malformed matches", nothing_malformed},
    {"NUL ends no origin", no_bytes_behind_nul},
    {"127 labels, a pattern at each depth", many_labels},
    {"suffixes at several depths", several_depths},
    {"several ranges of one host", several_ranges},
    {"an entry twice", duplicates},
    {"entries that only look alike", no_duplicates},
    {"the ninth exact origin", around_the_ninth},
    {"the one exact origin", single},
    {"expressions are tried last and in order", expressions},
    {"expressions are never tried on null", expressions_and_null},
};

int main(void)
{
    static const table_t tables[] = {
        TABLE(entries, check_entry),
        CASES(sets),
    };

    return run_tables(tables, COUNT(tables));
}
