/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address.c: read an address, and see whether it would be written so.
 */
#include "address.h"

#include <string.h>

#define IS_DIGIT(c) ((c) >= '0' && (c) <= '9')
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
