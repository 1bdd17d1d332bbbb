/* SPDX-License-Identifier: Apache-2.0 */
/*
 * escape.c: byte by byte where there is something to escape, eight at a time
 * where there is not.
 */
#include "escape.h"

#include <string.h>

#define SHOWN_AT_MOST 200

static int is_safe(unsigned char c)
{
    return c >= 0x20 && c < 0x7f;
}

static const char *escape(apr_pool_t *pool, const char *text, apr_size_t len,
                          int keep_backslash)
{
    static const char hex[] = "0123456789abcdef";
    apr_size_t i, n = len > SHOWN_AT_MOST ? SHOWN_AT_MOST : len;
    char *out = apr_palloc(pool, n * 4 + 4), *o = out;

    for (i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];

        if (is_safe(c) && (c != '\\' || keep_backslash)) {
            *o++ = (char)c;
        }
        else {
            *o++ = '\\';
            *o++ = 'x';
            *o++ = hex[c >> 4];
            *o++ = hex[c & 15];
        }
    }
    if (n < len) {
        memcpy(o, "...", 3);
        o += 3;
    }
    *o = '\0';
    return out;
}

/* Each byte of eight at once: whether all are printable and none is a
 * backslash. A carry can only come from a byte that is not. */
static int are_plain(const char *text)
{
    const apr_uint64_t each = 0x0101010101010101u;
    apr_uint64_t bytes, slashes;

    memcpy(&bytes, text, sizeof(bytes));
    slashes = bytes ^ (each * '\\');
    return !(((bytes - each * 0x20) | (bytes + each) | (slashes - each))
             & (each * 0x80));
}

static int is_plain(const char *text, apr_size_t len)
{
    const char *last = text + len - sizeof(apr_uint64_t);

    if (len < sizeof(apr_uint64_t)) {
        return 0;
    }
    for (; text < last; text += sizeof(apr_uint64_t)) {
        if (!are_plain(text)) {
            return 0;
        }
    }
    /* The last eight, which may overlap those before. */
    return are_plain(last);
}

const char *cors_escape(apr_pool_t *pool, const char *text, apr_size_t len)
{
    /* Nearly always there is nothing to escape. */
    return len <= SHOWN_AT_MOST && !text[len] && is_plain(text, len)
               ? text : escape(pool, text, len, 0);
}

const char *cors_escape_own(apr_pool_t *pool, const char *text)
{
    return escape(pool, text, strlen(text), 1);
}
