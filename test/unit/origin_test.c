/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin_test.c: what a serialised origin is (Fetch, "Origin header"; HTML,
 * "ASCII serialisation of an origin"; spec.md's opening), one row a rule.
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "engine/origin.h"

/* A row's text in full: NULs inside count, and what a row repeats follows. */
typedef struct origin_row_t {
    const char *rule;
    const char *text;
    size_t len;                 /* 0: strlen */
    const char *unit;           /* repeated behind text, may be NULL */
    size_t times;
    const char *tail;           /* and this behind it, may be NULL */
    cors_origin_fault_e fault;
} origin_row_t;

#define GOOD(rule, text) {rule, text, 0, NULL, 0, NULL, CORS_ORIGIN_OK}
#define BAD(rule, text, fault) {rule, text, 0, NULL, 0, NULL, fault}
#define BYTES(rule, text, fault) \
    {rule, text, sizeof(text) - 1, NULL, 0, NULL, fault}

static const origin_row_t names[] = {
    GOOD("https and a host", "https://app.example.com"),
    GOOD("http and a host", "http://app.example.com"),
    GOOD("a host of one label", "http://localhost"),
    GOOD("a host of one byte", "https://a"),
    GOOD("digits in a label", "https://3com.example"),
    GOOD("a last label with digits and letters", "https://a.1b"),
    GOOD("a punycode label", "https://xn--bcher-kva.example"),
    /* The URL Standard's host parser lets "_" through; "on purpose". */
    GOOD("an underscore", "https://my_app.example.com"),
    GOOD("a leading underscore", "https://_dmarc.example.com"),
    GOOD("hyphens anywhere", "https://-a-.example-"),
    /* "one trailing dot allowed" */
    GOOD("a trailing dot", "https://app.example.com."),
    GOOD("a trailing dot and a port", "https://app.example.com.:8443"),
    BAD("two trailing dots", "https://app.example.com..", CORS_ORIGIN_HOST),
    BAD("a dot alone", "https://.", CORS_ORIGIN_HOST),
    BAD("a leading dot", "https://.example.com", CORS_ORIGIN_HOST),
    BAD("an empty label", "https://a..b", CORS_ORIGIN_HOST),
    BAD("an empty host", "https://", CORS_ORIGIN_HOST),
    BAD("a port without host", "https://:8443", CORS_ORIGIN_HOST),
    BAD("upper case in the host", "https://App.example.com",
        CORS_ORIGIN_UPPER),
    BAD("percent-encoding", "https://a%2eexample.com", CORS_ORIGIN_HOST),
    BAD("a wildcard", "https://*.example.com", CORS_ORIGIN_HOST),
    BAD("a raw non-ASCII host", "https://b\xc3\xbc"
        "cher.example", CORS_ORIGIN_NON_ASCII),
    BAD("a raw non-ASCII dot", "https://example\xe3\x80\x82"
        "com", CORS_ORIGIN_NON_ASCII),
    BAD("an invalid byte of UTF-8", "https://\xff.example",
        CORS_ORIGIN_NON_ASCII),
    BAD("the first byte beyond ASCII", "https://\x80.example",
        CORS_ORIGIN_NON_ASCII),
    BAD("the first byte beyond ASCII, in a scheme", "h\x80://x",
        CORS_ORIGIN_NON_ASCII),
    BAD("a soft hyphen at the end", "https://a.example\xc2\xad",
        CORS_ORIGIN_NON_ASCII),
};

static const origin_row_t stray_bytes[] = {
    BAD("a blank in the host", "https://a b", CORS_ORIGIN_HOST),
    BAD("a blank at the end", "https://a.example ", CORS_ORIGIN_HOST),
    BAD("a blank in front", " https://a.example", CORS_ORIGIN_SCHEME),
    BAD("a tab", "https://a\t.example", CORS_ORIGIN_HOST),
    BAD("a line feed at the end", "https://a.example\n", CORS_ORIGIN_HOST),
    BAD("a header of its own", "https://a.example\r\nSet-Cookie: a=b",
        CORS_ORIGIN_HOST),
    BAD("DEL", "https://a\x7f.example", CORS_ORIGIN_HOST),
    BYTES("NUL inside", "https://a\0.example", CORS_ORIGIN_HOST),
    BYTES("NUL at the end", "https://a.example\0", CORS_ORIGIN_HOST),
    BYTES("NUL in the scheme", "htt\0ps://a", CORS_ORIGIN_SCHEME),
    BYTES("NUL in front", "\0https://a", CORS_ORIGIN_SCHEME),
    BYTES("NUL behind null", "null\0", CORS_ORIGIN_SCHEME),
    BYTES("NUL in a port", "https://a:84\0", CORS_ORIGIN_BAD_PORT),
    /* RFC 6454 had lists of origins; Fetch has one. A doubled Origin arrives
     * joined by a comma. */
    BAD("two origins, by a comma", "https://a.example, https://b.example",
        CORS_ORIGIN_HOST),
    BAD("two origins, by a comma alone", "https://a.example,https://b.example",
        CORS_ORIGIN_HOST),
    BAD("two origins, by a blank", "https://a.example https://b.example",
        CORS_ORIGIN_HOST),
    BAD("two nulls", "null, null", CORS_ORIGIN_SCHEME),
    BAD("quotes", "\"https://a.example\"", CORS_ORIGIN_SCHEME),
    BAD("angle brackets", "https://<script>", CORS_ORIGIN_HOST),
    BAD("a closing bracket", "https://a]", CORS_ORIGIN_HOST),
};

static const origin_row_t paths[] = {
    BAD("a trailing slash", "https://a.example/", CORS_ORIGIN_PATH),
    BAD("a path", "https://a.example/index.html", CORS_ORIGIN_PATH),
    BAD("a query", "https://a.example?x", CORS_ORIGIN_PATH),
    BAD("a fragment", "https://a.example#x", CORS_ORIGIN_PATH),
    BAD("a backslash, a slash to browsers", "https://a.example\\x",
        CORS_ORIGIN_PATH),
    BAD("a slash behind a port", "https://a.example:8443/",
        CORS_ORIGIN_PATH),
    BAD("a slash behind an address", "https://[::1]/", CORS_ORIGIN_PATH),
    BAD("an at sign in a path", "https://a.example/@b", CORS_ORIGIN_PATH),
    BAD("three slashes", "https:///a.example", CORS_ORIGIN_PATH),
    BAD("a user", "https://user@a.example", CORS_ORIGIN_USER),
    BAD("a user and a password", "https://user:pw@a.example",
        CORS_ORIGIN_USER),
    /* Looks like a port, is a password. */
    BAD("a password of digits", "https://a.example:8443@evil.example",
        CORS_ORIGIN_USER),
    BAD("a user that looks like the host",
        "https://a.example.com@evil.example", CORS_ORIGIN_USER),
    BAD("an empty user", "https://@a.example", CORS_ORIGIN_USER),
    BAD("a user with odd bytes", "https://us er@a.example",
        CORS_ORIGIN_USER),
};

static const origin_row_t ports[] = {
    GOOD("a port", "https://a.example:8443"),
    GOOD("the lowest port", "https://a.example:1"),
    GOOD("the highest port", "https://a.example:65535"),
    GOOD("http's port with https", "https://a.example:80"),
    GOOD("https's port with http", "http://a.example:443"),
    BAD("https's default port", "https://a.example:443", CORS_ORIGIN_DEFAULT),
    BAD("http's default port", "http://a.example:80", CORS_ORIGIN_DEFAULT),
    BAD("an address's default port", "http://[::1]:80", CORS_ORIGIN_DEFAULT),
    BAD("a colon alone", "https://a.example:", CORS_ORIGIN_BAD_PORT),
    BAD("a colon and a slash", "https://a.example:/", CORS_ORIGIN_BAD_PORT),
    BAD("port 0", "https://a.example:0", CORS_ORIGIN_BAD_PORT),
    BAD("port 65536", "https://a.example:65536", CORS_ORIGIN_BAD_PORT),
    BAD("port 99999", "https://a.example:99999", CORS_ORIGIN_BAD_PORT),
    /* 2^32 + 8443: no number may wrap into one that is allowed. */
    BAD("a port that wraps", "https://a.example:4294975739",
        CORS_ORIGIN_BAD_PORT),
    BAD("a leading zero", "https://a.example:08443", CORS_ORIGIN_BAD_PORT),
    BAD("leading zeros before the default", "https://a.example:0443",
        CORS_ORIGIN_BAD_PORT),
    BAD("a sign", "https://a.example:+80", CORS_ORIGIN_BAD_PORT),
    BAD("a negative port", "https://a.example:-1", CORS_ORIGIN_BAD_PORT),
    BAD("letters", "https://a.example:http", CORS_ORIGIN_BAD_PORT),
    BAD("a hexadecimal port", "https://a.example:0x50", CORS_ORIGIN_BAD_PORT),
    BAD("two ports", "https://a.example:1:2", CORS_ORIGIN_BAD_PORT),
    BAD("a range", "https://a.example:1-2", CORS_ORIGIN_BAD_PORT),
    BAD("a blank behind a port", "https://a.example:8443 ",
        CORS_ORIGIN_BAD_PORT),
};

static const origin_row_t schemes[] = {
    GOOD("an extension", "chrome-extension://gmbmikajjgmnabiglmofipeabaddhgne"),
    GOOD("an application with dots", "app://obsidian.md"),
    GOOD("an application of one label", "capacitor://localhost"),
    GOOD("an application and a port", "tauri://localhost:1430"),
    /* "the host is opaque, [A-Za-z0-9._-]+, compared with its case" */
    GOOD("upper case in an opaque host", "app://My.App"),
    GOOD("dots anywhere in an opaque host", "app://..a.."),
    GOOD("an opaque host that looks like an address", "app://0x7f.1"),
    GOOD("every byte that a scheme may have", "a0+-.z://x"),
    GOOD("another of the URL Standard's special schemes", "ftp://a.example"),
    BAD("an empty opaque host", "app://", CORS_ORIGIN_HOST),
    BAD("brackets in an opaque host", "app://[::1]", CORS_ORIGIN_HOST),
    BAD("a stray byte in an opaque host", "app://a!b", CORS_ORIGIN_HOST),
    BAD("non-ASCII in an opaque host", "app://\xc3\xa4",
        CORS_ORIGIN_NON_ASCII),
    BAD("a path behind an opaque host", "app://x/", CORS_ORIGIN_PATH),
    BAD("a file with a path", "file:///etc/passwd", CORS_ORIGIN_PATH),
    BAD("upper case in a scheme", "HTTPS://a.example", CORS_ORIGIN_UPPER),
    BAD("one upper case letter in a scheme", "httpS://a.example",
        CORS_ORIGIN_UPPER),
    BAD("a scheme that starts with a digit", "1a://x", CORS_ORIGIN_SCHEME),
    BAD("a scheme that starts with a plus", "+a://x", CORS_ORIGIN_SCHEME),
    BAD("an underscore in a scheme", "a_b://x", CORS_ORIGIN_SCHEME),
    BAD("non-ASCII in a scheme", "h\xc3\xa4://x", CORS_ORIGIN_NON_ASCII),
    BAD("no scheme", "://a.example", CORS_ORIGIN_SCHEME),
    BAD("a host alone", "a.example.com", CORS_ORIGIN_SCHEME),
    BAD("a host and a port", "a.example.com:8443", CORS_ORIGIN_SCHEME),
    BAD("slashes and a host", "//a.example.com", CORS_ORIGIN_SCHEME),
    BAD("one slash", "https:/a.example.com", CORS_ORIGIN_SCHEME),
    BAD("no slash", "https:a.example.com", CORS_ORIGIN_SCHEME),
    BAD("a scheme alone", "https", CORS_ORIGIN_SCHEME),
    BAD("a scheme cut behind its colon", "https:", CORS_ORIGIN_SCHEME),
    BAD("a scheme cut in its slashes", "https:/", CORS_ORIGIN_SCHEME),
    BAD("a script", "javascript:alert(1)", CORS_ORIGIN_SCHEME),
    BAD("data", "data:text/html,x", CORS_ORIGIN_SCHEME),
    BAD("a blob", "blob:https://a.example/x", CORS_ORIGIN_SCHEME),
    BAD("nothing", "", CORS_ORIGIN_EMPTY),
    BAD("a star", "*", CORS_ORIGIN_SCHEME),
};

static const origin_row_t nulls[] = {
    GOOD("null", "null"),
    GOOD("a sent file origin", "file://"),
    BAD("NULL", "NULL", CORS_ORIGIN_UPPER),
    BAD("Null", "Null", CORS_ORIGIN_UPPER),
    BAD("null and a blank", "null ", CORS_ORIGIN_SCHEME),
    BAD("nul", "nul", CORS_ORIGIN_SCHEME),
    BAD("file without slashes", "file:", CORS_ORIGIN_SCHEME),
    BAD("undefined", "undefined", CORS_ORIGIN_SCHEME),
};

static const origin_row_t lengths[] = {
    /* RFC 1035: 253 bytes, dots included; the trailing one too. */
    {"a host of 253 bytes", "https://", 0, "a.", 126, "a", CORS_ORIGIN_OK},
    {"a host of 254 bytes", "https://", 0, "a.", 126, "ab", CORS_ORIGIN_HOST},
    {"253 bytes and a trailing dot", "https://", 0, "a.", 127, "",
     CORS_ORIGIN_HOST},
    {"252 bytes and a trailing dot", "https://", 0, "a.", 126, "",
     CORS_ORIGIN_OK},
    {"one label of 253 bytes", "https://", 0, "a", 253, "", CORS_ORIGIN_OK},
    {"an opaque host of 253 bytes", "app://", 0, "A", 253, "",
     CORS_ORIGIN_OK},
    {"an opaque host of 254 bytes", "app://", 0, "A", 254, "",
     CORS_ORIGIN_OK},
    {"an opaque host in 320 bytes", "app://", 0, "A", 314, "",
     CORS_ORIGIN_OK},
    {"an opaque host in 321 bytes", "app://", 0, "A", 315, "",
     CORS_ORIGIN_LONG},
    {"a host of 253 bytes and a port", "https://", 0, "a", 253, ":8443",
     CORS_ORIGIN_OK},
    /* "An origin over 320 bytes is none." */
    {"an origin of 320 bytes", "", 0, "a", 316, "://x", CORS_ORIGIN_OK},
    {"an origin of 321 bytes", "", 0, "a", 317, "://x", CORS_ORIGIN_LONG},
    {"8 KiB", "https://", 0, "a", 8192, ".example", CORS_ORIGIN_LONG},
    {"8 KiB of one byte", "", 0, "h", 8192, "", CORS_ORIGIN_LONG},
};

static void check_origin(void **state)
{
    const origin_row_t *row = *state;
    size_t len = row->len ? row->len : strlen(row->text);
    const char *unit = row->unit ? repeat(row->unit, row->times) : "";
    const char *tail = row->tail ? row->tail : "";
    size_t unit_len = strlen(unit), tail_len = strlen(tail), host_end;
    char *text = apr_palloc(pool, len + unit_len + tail_len);
    cors_origin_t o;

    memcpy(text, row->text, len);
    memcpy(text + len, unit, unit_len);
    memcpy(text + len + unit_len, tail, tail_len);
    len += unit_len + tail_len;
    assert_int_equal(cors_origin_parse(&o, exactly(text, len), len),
                     row->fault);
    if (row->fault != CORS_ORIGIN_OK) {
        return;
    }
    /* The parts put together are the whole. */
    assert_int_equal(o.len, len);
    if (o.scheme == CORS_SCHEME_NULL) {
        return;
    }
    assert_memory_equal(o.text + o.scheme_len, "://", 3);
    assert_int_equal(o.host, o.scheme_len + 3);
    host_end = o.host + o.host_len;
    assert_text(apr_pstrndup(pool, text + host_end, len - host_end),
                o.port ? apr_psprintf(pool, ":%d", o.port) : "");
}

int main(void)
{
    static const table_t tables[] = {
        TABLE(names, check_origin),   TABLE(stray_bytes, check_origin),
        TABLE(paths, check_origin),   TABLE(ports, check_origin),
        TABLE(schemes, check_origin), TABLE(nulls, check_origin),
        TABLE(lengths, check_origin),
    };

    return run_tables(tables, COUNT(tables));
}
