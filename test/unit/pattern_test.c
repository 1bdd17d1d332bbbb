/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pattern_test.c: what may stand in CORSAllowOrigin and CORSDenyOrigin
 * (spec.md, sections 1 and 5), one row a rule. What an entry then matches has
 * origin_set_test.c.
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "engine/pattern.h"

/* What an entry is looked up by. */
typedef struct kind_row_t {
    const char *rule;
    const char *text;
    cors_pattern_kind_e kind;
    const char *key;
    int low, high;
} kind_row_t;

static const kind_row_t kinds[] = {
    {"* allows every origin", "*", CORS_PATTERN_ANY, NULL, 0, 0},
    {"null", "null", CORS_PATTERN_NULL, NULL, 0, 0},
    {"an exact origin", "https://app.example.com", CORS_PATTERN_EXACT,
     "https://app.example.com", 0, 0},
    {"an exact origin with a port", "https://app.example.com:8443",
     CORS_PATTERN_EXACT, "https://app.example.com:8443", 0, 0},
    {"an IPv4 address", "http://192.0.2.1:3000", CORS_PATTERN_EXACT,
     "http://192.0.2.1:3000", 0, 0},
    {"an IPv6 address", "https://[2001:db8::1]", CORS_PATTERN_EXACT,
     "https://[2001:db8::1]", 0, 0},
    {"an IPv6 address and a port", "https://[2001:db8::1]:8443",
     CORS_PATTERN_EXACT, "https://[2001:db8::1]:8443", 0, 0},
    {"an extension",
     "chrome-extension://gmbmikajjgmnabiglmofipeabaddhgne",
     CORS_PATTERN_EXACT,
     "chrome-extension://gmbmikajjgmnabiglmofipeabaddhgne", 0, 0},
    {"an application keeps its case", "app://Obsidian.md",
     CORS_PATTERN_EXACT, "app://Obsidian.md", 0, 0},
    {"a trailing dot", "https://example.com.", CORS_PATTERN_EXACT,
     "https://example.com.", 0, 0},
    {"subdomains", "https://*.example.com", CORS_PATTERN_SUBDOMAINS,
     "example.com", 0, 0},
    {"subdomains on a port", "https://*.example.com:8443",
     CORS_PATTERN_SUBDOMAINS, "example.com:8443", 0, 0},
    {"subdomains with a trailing dot", "https://*.example.com.",
     CORS_PATTERN_SUBDOMAINS, "example.com.", 0, 0},
    {"subdomains of one label", "http://*.localhost",
     CORS_PATTERN_SUBDOMAINS, "localhost", 0, 0},
    {"a port range", "http://localhost:3000-3999", CORS_PATTERN_PORTS,
     "http://localhost", 3000, 3999},
    {"a range of one port", "http://localhost:3000-3000", CORS_PATTERN_PORTS,
     "http://localhost", 3000, 3000},
    {"the widest range", "http://localhost:1-65535", CORS_PATTERN_PORTS,
     "http://localhost", 1, 65535},
    {"a range around the default port", "https://a.example:400-500",
     CORS_PATTERN_PORTS, "https://a.example", 400, 500},
    {"any port", "http://localhost:*", CORS_PATTERN_PORTS,
     "http://localhost", 0, 65535},
    {"any port of an IPv6 address", "http://[::1]:*", CORS_PATTERN_PORTS,
     "http://[::1]", 0, 65535},
    {"a range of an IPv4 address", "http://127.0.0.1:3000-3999",
     CORS_PATTERN_PORTS, "http://127.0.0.1", 3000, 3999},
    {"any port of an application", "tauri://localhost:*",
     CORS_PATTERN_PORTS, "tauri://localhost", 0, 65535},
    {"subdomains on any port", "https://*.example.com:*",
     CORS_PATTERN_SUBDOMAINS_PORTS, "example.com", 0, 65535},
    {"subdomains on a port range", "https://*.example.com:8000-8999",
     CORS_PATTERN_SUBDOMAINS_PORTS, "example.com", 8000, 8999},
    {"all hosts of an application scheme", "moz-extension://*",
     CORS_PATTERN_SCHEME, "moz-extension", 0, 0},
};

static void check_kind(void **state)
{
    const kind_row_t *row = *state;
    char *text = apr_pstrdup(pool, row->text);
    cors_pattern_t p;

    assert_int_equal(cors_pattern_parse(&p, text, pool), CORS_PATTERN_OK);
    assert_int_equal(p.kind, row->kind);
    assert_int_equal(p.port_low, row->low);
    assert_int_equal(p.port_high, row->high);
    /* The pattern keeps nothing of what it was read from. */
    memset(text, '!', strlen(text));
    assert_text(p.text, row->text);
    assert_text(p.key ? apr_pstrndup(pool, p.key, p.key_len) : NULL,
                row->key);
}

typedef struct fault_row_t {
    const char *rule;
    const char *text;
    cors_pattern_fault_e fault;
    cors_origin_fault_e origin_fault;   /* where fault is …ORIGIN */
} fault_row_t;

#define WILDCARD(rule, text) {rule, text, CORS_PATTERN_WILDCARD, 0}
#define RANGE(rule, text) {rule, text, CORS_PATTERN_RANGE, 0}
#define ORIGIN(rule, text, fault) {rule, text, CORS_PATTERN_ORIGIN, fault}

/* "a wildcard anywhere but the leftmost whole label of an http(s) host, the
 * whole port, or the whole host of an application scheme" */
static const fault_row_t wildcards[] = {
    WILDCARD("every https host", "https://*"),
    WILDCARD("every http host", "http://*"),
    WILDCARD("every https host and port", "https://*:*"),
    WILDCARD("every https host on a port", "https://*:8443"),
    WILDCARD("every https host on a range", "https://*:1-65535"),
    WILDCARD("two stars as a host", "https://**"),
    WILDCARD("two wild labels", "https://*.*.example.com"),
    WILDCARD("a wild label inside", "https://a.*.example.com"),
    WILDCARD("a wild label at the end", "https://example.*"),
    WILDCARD("a part of a label, in front", "https://*a.example.com"),
    WILDCARD("a part of a label, behind", "https://a*.example.com"),
    WILDCARD("a part of a label, hyphenated", "https://*-api.example.com"),
    WILDCARD("a star behind the host", "https://example.com*"),
    WILDCARD("every scheme", "*://example.com"),
    WILDCARD("a part of a scheme", "http*://example.com"),
    WILDCARD("a part of a port", "http://localhost:3*"),
    WILDCARD("a star behind a port", "http://localhost:3000*"),
    WILDCARD("a star in a path", "https://example.com/*"),
    WILDCARD("subdomains in a path too", "https://*.example.com/*"),
    WILDCARD("subdomains without a scheme", "*.example.com"),
    WILDCARD("everything, twice", "**"),
    WILDCARD("subdomains of an IPv4 address", "http://*.127.0.0.1"),
    WILDCARD("subdomains of an IPv6 address", "http://*.[::1]"),
    WILDCARD("a star in an IPv6 address", "http://[::*]"),
    WILDCARD("any port behind a missing bracket", "http://[::1:*"),
    WILDCARD("subdomains of an application", "app://*.example"),
    WILDCARD("all hosts of an application on a port", "app://*:8080"),
    WILDCARD("all hosts of an application on any port", "app://*:*"),
    WILDCARD("a part of an application's host", "app://a*"),
    WILDCARD("a user", "https://*@example.com"),
    WILDCARD("null and a star", "null*"),
};

static const fault_row_t ranges[] = {
    RANGE("a range that runs backwards", "http://localhost:3999-3000"),
    RANGE("a range from 0", "http://localhost:0-3000"),
    RANGE("a range to 65536", "http://localhost:3000-65536"),
    RANGE("a range that wraps", "http://localhost:1-4294967297"),
    RANGE("a range beyond all numbers",
          "http://localhost:1-99999999999999999999999999"),
    RANGE("a range from 65536", "http://localhost:65536-70000"),
    RANGE("a leading zero, first", "http://localhost:03000-3999"),
    RANGE("a leading zero, last", "http://localhost:3000-03999"),
    RANGE("a range without an end", "http://localhost:3000-"),
    RANGE("a range to any port", "http://localhost:3000-*"),
    RANGE("a range of three", "http://localhost:1-2-3"),
    RANGE("a range of two hyphens", "http://localhost:1--3"),
    RANGE("letters behind a range", "http://localhost:1-2a"),
    RANGE("a blank in a range", "http://localhost:1 -2"),
    RANGE("subdomains on a bad range", "https://*.example.com:2-1"),
};

/* What is left without its wildcards must be an origin: all of its faults are
 * in origin_test.c, here is one of each. */
static const fault_row_t origins[] = {
    ORIGIN("nothing", "", CORS_ORIGIN_SCHEME),
    ORIGIN("a host alone", "example.com", CORS_ORIGIN_SCHEME),
    ORIGIN("Null", "Null", CORS_ORIGIN_SCHEME),
    ORIGIN("a scheme that a URL cannot have", "a_b://x", CORS_ORIGIN_SCHEME),
    ORIGIN("a scheme that a URL cannot have, all hosts", "a_b://*",
           CORS_ORIGIN_SCHEME),
    ORIGIN("upper case in the scheme of all hosts", "Moz-extension://*",
           CORS_ORIGIN_UPPER),
    ORIGIN("upper case below a wildcard", "https://*.Example.com",
           CORS_ORIGIN_UPPER),
    ORIGIN("upper case", "https://Example.com", CORS_ORIGIN_UPPER),
    ORIGIN("non-ASCII below a wildcard", "https://*.b\xc3\xbc"
           "cher.example", CORS_ORIGIN_NON_ASCII),
    ORIGIN("an empty label below a wildcard", "https://*..example.com",
           CORS_ORIGIN_HOST),
    ORIGIN("nothing below a wildcard", "https://*.", CORS_ORIGIN_HOST),
    ORIGIN("a port below a wildcard alone", "https://*.:8443",
           CORS_ORIGIN_HOST),
    ORIGIN("an empty host with any port", "https://:*", CORS_ORIGIN_HOST),
    ORIGIN("the default port", "https://example.com:443",
           CORS_ORIGIN_DEFAULT),
    ORIGIN("the default port below a wildcard", "https://*.example.com:443",
           CORS_ORIGIN_DEFAULT),
    ORIGIN("port 0", "https://example.com:0", CORS_ORIGIN_BAD_PORT),
    ORIGIN("a range without a start", "http://localhost:-3000",
           CORS_ORIGIN_BAD_PORT),
    ORIGIN("a colon alone", "http://localhost:", CORS_ORIGIN_BAD_PORT),
    ORIGIN("IPv6 with zeros that belong compressed",
           "https://[0:0:0:0:0:0:0:1]", CORS_ORIGIN_ADDRESS),
    ORIGIN("IPv6 in upper case with any port", "https://[2001:DB8::1]:*",
           CORS_ORIGIN_ADDRESS),
    ORIGIN("a missing bracket", "https://[::1", CORS_ORIGIN_ADDRESS),
    ORIGIN("a wildcard over a number", "http://*.0.0.1", CORS_ORIGIN_ADDRESS),
    ORIGIN("a trailing slash", "https://example.com/", CORS_ORIGIN_PATH),
    ORIGIN("a trailing slash below a wildcard", "https://*.example.com/",
           CORS_ORIGIN_PATH),
    ORIGIN("a hyphen in a path behind a port", "https://example.com:1/a-b",
           CORS_ORIGIN_PATH),
    ORIGIN("a hyphen in a query behind a port", "https://example.com:1?a-b",
           CORS_ORIGIN_PATH),
    ORIGIN("a user", "https://user@example.com", CORS_ORIGIN_USER),
    ORIGIN("a password that looks like a range",
           "https://user:1-2@example.com", CORS_ORIGIN_USER),
    ORIGIN("a comma that no list split", "https://a.example,https://b.example",
           CORS_ORIGIN_HOST),
    ORIGIN("a line feed", "https://a.example\n", CORS_ORIGIN_HOST),
};

static const fault_row_t files[] = {
    {"file://", "file://", CORS_PATTERN_FILE, 0},
    {"a file with a path", "file:///srv/www", CORS_PATTERN_FILE, 0},
    {"a file with a host", "file://host", CORS_PATTERN_FILE, 0},
    {"file alone", "file:", CORS_PATTERN_FILE, 0},
    {"upper case", "FILE://", CORS_PATTERN_FILE, 0},
    {"all files", "file://*", CORS_PATTERN_FILE, 0},
};

static void check_fault(void **state)
{
    const fault_row_t *row = *state;
    cors_pattern_t p;

    assert_int_equal(cors_pattern_parse(&p, row->text, pool), row->fault);
    assert_text(p.text, row->text);
    if (row->fault == CORS_PATTERN_ORIGIN) {
        assert_int_equal(p.origin_fault, row->origin_fault);
    }
}

int main(void)
{
    static const table_t tables[] = {
        TABLE(kinds, check_kind),    TABLE(wildcards, check_fault),
        TABLE(ranges, check_fault),  TABLE(origins, check_fault),
        TABLE(files, check_fault),
    };

    return run_tables(tables, COUNT(tables));
}
