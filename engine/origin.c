/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin.c: read a serialised origin from left to right, once.
 */
#include "origin.h"

#include <string.h>

#include "address.h"

#define IS_DIGIT(c) ((c) >= '0' && (c) <= '9')
#define IS_LOWER(c) ((c) >= 'a' && (c) <= 'z')
#define IS_UPPER(c) ((c) >= 'A' && (c) <= 'Z')
#define IS_HEX(c) (IS_DIGIT(c) || ((c) >= 'a' && (c) <= 'f'))

/* What a byte that no host has says about the whole text. */
static cors_origin_fault_e stray_byte(const char *p, const char *end)
{
    const char *q;

    /* Whatever stands before an "@" was a user. */
    for (q = p; q < end && *q != '/' && *q != '?' && *q != '#'; q++) {
        if (*q == '@') {
            return CORS_ORIGIN_USER;
        }
    }
    if ((unsigned char)*p >= 0x80) {
        return CORS_ORIGIN_NON_ASCII;
    }
    if (IS_UPPER(*p)) {
        return CORS_ORIGIN_UPPER;
    }
    if (*p == '/' || *p == '?' || *p == '#' || *p == '\\') {
        return CORS_ORIGIN_PATH;
    }
    return CORS_ORIGIN_HOST;
}

/* URL Standard, "ends in a number checker": browsers read a host whose last
 * label is one as an IPv4 address, so it must be one, and canonical. */
static int is_number(const char *label, const char *end)
{
    const char *p = label;

    if (end - p >= 2 && p[0] == '0' && p[1] == 'x') {
        for (p += 2; p < end && IS_HEX(*p); p++) {
        }
        return p == end;
    }
    while (p < end && IS_DIGIT(*p)) {
        p++;
    }
    return p == end;
}

static cors_origin_fault_e parse_ipv6(cors_origin_t *o, const char **at,
                                      const char *end)
{
    const char *p = *at, *close = memchr(p, ']', (size_t)(end - p));

    if (!close || !cors_ipv6_is_canonical(p + 1, (apr_size_t)(close - p - 1))) {
        return CORS_ORIGIN_ADDRESS;
    }
    o->host_kind = CORS_HOST_IPV6;
    *at = close + 1;
    return CORS_ORIGIN_OK;
}

/* The bytes of a label. */
static const unsigned char label_byte[256] = {
    ['-'] = 1, ['_'] = 1,
    ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1,
    ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1,
    ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1,
    ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1, ['k'] = 1, ['l'] = 1,
    ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1,
    ['s'] = 1, ['t'] = 1, ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1,
    ['y'] = 1, ['z'] = 1,
};

/* The labels of an http or https host, up to a colon or the end. */
static cors_origin_fault_e parse_name(cors_origin_t *o, const char **at,
                                      const char *end)
{
    const char *start = *at, *p = start, *label, *label_end;

    for (;;) {
        label = p;
        while (p < end && label_byte[(unsigned char)*p]) {
            p++;
        }
        label_end = p;
        if (p == label || p == end || *p != '.') {
            break;
        }
        p++;
        if (p == end || *p == ':') {
            o->trailing_dot = 1;
            break;
        }
    }
    if (p < end && *p != ':' && *p != '.') {
        return stray_byte(p, end);
    }
    if (label == label_end) {
        return CORS_ORIGIN_HOST;
    }
    o->host_kind = CORS_HOST_NAME;
    if (IS_DIGIT(*label) && is_number(label, label_end)) {
        if (!cors_ipv4_is_canonical(start, (apr_size_t)(p - start))) {
            return CORS_ORIGIN_ADDRESS;
        }
        o->host_kind = CORS_HOST_IPV4;
    }
    *at = p;
    return CORS_ORIGIN_OK;
}

static cors_origin_fault_e parse_opaque(cors_origin_t *o, const char **at,
                                        const char *end)
{
    const char *p;

    for (p = *at; p < end && *p != ':'; p++) {
        if (!IS_LOWER(*p) && !IS_UPPER(*p) && !IS_DIGIT(*p) && *p != '.'
            && *p != '_' && *p != '-') {
            return stray_byte(p, end);
        }
    }
    if (p == *at) {
        return CORS_ORIGIN_HOST;
    }
    o->host_kind = CORS_HOST_OPAQUE;
    *at = p;
    return CORS_ORIGIN_OK;
}

/* What follows the host: nothing, or ":" and a port to the end. */
static cors_origin_fault_e parse_port(cors_origin_t *o, const char *p,
                                      const char *end)
{
    const char *start = ++p;
    int port = 0;

    while (p < end && IS_DIGIT(*p) && p - start < 5) {
        port = port * 10 + (*p++ - '0');
    }
    if (p < end && !IS_DIGIT(*p)) {
        cors_origin_fault_e fault = stray_byte(p, end);

        if (fault == CORS_ORIGIN_USER || (p > start
                                          && fault == CORS_ORIGIN_PATH)) {
            return fault;
        }
    }
    if (p != end || p == start || *start == '0' || port > 65535) {
        return CORS_ORIGIN_BAD_PORT;
    }
    if ((o->scheme == CORS_SCHEME_HTTP && port == 80)
        || (o->scheme == CORS_SCHEME_HTTPS && port == 443)) {
        return CORS_ORIGIN_DEFAULT;
    }
    o->port = port;
    return CORS_ORIGIN_OK;
}

/* A scheme other than these two: RFC 3986, section 3.1, in lower case as
 * browsers write it. */
static cors_origin_fault_e parse_app_scheme(cors_origin_t *o, const char **at,
                                            const char *end)
{
    const char *start = *at, *p = start;

    while (p < end && *p != ':') {
        if (IS_UPPER(*p)) {
            return CORS_ORIGIN_UPPER;
        }
        if ((unsigned char)*p >= 0x80) {
            return CORS_ORIGIN_NON_ASCII;
        }
        if (!IS_LOWER(*p) && (p == start || (!IS_DIGIT(*p) && *p != '+'
                                             && *p != '-' && *p != '.'))) {
            return CORS_ORIGIN_SCHEME;
        }
        p++;
    }
    if (p == start || end - p < 3 || memcmp(p, "://", 3)) {
        return CORS_ORIGIN_SCHEME;
    }
    o->scheme = CORS_SCHEME_APP;
    o->scheme_len = (apr_size_t)(p - start);
    *at = p + 3;
    return CORS_ORIGIN_OK;
}

static cors_origin_fault_e parse_scheme(cors_origin_t *o, const char **at,
                                        const char *end)
{
    const char *p = *at;

    if (end - p >= 8 && !memcmp(p, "https://", 8)) {
        o->scheme = CORS_SCHEME_HTTPS;
        o->scheme_len = 5;
    }
    else if (end - p >= 7 && !memcmp(p, "http://", 7)) {
        o->scheme = CORS_SCHEME_HTTP;
        o->scheme_len = 4;
    }
    else {
        return parse_app_scheme(o, at, end);
    }
    *at = p + o->scheme_len + 3;
    return CORS_ORIGIN_OK;
}

cors_origin_fault_e cors_origin_parse(cors_origin_t *o, const char *text,
                                      apr_size_t len)
{
    const char *p = text, *end = text + len;
    cors_origin_fault_e fault;

    if (!len) {
        return CORS_ORIGIN_EMPTY;
    }
    if (len > CORS_ORIGIN_MAX) {
        return CORS_ORIGIN_LONG;
    }
    memset(o, 0, sizeof(*o));
    o->text = text;
    o->len = len;
    if ((len == 4 && !memcmp(text, "null", 4))
        || (len == 7 && !memcmp(text, "file://", 7))) {
        o->scheme = CORS_SCHEME_NULL;
        return CORS_ORIGIN_OK;
    }
    if ((fault = parse_scheme(o, &p, end)) != CORS_ORIGIN_OK) {
        return fault;
    }
    o->host = (apr_size_t)(p - text);
    if (o->scheme == CORS_SCHEME_APP) {
        fault = parse_opaque(o, &p, end);
    }
    else if (p < end && *p == '[') {
        fault = parse_ipv6(o, &p, end);
    }
    else {
        fault = parse_name(o, &p, end);
    }
    if (fault != CORS_ORIGIN_OK) {
        return fault;
    }
    o->host_len = (apr_size_t)(p - text) - o->host;
    if (o->scheme != CORS_SCHEME_APP && o->host_len > CORS_HOST_MAX) {
        return CORS_ORIGIN_HOST;
    }
    if (p == end) {
        return CORS_ORIGIN_OK;
    }
    return *p == ':' ? parse_port(o, p, end) : stray_byte(p, end);
}

int cors_origin_port(const cors_origin_t *o)
{
    if (o->port) {
        return o->port;
    }
    return o->scheme == CORS_SCHEME_HTTP    ? 80
           : o->scheme == CORS_SCHEME_HTTPS ? 443
                                            : 0;
}

int cors_origin_is_loopback(const cors_origin_t *o)
{
    static const char name[] = "localhost";
    const apr_size_t n = sizeof(name) - 1;
    const char *host = o->text + o->host;
    apr_size_t len = o->host_len;

    switch (o->host_kind) {
    case CORS_HOST_IPV4:
        return !memcmp(host, "127.", 4);
    case CORS_HOST_IPV6:
        return len == 5 && !memcmp(host, "[::1]", 5);
    case CORS_HOST_NAME:
        len -= o->trailing_dot ? 1 : 0;
        return len >= n && !memcmp(host + len - n, name, n)
               && (len == n || host[len - n - 1] == '.');
    default:
        return 0;
    }
}
