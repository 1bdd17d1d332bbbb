/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address_test.c: origins whose host is an IP address, in the one spelling
 * that browsers send (URL Standard, "host serializer"); and what counts as
 * this machine's own.
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "engine/address.h"
#include "engine/origin.h"

typedef struct address_row_t {
    const char *rule;
    const char *text;
    cors_origin_fault_e fault;
} address_row_t;

#define GOOD(rule, text) {rule, text, CORS_ORIGIN_OK}
#define BAD(rule, text, fault) {rule, text, fault}

static const address_row_t ipv4[] = {
    GOOD("an IPv4 address", "http://127.0.0.1"),
    GOOD("an IPv4 address and a port", "http://192.0.2.255:3000"),
    GOOD("the lowest IPv4 address", "http://0.0.0.0"),
    /* URL Standard, "ends in a number checker": browsers would rewrite each
     * of these, so none is ever sent as it stands. */
    BAD("IPv4 with a leading zero", "http://127.0.0.01", CORS_ORIGIN_ADDRESS),
    BAD("IPv4 in octal", "http://0177.0.0.1", CORS_ORIGIN_ADDRESS),
    BAD("IPv4 in hexadecimal", "http://0x7f.0.0.1", CORS_ORIGIN_ADDRESS),
    BAD("IPv4 with a last part in hexadecimal", "http://127.0.0.0x1",
        CORS_ORIGIN_ADDRESS),
    BAD("IPv4 as one hexadecimal number", "http://0x7f000001",
        CORS_ORIGIN_ADDRESS),
    BAD("an empty hexadecimal number", "http://a.0x", CORS_ORIGIN_ADDRESS),
    GOOD("x and a letter that no hexadecimal number has", "http://a.0xg"),
    GOOD("x without a zero", "http://a.ax"),
    GOOD("x alone", "http://a.x"),
    GOOD("zero and x in an earlier label", "http://0x1.a"),
    BAD("IPv4 as one number", "http://2130706433", CORS_ORIGIN_ADDRESS),
    BAD("IPv4 of three parts", "http://127.0.1", CORS_ORIGIN_ADDRESS),
    BAD("IPv4 of five parts", "http://1.2.3.4.5", CORS_ORIGIN_ADDRESS),
    BAD("an IPv4 part of 256", "http://127.0.0.256", CORS_ORIGIN_ADDRESS),
    BAD("an IPv4 part of four digits", "http://127.0.0.1000",
        CORS_ORIGIN_ADDRESS),
    BAD("IPv4 with a trailing dot", "http://127.0.0.1.", CORS_ORIGIN_ADDRESS),
    BAD("a name that ends in a number", "http://example.1",
        CORS_ORIGIN_ADDRESS),
    BAD("a name that ends in a number and a dot", "http://example.09.",
        CORS_ORIGIN_ADDRESS),
};

static const address_row_t ipv6[] = {
    GOOD("IPv6 loopback", "http://[::1]"),
    GOOD("the IPv6 address of zeros", "http://[::]"),
    GOOD("IPv6 and a port", "https://[2001:db8::1]:8443"),
    GOOD("IPv6 in full", "https://[1:2:3:4:5:6:7:8]"),
    GOOD("zeros at the end", "https://[1:2::]"),
    /* URL Standard, "IPv6 serializer": a single zero is not compressed. */
    GOOD("one zero piece, written", "https://[1:0:2:3:4:5:6:7]"),
    BAD("one zero piece, compressed", "https://[1::2:3:4:5:6:7]",
        CORS_ORIGIN_ADDRESS),
    BAD("the second of two equal runs compressed", "https://[1:0:0:2:3::4]",
        CORS_ORIGIN_ADDRESS),
    BAD("the shorter of two runs compressed", "https://[1::2:0:0:0:3]",
        CORS_ORIGIN_ADDRESS),
    BAD("a run compressed in part", "https://[1::0:2]", CORS_ORIGIN_ADDRESS),
    BAD("zeros not compressed", "https://[0:0:0:0:0:0:0:1]",
        CORS_ORIGIN_ADDRESS),
    BAD("a leading zero in a piece", "https://[2001:0db8::1]",
        CORS_ORIGIN_ADDRESS),
    BAD("five digits in a piece", "https://[2001:db8::10000]",
        CORS_ORIGIN_ADDRESS),
    BAD("IPv6 in upper case", "https://[2001:DB8::1]", CORS_ORIGIN_ADDRESS),
    /* Browsers write [::ffff:7f00:1]. */
    BAD("IPv4 inside IPv6", "https://[::ffff:127.0.0.1]",
        CORS_ORIGIN_ADDRESS),
    GOOD("IPv4 inside IPv6, as browsers write it", "https://[::ffff:7f00:1]"),
    BAD("a zone", "https://[fe80::1%25eth0]", CORS_ORIGIN_ADDRESS),
    BAD("two gaps", "https://[1::2::3]", CORS_ORIGIN_ADDRESS),
    BAD("two gaps, the first in front", "https://[::1::2]",
        CORS_ORIGIN_ADDRESS),
    BAD("three colons", "https://[1:::2]", CORS_ORIGIN_ADDRESS),
    BAD("a colon in front", "https://[:1:2:3:4:5:6:7:8]",
        CORS_ORIGIN_ADDRESS),
    BAD("a colon at the end", "https://[1:2:3:4:5:6:7:]",
        CORS_ORIGIN_ADDRESS),
    BAD("seven pieces", "https://[1:2:3:4:5:6:7]", CORS_ORIGIN_ADDRESS),
    BAD("nine pieces", "https://[1:2:3:4:5:6:7:8:9]", CORS_ORIGIN_ADDRESS),
    BAD("eight pieces and a gap", "https://[1:2:3:4:5:6:7:8::]",
        CORS_ORIGIN_ADDRESS),
    BAD("a gap and eight pieces", "https://[::1:2:3:4:5:6:7:8]",
        CORS_ORIGIN_ADDRESS),
    BAD("a gap of no pieces", "https://[1:2:3:4::5:6:7:8]",
        CORS_ORIGIN_ADDRESS),
    BAD("brackets with nothing inside", "https://[]", CORS_ORIGIN_ADDRESS),
    BAD("a colon in brackets", "https://[:]", CORS_ORIGIN_ADDRESS),
    BAD("no closing bracket", "https://[::1", CORS_ORIGIN_ADDRESS),
    BAD("an opening bracket alone", "https://[", CORS_ORIGIN_ADDRESS),
    BAD("no closing bracket but a port", "https://[::1:8443",
        CORS_ORIGIN_ADDRESS),
    BAD("a name in brackets", "https://[a.example]", CORS_ORIGIN_ADDRESS),
    BAD("IPv4 in brackets", "https://[127.0.0.1]", CORS_ORIGIN_ADDRESS),
    BAD("a byte behind the bracket", "https://[::1]a", CORS_ORIGIN_HOST),
    BAD("a dot behind the bracket", "https://[::1].", CORS_ORIGIN_HOST),
    BAD("a user behind the bracket", "https://[::1]@a", CORS_ORIGIN_USER),
    BAD("IPv6 without brackets", "https://::1", CORS_ORIGIN_HOST),
};

static void check_address(void **state)
{
    const address_row_t *row = *state;
    size_t len = strlen(row->text);
    cors_origin_t o;

    assert_int_equal(cors_origin_parse(&o, exactly(row->text, len), len),
                     row->fault);
}

/* What stands in the struct beside the offsets. */
typedef struct part_row_t {
    const char *rule;
    const char *text;
    cors_scheme_e scheme;
    cors_host_e kind;
    int trailing_dot;
    int port;                   /* as a connection would use it */
    int loopback;
} part_row_t;

static const part_row_t parts[] = {
    {"https means port 443", "https://a.example", CORS_SCHEME_HTTPS,
     CORS_HOST_NAME, 0, 443, 0},
    {"http means port 80", "http://a.example.", CORS_SCHEME_HTTP,
     CORS_HOST_NAME, 1, 80, 0},
    {"a written port stays", "http://a.example.:8080", CORS_SCHEME_HTTP,
     CORS_HOST_NAME, 1, 8080, 0},
    {"an application has no default port", "app://a.", CORS_SCHEME_APP,
     CORS_HOST_OPAQUE, 0, 0, 0},
    {"an application's localhost is its own", "capacitor://localhost",
     CORS_SCHEME_APP, CORS_HOST_OPAQUE, 0, 0, 0},
    {"schemes that start like http", "httpsx://a", CORS_SCHEME_APP,
     CORS_HOST_OPAQUE, 0, 0, 0},
    /* Secure Contexts, section 3.1: what is potentially trustworthy. */
    {"localhost", "http://localhost:3000", CORS_SCHEME_HTTP, CORS_HOST_NAME,
     0, 3000, 1},
    {"localhost and a dot", "http://localhost.", CORS_SCHEME_HTTP,
     CORS_HOST_NAME, 1, 80, 1},
    {"a name below localhost", "http://a.localhost", CORS_SCHEME_HTTP,
     CORS_HOST_NAME, 0, 80, 1},
    {"a name that ends like localhost", "http://notlocalhost",
     CORS_SCHEME_HTTP, CORS_HOST_NAME, 0, 80, 0},
    {"localhost as somebody's subdomain", "http://localhost.example",
     CORS_SCHEME_HTTP, CORS_HOST_NAME, 0, 80, 0},
    {"the end of localhost", "http://host", CORS_SCHEME_HTTP, CORS_HOST_NAME,
     0, 80, 0},
    {"127.0.0.1", "http://127.0.0.1", CORS_SCHEME_HTTP, CORS_HOST_IPV4, 0, 80,
     1},
    {"the end of 127.0.0.0/8", "http://127.255.255.255", CORS_SCHEME_HTTP,
     CORS_HOST_IPV4, 0, 80, 1},
    {"an address that starts like it", "http://12.7.0.1", CORS_SCHEME_HTTP,
     CORS_HOST_IPV4, 0, 80, 0},
    {"a name that starts like it", "http://127.0.0.1.example",
     CORS_SCHEME_HTTP, CORS_HOST_NAME, 0, 80, 0},
    {"0.0.0.0 is every address", "http://0.0.0.0", CORS_SCHEME_HTTP,
     CORS_HOST_IPV4, 0, 80, 0},
    {"[::1]", "http://[::1]:8080", CORS_SCHEME_HTTP, CORS_HOST_IPV6, 0, 8080,
     1},
    {"[::2]", "http://[::2]", CORS_SCHEME_HTTP, CORS_HOST_IPV6, 0, 80, 0},
    {"127.0.0.1 inside IPv6", "http://[::ffff:7f00:1]", CORS_SCHEME_HTTP,
     CORS_HOST_IPV6, 0, 80, 0},
};

static void check_parts(void **state)
{
    const part_row_t *row = *state;
    cors_origin_t o;

    assert_int_equal(cors_origin_parse(&o, row->text, strlen(row->text)),
                     CORS_ORIGIN_OK);
    assert_int_equal(o.scheme, row->scheme);
    assert_int_equal(o.host_kind, row->kind);
    assert_int_equal(o.trailing_dot, row->trailing_dot);
    assert_int_equal(cors_origin_port(&o), row->port);
    assert_int_equal(cors_origin_is_loopback(&o), row->loopback);
}

/* The pieces of a mask of eight bits, with "::" for those from start to stop;
 * start 8: none is left out. Zero bits are zero pieces. */
static const char *spell(unsigned mask, int start, int stop)
{
    const char *text = "";
    int i;

    for (i = 0; i < 8; i++) {
        if (i == start) {
            text = apr_pstrcat(pool, text, "::", NULL);
            i = stop - 1;
            continue;
        }
        text = apr_pstrcat(pool, text, i && i != stop ? ":" : "",
                           mask >> i & 1 ? "a0" : "0", NULL);
    }
    return text;
}

static int zeros(unsigned mask, int start, int stop)
{
    for (; start < stop; start++) {
        if (mask >> start & 1) {
            return 0;
        }
    }
    return 1;
}

/* Every place where zeros can be, and every way to compress them: exactly the
 * one that the serializer's rule picks is an address. */
static void one_spelling(void)
{
    unsigned mask;

    for (mask = 0; mask < 256; mask++) {
        int start, stop, best = 8, best_stop = 0;
        const char *text;

        for (start = 0; start < 8; start++) {
            for (stop = start + 2; stop <= 8; stop++) {
                if (zeros(mask, start, stop)
                    && stop - start > best_stop - (best == 8 ? 0 : best)) {
                    best = start;
                    best_stop = stop;
                }
            }
        }
        for (start = 0; start < 8; start++) {
            for (stop = start + 1; stop <= 8; stop++) {
                if (zeros(mask, start, stop)) {
                    text = spell(mask, start, stop);
                    assert_int_equal(
                        cors_ipv6_is_canonical(exactly(text, strlen(text)),
                                               strlen(text)),
                        start == best && stop == best_stop);
                }
            }
        }
        text = spell(mask, 8, 8);
        assert_int_equal(cors_ipv6_is_canonical(text, strlen(text)),
                         best == 8);
    }
}

/* No byte may be read as another: all of them in every place of "::1". */
static void every_byte(void)
{
    int i, c;

    for (i = 0; i < 3; i++) {
        for (c = 0; c < 256; c++) {
            char text[] = "::1";
            int hex = (c >= '1' && c <= '9') || (c >= 'a' && c <= 'f');

            text[i] = (char)c;
            /* "::0" is "::", and "1:1" lacks pieces. */
            assert_int_equal(cors_ipv6_is_canonical(exactly(text, 3), 3),
                             i == 2 ? hex : c == ':');
        }
    }
}

static const case_t sweeps[] = {
    {"one spelling of each address", one_spelling},
    {"no other byte is a digit or a colon", every_byte},
};

int main(void)
{
    static const table_t tables[] = {
        TABLE(ipv4, check_address), TABLE(ipv6, check_address),
        TABLE(parts, check_parts),  CASES(sweeps),
    };

    return run_tables(tables, COUNT(tables));
}
