/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin_set_test.c: sets of many entries. What one entry holds has
 * entry_test.c.
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "engine/origin_entries.h"
#include "sets.h"

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

/* Whoever asks for all exact origins gets each once, until it has enough. */
static int remember(void *seen, const char *text, const cors_where_t *where)
{
    apr_hash_t *lines = seen;

    assert_null(apr_hash_get(lines, text, APR_HASH_KEY_STRING));
    apr_hash_set(lines, text, APR_HASH_KEY_STRING, where);
    return apr_hash_count(lines) < 15;
}

static void each_exact(void)
{
    cors_origin_set_t *set = cors_origin_set_make(pool);
    int n, i;

    add(set, "*", 100);
    add(set, "https://*.example", 100);
    for (n = 1; n <= 20; n++) {
        apr_hash_t *seen = apr_hash_make(pool);

        add(set, apr_psprintf(pool, "https://h%d.test", n), n);
        cors_origin_set_each_exact(set, remember, seen);
        assert_int_equal(apr_hash_count(seen), n < 15 ? n : 15);
        for (i = 1; i <= n && n < 15; i++) {
            const cors_where_t *where = apr_hash_get(
                seen, apr_psprintf(pool, "https://h%d.test", i),
                APR_HASH_KEY_STRING);

            assert_int_equal(where->line, i);
        }
    }
}

static int stop(void *asked, const char *text, const cors_where_t *where)
{
    (void)text;
    (void)where;
    ++*(int *)asked;
    return 0;
}

static void each_until(void)
{
    cors_origin_set_t *set = cors_origin_set_make(pool);
    int n, asked;

    for (n = 1; n <= 20; n++) {
        add(set, apr_psprintf(pool, "https://h%d.test", n), n);
        asked = 0;
        cors_origin_set_each_exact(set, stop, &asked);
        assert_int_equal(asked, 1);
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
    {"each exact origin", each_exact},
    {"each exact origin, until told to stop", each_until},
    {"the one exact origin", single},
    {"expressions are tried last and in order", expressions},
    {"expressions are never tried on null", expressions_and_null},
};

int main(void)
{
    static const table_t tables[] = {
        CASES(sets),
    };

    return run_tables(tables, COUNT(tables));
}
