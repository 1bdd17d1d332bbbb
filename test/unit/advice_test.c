/* SPDX-License-Identifier: Apache-2.0 */
/*
 * advice_test.c: what a message says to write instead, and that nothing from
 * the configuration or a request reaches a terminal or a log as it is.
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "engine/advice.h"
#include "engine/escape.h"
#include "engine/origins.h"
#include "engine/suffix.h"

typedef struct correct_row_t {
    const char *rule;
    const char *text;
    const char *corrected;
} correct_row_t;

static const correct_row_t corrections[] = {
    {"a trailing slash", "https://app.example.com/",
     "https://app.example.com"},
    {"a path", "https://app.example.com/api/v1", "https://app.example.com"},
    {"a query", "https://app.example.com?x=1", "https://app.example.com"},
    {"a fragment", "https://app.example.com#top", "https://app.example.com"},
    {"a backslash", "https://app.example.com\\x", "https://app.example.com"},
    {"a user", "https://user@app.example.com", "https://app.example.com"},
    {"a user and a password", "https://user:pw@app.example.com",
     "https://app.example.com"},
    {"an at sign in the password", "https://u:p@ss@app.example.com",
     "https://app.example.com"},
    {"upper case", "HTTPS://App.Example.COM", "https://app.example.com"},
    {"an underscore stays", "https://My_App.example",
     "https://my_app.example"},
    {"https's default port", "https://app.example.com:443",
     "https://app.example.com"},
    {"http's default port", "http://app.example.com:80",
     "http://app.example.com"},
    {"leading zeros in the default port", "https://app.example.com:0443",
     "https://app.example.com"},
    {"leading zeros", "https://app.example.com:08443",
     "https://app.example.com:8443"},
    {"a colon alone", "https://app.example.com:", "https://app.example.com"},
    {"all of it", "HTTPS://Me:pw@App.Example.COM:443/x?y#z",
     "https://app.example.com"},
    {"a port that stays", "https://App.example.com:8443/",
     "https://app.example.com:8443"},
    {"a range that stays", "http://LocalHost:3000-3999/",
     "http://localhost:3000-3999"},
    {"any port that stays", "http://LOCALHOST:*", "http://localhost:*"},
    {"a wildcard that stays", "https://*.Example.com/",
     "https://*.example.com"},
    {"IPv6 in upper case", "https://[2001:DB8::1]", "https://[2001:db8::1]"},
    {"IPv6 and the default port", "http://[::1]:80", "http://[::1]"},
    {"an opaque host keeps its case", "APP://Obsidian.md/x",
     "app://Obsidian.md"},
    {"no scheme", "app.example.com", "https://app.example.com"},
    {"no scheme, a port", "app.example.com:8443",
     "https://app.example.com:8443"},
    {"no scheme, a path", "app.example.com/x", "https://app.example.com"},
    {"slashes but no scheme", "//app.example.com", NULL},
    /* Nothing is guessed where it could be wrong. */
    {"one word", "localhost", NULL},
    {"one word and a port", "localhost:3000", NULL},
    {"an origin that is one already", "https://app.example.com", NULL},
    {"IPv4 in another spelling", "http://0x7f.1", NULL},
    {"IPv6 in another spelling", "http://[0:0:0:0:0:0:0:1]", NULL},
    {"a missing bracket", "http://[::1", NULL},
    {"an empty label", "https://a..b", NULL},
    {"port 0", "https://app.example.com:70000", NULL},
    {"letters as a port", "https://app.example.com:http", NULL},
    {"nothing", "", NULL},
    {"a scheme alone", "https://", NULL},
    {"a separator alone", "://", NULL},
    {"a separator and a host", "://app.example.com", NULL},
    {"a slash", "/", NULL},
    {"an at sign", "@", NULL},
    {"a wildcard in a wrong place", "https://a*.Example.com", NULL},
    {"a file", "file:///srv", NULL},
    {"a blank", "https://a b.example", NULL},
    {"an invalid byte of UTF-8", "https://\xff.example", NULL},
#ifdef HAVE_LIBIDN2
    {"an international name", "https://b\xc3\xbc" "cher.example",
     "https://xn--bcher-kva.example"},
    {"an international name in upper case",
     "https://B\xc3\x9c" "CHER.example/", "https://xn--bcher-kva.example"},
    {"an international name with a port",
     "https://b\xc3\xbc" "cher.example:8443",
     "https://xn--bcher-kva.example:8443"},
    {"an international name below a wildcard",
     "https://*.b\xc3\xbc" "cher.example",
     "https://*.xn--bcher-kva.example"},
    /* IDNA 2008 as browsers do it: not "strasse". */
    {"a sharp s", "https://stra\xc3\x9f" "e.example",
     "https://xn--strae-oqa.example"},
#endif
};

static void check_correction(void **state)
{
    const correct_row_t *row = *state;
    cors_pattern_t p;

    assert_text(cors_correct_origin(pool, row->text), row->corrected);
    if (row->corrected) {
        assert_int_equal(cors_pattern_parse(&p, row->corrected, pool),
                         CORS_PATTERN_OK);
        assert_text(cors_correct_origin(pool, row->corrected), NULL);
    }
}

/* ---- the message ------------------------------------------------------- */

typedef struct message_row_t {
    const char *rule;
    const char *text;
    const char *starts;
    const char *ends;           /* what to write */
} message_row_t;

static const message_row_t messages[] = {
    {"no origin", "x", "CORS001: 'x'", NULL},
    {"an empty label", "https://a..b", "CORS001: 'https://a..b'", NULL},
    {"no scheme", "a.example", "CORS001: 'a.example'",
     "; write https://a.example"},
    {"a path", "https://a.example/", "CORS002: 'https://a.example/'",
     "; write https://a.example"},
    {"a user", "https://u@a.example", "CORS003: ",
     "; write https://a.example"},
    {"upper case", "https://A.example", "CORS004: ",
     "; write https://a.example"},
    {"non-ASCII, escaped", "https://b\xc3\xbc" "cher.example",
     "CORS005: 'https://b\\xc3\\xbccher.example'", NULL},
    {"the default port", "https://a.example:443", "CORS006: ",
     "; write https://a.example"},
    {"a bad port", "https://a.example:70000", "CORS007: ", NULL},
    {"a bad range", "https://a.example:2-1", "CORS007: ", NULL},
    {"an IP address in another spelling", "http://0x7f.1", "CORS008: ", NULL},
    {"a file", "file://", "CORS009: ", NULL},
    {"a wildcard", "https://a.*", "CORS010: 'https://a.*'", NULL},
    {"a line feed, escaped", "https://a\n", "CORS001: 'https://a\\x0a'",
     NULL},
    {"percents are no format", "https://%s%n.example",
     "CORS001: 'https://%s%n.example'", NULL},
    {"percents are no format, corrected", "https://A.example/%s%n",
     "CORS004: 'https://A.example/%s%n'", "; write https://a.example"},
};

static void check_message(void **state)
{
    static const cors_where_t here = {"httpd.conf", 12};
    const message_row_t *row = *state;
    cors_findings_t *findings = cors_findings_make(pool);
    unsigned tolerate = 0;
    cors_origins_t *list = cors_origins_make(pool, &here, &tolerate, 0);
    const cors_finding_t *f;

    cors_origins_add(list, row->text, &here, findings);
    assert_int_equal(findings->list->nelts, 1);
    assert_int_equal(findings->errors, 1);
    f = cors_findings_error(findings);
    assert_ptr_equal(f->where.file, here.file);
    assert_int_equal(f->where.line, 12);
    assert_true(strlen(f->text) > strlen(row->starts));
    assert_text(apr_pstrndup(pool, f->text, strlen(row->starts)),
                row->starts);
    if (row->ends) {
        assert_true(strlen(f->text) > strlen(row->ends));
        assert_text(f->text + strlen(f->text) - strlen(row->ends),
                    row->ends);
    }
    /* "A bad entry never widens the rest": it is not in the list. */
    assert_int_equal(cors_origin_set_count(list->set), 0);
    cors_origins_add(list, row->text, &here, NULL);
    assert_int_equal(cors_origin_set_count(list->set), 0);
}

/* ---- text from outside ------------------------------------------------- */

typedef struct escape_row_t {
    const char *rule;
    const char *text;
    const char *escaped;
} escape_row_t;

static const escape_row_t escapes[] = {
    {"plain text", "https://a.example ~", "https://a.example ~"},
    {"nothing", "", ""},
    {"a line feed", "a\nb", "a\\x0ab"},
    {"a carriage return", "a\rb", "a\\x0db"},
    {"a tab", "\t", "\\x09"},
    {"a terminal's escape", "\x1b[31m", "\\x1b[31m"},
    {"DEL", "\x7f", "\\x7f"},
    {"a backslash, or an escape could be written", "\\x0a", "\\x5cx0a"},
    {"bytes over 127", "\x80\xff", "\\x80\\xff"},
    {"a C1 control in UTF-8", "\xc2\x9b", "\\xc2\\x9b"},
};

static void check_escape(void **state)
{
    const escape_row_t *row = *state;
    size_t len = strlen(row->text);

    assert_text(cors_escape(pool, exactly(row->text, len + 1), len),
                row->escaped);
}

static void escape_lengths(void)
{
    const char *text = repeat("\n", 201);

    assert_text(cors_escape(pool, exactly("a\0b", 4), 3), "a\\x00b");
    assert_text(cors_escape(pool, "part of a string", 4), "part");
    assert_text(cors_escape(pool, text, 200), repeat("\\x0a", 200));
    assert_text(cors_escape(pool, text, 201),
                apr_pstrcat(pool, repeat("\\x0a", 200), "...", NULL));
    text = repeat("a", 1 << 20);
    assert_text(cors_escape(pool, text, strlen(text)),
                apr_pstrcat(pool, repeat("a", 200), "...", NULL));
}

/* Eight bytes are looked at together: each value of one byte, at each place of
 * texts of one to four steps, among bytes that a carry would come from. */
static void escape_bytes(void)
{
    static const char around[] = {' ', '~', '[', ']'};
    char text[33], byte[5];
    int len, at, value, i;

    for (len = 1; len < 33; len++) {
        for (at = 0; at < len; at++) {
            for (value = 1; value < 256; value++) {
                int safe = value >= 0x20 && value < 0x7f && value != '\\';
                const char *escaped;

                for (i = 0; i < len; i++) {
                    text[i] = around[i & 3];
                }
                text[at] = (char)value;
                text[len] = '\0';
                escaped = cors_escape(pool, text, (apr_size_t)len);
                apr_snprintf(byte, sizeof(byte), safe ? "%c" : "\\x%02x",
                             value);
                assert_int_equal(strlen(escaped), len + (safe ? 0 : 3));
                assert_memory_equal(escaped + at, byte, strlen(byte));
            }
        }
        apr_pool_clear(pool);
    }
}

/* Every number that the enumeration has is in the table, and named after it. */
static void numbers(void)
{
    int id;

    assert_null(cors_finding_name(0));
    for (id = 1; cors_finding_name((cors_finding_e)id); id++) {
        assert_text(cors_finding_name((cors_finding_e)id),
                    apr_psprintf(pool, "CORS%03d", id));
    }
    assert_true(id > CORS_F_REGEX_COST);
}

/* Section 5's "(w)"; all others of its list are errors. */
static void severities(void)
{
    static const cors_finding_e warnings[] = {
        CORS_F_SUFFIX, CORS_F_REGEX_BROAD, CORS_F_MAX_AGE_CAPPED,
        CORS_F_HEADER_DROPPED, CORS_F_EXPOSE_DROPPED, CORS_F_DUPLICATE,
        CORS_F_METHOD_CASE
    };
    int id;
    size_t i;

    for (id = 1; id <= CORS_F_REGEX_COST; id++) {
        int error = 1;

        for (i = 0; i < COUNT(warnings); i++) {
            error &= warnings[i] != (cors_finding_e)id;
        }
        assert_int_equal(cors_finding_is_error((cors_finding_e)id), error);
    }
}

static void nobody_listens(void)
{
    static const cors_where_t here = {"httpd.conf", 12};
    cors_findings_t *findings = cors_findings_make(pool);

    cors_finding_add(NULL, CORS_F_SUFFIX, &here, "x", NULL);
    cors_finding_other(NULL, &here);
    cors_finding_other(findings, &here);
    assert_int_equal(findings->list->nelts, 0);
    assert_null(cors_findings_error(findings));
    /* A warning is no error; what has no line has no file. */
    cors_finding_add(findings, CORS_F_SUFFIX, NULL, NULL, NULL);
    assert_int_equal(findings->errors, 0);
    assert_null(cors_findings_error(findings));
    assert_null(APR_ARRAY_IDX(findings->list, 0, cors_finding_t).where.file);
}

/* What is said of a finding that is not kept must not go to the one before. */
static void only_counted(void)
{
    static const cors_where_t first = {"a.conf", 1}, second = {"a.conf", 2};
    cors_findings_t *findings = cors_findings_make(pool), *copies;
    const cors_finding_t *f;

    findings->most = 1;
    cors_finding_add(findings, CORS_F_SUFFIX, NULL, NULL, NULL);
    cors_finding_add(findings, CORS_F_POLICY_TWICE, &first, "p", NULL);
    cors_finding_other(findings, &second);
    cors_finding_add(findings, CORS_F_POLICY_TWICE, &second, "q", NULL);
    cors_finding_other(findings, &first);
    cors_finding_may_change(findings);
    assert_int_equal(findings->list->nelts, 2);
    assert_int_equal(findings->errors, 2);
    f = cors_findings_error(findings);
    assert_int_equal(f->where.line, 1);
    assert_int_equal(f->other.line, 2);
    assert_int_equal(f->may_change, 0);

    copies = cors_findings_make(pool);
    copies->most = 1;
    assert_non_null(cors_finding_copy(copies, f));
    assert_null(cors_finding_copy(copies, f));
    assert_int_equal(copies->errors, 2);
    assert_int_equal(cors_findings_error(copies)->other.line, 2);
}

static const case_t others[] = {
    {"what is long is cut, and NUL is a byte", escape_lengths},
    {"every byte at every place", escape_bytes},
    {"each number has its row", numbers},
    {"what is an error and what a warning", severities},
    {"findings that nobody asked for", nobody_listens},
    {"more findings than are kept", only_counted},
};

int main(void)
{
    static const table_t tables[] = {
        TABLE(corrections, check_correction),
        TABLE(messages, check_message),
        TABLE(escapes, check_escape),
        CASES(others),
    };

    return run_tables(tables, COUNT(tables));
}
