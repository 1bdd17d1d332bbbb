/* SPDX-License-Identifier: Apache-2.0 */
/*
 * url_path.c: segment by segment, into one buffer that only grows at its end or
 * is cut back to a slash.
 */
#include "url_path.h"

#include <string.h>

/* Beside control bytes, the blank and what is not ASCII. */
#define IN_PATH "\"#<>?^`{}"
#define IN_QUERY "\"#<>'"

static char *add_encoded(char *o, const char *text, apr_size_t len,
                         const char *unfit)
{
    static const char hex[] = "0123456789ABCDEF";
    apr_size_t i;

    for (i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)text[i];

        if (c > 0x20 && c < 0x7f && !strchr(unfit, c)) {
            *o++ = (char)c;
        }
        else {
            *o++ = '%';
            *o++ = hex[c >> 4];
            *o++ = hex[c & 15];
        }
    }
    return o;
}

/* How many dots a segment is; 0: it is something else, or nothing. */
static int count_dots(const char *segment, apr_size_t len)
{
    int n = 0;

    while (len) {
        if (*segment == '.') {
            segment++;
            len--;
        }
        else if (len >= 3 && segment[0] == '%' && segment[1] == '2'
                 && (segment[2] | 0x20) == 'e') {
            segment += 3;
            len -= 3;
        }
        else {
            return 0;
        }
        n++;
    }
    return n;
}

/* Back to before the last slash, if there is one. */
static char *drop_last(char *start, char *o)
{
    while (o > start && *--o != '/') {
    }
    return o;
}

static char *add_path(char *o, const char *path, apr_size_t len)
{
    char *start = o;
    const char *end = path + len;

    path += len && (*path == '/' || *path == '\\');
    for (;;) {
        const apr_size_t rest = (apr_size_t)(end - path);
        apr_size_t n = 0;
        int dots, is_last;

        while (n < rest && path[n] != '/' && path[n] != '\\') {
            n++;
        }
        is_last = n == rest;
        dots = count_dots(path, n);
        if (dots == 2) {
            o = drop_last(start, o);
        }
        if (dots != 1 && dots != 2) {
            *o++ = '/';
            o = add_encoded(o, path, n, IN_PATH);
        }
        else if (is_last) {
            *o++ = '/';
        }
        if (is_last) {
            return o;
        }
        path += n + 1;
    }
}

const char *cors_url_target(apr_pool_t *pool, const char *path)
{
    const apr_size_t len = strcspn(path, "#");
    const apr_size_t query = strcspn(path, "?#");
    char *out = apr_palloc(pool, 3 * len + 2), *o = out;

    o = add_path(o, path, query);
    if (query < len) {
        *o++ = '?';
        o = add_encoded(o, path + query + 1, len - query - 1, IN_QUERY);
    }
    *o = '\0';
    return out;
}
