/* SPDX-License-Identifier: Apache-2.0 */
/*
 * own_test.c: whose request is it (spec.md, CORSRefusal, "Own").
 */
#include "support.h"

#include <string.h>

#include "engine/own.h"

typedef struct own_row_t {
    const char *rule;
    const char *origin;
    const char *site;           /* Sec-Fetch-Site */
    const char *host;
    const char *scheme;         /* httpd's idea of its own */
    int is_secure;
    int own;
} own_row_t;

/* "Sec-Fetch-Site, where present, decides alone (same-origin, none)" */
static const own_row_t fetch_metadata[] = {
    {"same-origin", "https://a.example", "same-origin", "a.example", "https",
     1, 1},
    {"none: the visitor himself", "https://a.example", "none", "a.example",
     "https", 1, 1},
    {"same-site", "https://a.example", "same-site", "a.example", "https", 1,
     0},
    {"cross-site", "https://a.example", "cross-site", "a.example", "https", 1,
     0},
    {"same-origin, whatever Host says", "https://a.example", "same-origin",
     "internal.test:8080", "http", 0, 1},
    {"same-origin, whatever the origin is", "null", "same-origin",
     "a.example", "https", 1, 1},
    {"same-origin without Host", "https://a.example", "same-origin", NULL,
     "https", 1, 1},
    {"present but empty", "https://a.example", "", "a.example", "https", 1,
     0},
    {"another case", "https://a.example", "Same-Origin", "a.example",
     "https", 1, 0},
    {"two of them", "https://a.example", "same-origin, cross-site",
     "a.example", "https", 1, 0},
    {"a value of tomorrow", "https://a.example", "same-planet", "a.example",
     "https", 1, 0},
};

/* Without it: "host and port are those of Host (each side's default port
 * removed)", and the scheme. */
static const own_row_t hosts[] = {
    {"https, default port", "https://a.example", NULL, "a.example", "https",
     1, 1},
    {"http, default port", "http://a.example", NULL, "a.example", "http", 0,
     1},
    {"a port", "https://a.example:8443", NULL, "a.example:8443", "https", 1,
     1},
    {"Host with https's default port", "https://a.example", NULL,
     "a.example:443", "https", 1, 1},
    {"Host with http's default port", "http://a.example", NULL,
     "a.example:80", "http", 0, 1},
    {"Host in upper case", "https://a.example", NULL, "A.Example", "https", 1,
     1},
    {"an IPv6 address", "http://[::1]:8080", NULL, "[::1]:8080", "http", 0,
     1},
    {"an IPv6 address, default port", "http://[::1]", NULL, "[::1]", "http",
     0, 1},
    {"an IPv6 address in upper case", "http://[2001:db8::1]", NULL,
     "[2001:DB8::1]", "http", 0, 1},
    {"an IPv4 address", "http://127.0.0.1:3000", NULL, "127.0.0.1:3000",
     "http", 0, 1},
    {"the longest port", "http://a.example:65535", NULL, "a.example:65535",
     "http", 0, 1},
    {"another host", "https://a.example", NULL, "b.example", "https", 1, 0},
    {"a subdomain", "https://x.a.example", NULL, "a.example", "https", 1, 0},
    {"Host as the start of the origin's host", "https://a.example.evil.test",
     NULL, "a.example", "https", 1, 0},
    {"the origin's host as the start of Host", "https://a.example", NULL,
     "a.example.evil.test", "https", 1, 0},
    {"another port", "https://a.example:8443", NULL, "a.example", "https", 1,
     0},
    {"Host's port alone", "https://a.example", NULL, "a.example:8443",
     "https", 1, 0},
    {"http's port with https", "https://a.example:80", NULL, "a.example",
     "https", 1, 0},
    {"https's port with http", "http://a.example:443", NULL, "a.example",
     "http", 0, 0},
    {"a trailing dot on one side", "https://a.example.", NULL, "a.example",
     "https", 1, 0},
    {"http origin, https server", "http://a.example", NULL, "a.example",
     "https", 1, 0},
    {"http origin, ServerName https://", "http://a.example", NULL,
     "a.example", "https", 0, 0},
    {"https origin, secure connection, another idea of scheme",
     "https://a.example", NULL, "a.example", "http", 1, 0},
    {"no Host", "https://a.example", NULL, NULL, "https", 1, 0},
    {"an empty Host", "https://a.example", NULL, "", "https", 1, 0},
    {"Host of a port alone", "https://a.example", NULL, ":443", "https", 1,
     0},
    {"Host of digits alone", "http://a.example", NULL, "80", "http", 0, 0},
    {"Host with a colon and no port", "https://a.example", NULL,
     "a.example:", "https", 1, 0},
    {"Host with six digits of port", "http://a.example", NULL,
     "a.example:000080", "http", 0, 0},
    {"Host with a port that wraps", "http://a.example:8080", NULL,
     "a.example:4294975376", "http", 0, 0},
    {"Host with a path", "https://a.example", NULL, "a.example/", "https", 1,
     0},
    {"null", "null", NULL, "null", "http", 0, 0},
    {"null and an empty Host", "null", NULL, "", "http", 0, 0},
    {"a file", "file://", NULL, "", "file", 0, 0},
    {"an application", "app://a.example", NULL, "a.example", "app", 0, 0},
    {"an application of the server's name", "app://a.example", NULL,
     "a.example", "http", 0, 0},
    {"a malformed origin", "https://a.example/", NULL, "a.example/", "https",
     1, 0},
    {"an empty origin", "", NULL, "", "https", 1, 0},
    {"upper case in the origin", "https://A.example", NULL, "A.example",
     "https", 1, 0},
};

/* "either the scheme is httpd's idea of its own (so ServerName
 * https://www.example.com behind a TLS terminator counts) or the origin is
 * https and the connection is not" */
static const own_row_t terminators[] = {
    {"https origin, plain connection", "https://a.example", NULL, "a.example",
     "http", 0, 1},
    {"ServerName https://", "https://a.example", NULL, "a.example", "https",
     0, 1},
    {"Host with the client's default port", "https://a.example", NULL,
     "a.example:443", "http", 0, 1},
    {"Host with the client's default port, ServerName https://",
     "https://a.example", NULL, "a.example:443", "https", 0, 1},
    {"Host with the connection's default port", "https://a.example", NULL,
     "a.example:80", "http", 0, 1},
    {"a port of its own", "https://a.example:8443", NULL, "a.example:8443",
     "http", 0, 1},
    {"the backend's port is not the client's", "https://a.example", NULL,
     "a.example:8080", "http", 0, 0},
    {"another host", "https://evil.test", NULL, "a.example", "http", 0, 0},
    {"the other way round", "http://a.example", NULL, "a.example", "https",
     1, 0},
};

static void check_own(void **state)
{
    const own_row_t *row = *state;
    cors_own_facts_t facts = {0};

    facts.origin_len = strlen(row->origin);
    facts.origin = exactly(row->origin, facts.origin_len);
    facts.sec_fetch_site = row->site;
    facts.host = row->host ? exactly(row->host, strlen(row->host) + 1) : NULL;
    facts.scheme = row->scheme;
    facts.is_secure = row->is_secure;
    assert_int_equal(cors_is_own(&facts), row->own);
}

int main(void)
{
    static const table_t tables[] = {
        TABLE(fetch_metadata, check_own),
        TABLE(hosts, check_own),
        TABLE(terminators, check_own),
    };

    return run_tables(tables, COUNT(tables));
}
