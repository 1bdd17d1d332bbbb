/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin.c: read a serialised origin from left to right, once.
 */
#include "origin.h"

#include <string.h>

#define IS_DIGIT(c) ((c) >= '0' && (c) <= '9')
#define IS_LOWER(c) ((c) >= 'a' && (c) <= 'z')
#define IS_UPPER(c) ((c) >= 'A' && (c) <= 'Z')
#define IS_HEX(c) (IS_DIGIT(c) || ((c) >= 'a' && (c) <= 'f'))

int cors_ipv4_is_canonical(const char *text, apr_size_t len)
{
    const char *p = text, *end = text + len;
    int part;

    for (part = 0; part < 4; part++) {
        const char *start = p;
        int n = 0;

        while (p < end && IS_DIGIT(*p) && p - start < 3) {
            n = n * 10 + (*p++ - '0');
        }
        if (p == start || n > 255 || (*start == '0' && p - start > 1)) {
            return 0;
        }
        if (part < 3 && (p == end || *p++ != '.')) {
            return 0;
        }
    }
    return p == end;
}

/* URL Standard, "IPv6 serializer": the first longest run of two or more zero
 * pieces is written "::". */
static apr_size_t ipv6_serialise(const unsigned piece[8], char *out)
{
    static const char hex[] = "0123456789abcdef";
    int i, run = 0, best = -1, best_len = 1;
    char *o = out;

    for (i = 0; i <= 8; i++) {
        if (i < 8 && piece[i] == 0) {
            run++;
        }
        else {
            if (run > best_len) {
                best_len = run;
                best = i - run;
            }
            run = 0;
        }
    }
    for (i = 0; i < 8; i++) {
        int shift, started = 0;

        if (i == best) {
            *o++ = ':';
            if (i == 0) {
                *o++ = ':';
            }
            i += best_len - 1;
            continue;
        }
        for (shift = 12; shift >= 0; shift -= 4) {
            unsigned digit = (piece[i] >> shift) & 15;

            if (digit || started || shift == 0) {
                *o++ = hex[digit];
                started = 1;
            }
        }
        if (i < 7) {
            *o++ = ':';
        }
    }
    return (apr_size_t)(o - out);
}

/* One piece of up to four hexadecimal digits. Returns how many were read. */
static int ipv6_piece(const char *p, const char *end, unsigned *value)
{
    int n = 0;

    *value = 0;
    while (p + n < end && n < 4 && IS_HEX(p[n])) {
        unsigned digit = IS_DIGIT(p[n]) ? (unsigned)(p[n] - '0')
                                        : (unsigned)(p[n] - 'a') + 10;

        *value = *value * 16 + digit;
        n++;
    }
    return n;
}

int cors_ipv6_is_canonical(const char *text, apr_size_t len)
{
    unsigned piece[8] = {0};
    const char *p = text, *end = text + len;
    char again[48];
    int n = 0, gap = -1;

    if (len < 2 || len > 39) {
        return 0;
    }
    while (p < end && n <= 8) {
        int digits;

        if (end - p >= 2 && p[0] == ':' && p[1] == ':') {
            if (gap >= 0) {
                return 0;
            }
            gap = n;
            p += 2;
            continue;
        }
        if (n && gap != n && *p++ != ':') {
            return 0;
        }
        if (n == 8) {
            return 0;
        }
        digits = ipv6_piece(p, end, &piece[n]);
        if (!digits) {
            return 0;
        }
        p += digits;
        n++;
    }
    if (gap < 0 ? n != 8 : n >= 8) {
        return 0;
    }
    if (gap >= 0) {
        memmove(&piece[gap + 8 - n], &piece[gap],
                (size_t)(n - gap) * sizeof(piece[0]));
        memset(&piece[gap], 0, (size_t)(8 - n) * sizeof(piece[0]));
    }
    return ipv6_serialise(piece, again) == len && !memcmp(again, text, len);
}

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

/* URL Standard, "ends in a number checker": browsers read such a host as an
 * IPv4 address, so it must be one, and canonical. */
static int ends_in_number(const char *host, apr_size_t len)
{
    apr_size_t i, start = len;

    while (start && host[start - 1] != '.') {
        start--;
    }
    if (len - start >= 2 && host[start] == '0' && host[start + 1] == 'x') {
        for (i = start + 2; i < len && IS_HEX(host[i]); i++) {
        }
        return i == len;
    }
    for (i = start; i < len && IS_DIGIT(host[i]); i++) {
    }
    return i == len && len > start;
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

/* The labels of an http or https host, up to a colon or the end. */
static cors_origin_fault_e parse_name(cors_origin_t *o, const char **at,
                                      const char *end)
{
    const char *start = *at, *p, *label = start;
    apr_size_t len;

    for (p = start; p < end && *p != ':'; p++) {
        if (*p == '.') {
            if (p == label) {
                return CORS_ORIGIN_HOST;
            }
            label = p + 1;
        }
        else if (!IS_LOWER(*p) && !IS_DIGIT(*p) && *p != '-' && *p != '_') {
            return stray_byte(p, end);
        }
    }
    len = (apr_size_t)(p - start);
    if (!len) {
        return CORS_ORIGIN_HOST;
    }
    o->host_kind = CORS_HOST_NAME;
    o->trailing_dot = (p == label);
    if (IS_DIGIT(p[o->trailing_dot ? -2 : -1]) || memchr(start, 'x', len)) {
        if (ends_in_number(start, len - (o->trailing_dot ? 1 : 0))) {
            if (!cors_ipv4_is_canonical(start, len)) {
                return CORS_ORIGIN_ADDRESS;
            }
            o->host_kind = CORS_HOST_IPV4;
        }
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

/* RFC 3986, section 3.1, in lower case as browsers write it. */
static cors_origin_fault_e parse_scheme(cors_origin_t *o, const char **at,
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
    o->scheme_len = (apr_size_t)(p - start);
    if (o->scheme_len == 5 && !memcmp(start, "https", 5)) {
        o->scheme = CORS_SCHEME_HTTPS;
    }
    else if (o->scheme_len == 4 && !memcmp(start, "http", 4)) {
        o->scheme = CORS_SCHEME_HTTP;
    }
    else {
        o->scheme = CORS_SCHEME_APP;
    }
    *at = p + 3;
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
    if (o->host_len > CORS_HOST_MAX) {
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
