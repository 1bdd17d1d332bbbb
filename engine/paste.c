/* SPDX-License-Identifier: Apache-2.0 */
/*
 * paste.c: what stands between known words of a console's message.
 */
#include "paste.h"

#include <string.h>

#include "apr_lib.h"
#include "apr_strings.h"

#include "token.h"

/* Firefox quotes with these, others with ASCII's. */
#define OPEN "\xe2\x80\x98"
#define CLOSE "\xe2\x80\x99"

/* What stands behind `before`, up to one of the bytes of `stop`. */
static const char *between(const char *text, const char *before,
                           const char *stop, apr_pool_t *pool)
{
    const char *at = strstr(text, before);
    apr_size_t len;

    if (!at) {
        return NULL;
    }
    at += strlen(before);
    len = strcspn(at, stop);
    return len ? apr_pstrmemdup(pool, at, len) : NULL;
}

static const char *first(const char *const *rows, const char *text,
                         apr_pool_t *pool)
{
    const char *found = NULL;

    for (; *rows && !found; rows += 2) {
        found = between(text, rows[0], rows[1], pool);
    }
    return found;
}

/* A sentence's full stop is not the URL's. */
static const char *without_stop(const char *url, apr_pool_t *pool)
{
    apr_size_t len = url ? strlen(url) : 0;

    while (len && (url[len - 1] == '.' || url[len - 1] == ',')) {
        len--;
    }
    return url ? apr_pstrmemdup(pool, url, len) : NULL;
}

static const char *find_url(const char *text, apr_pool_t *pool)
{
    static const char *const rows[] = {
        /* Chromium: Access to fetch at '…' from origin '…' */
        " at 'http", "'",
        /* Firefox: the remote resource at https://…. (Reason: … */
        "remote resource at http", " \n",
        /* and at ‘https://…’ where the credentials are the reason */
        "remote resource at " OPEN "http", "\xe2 \n",
        /* Safari: Fetch API cannot load https://… due to access control */
        "cannot load http", " \n",
        NULL
    };
    const char *rest = first(rows, text, pool);

    return rest ? without_stop(apr_pstrcat(pool, "http", rest, NULL), pool)
                : NULL;
}

static const char *find_origin(const char *text, apr_pool_t *pool)
{
    static const char *const rows[] = {
        "from origin '", "'",       /* Chromium */
        "Origin ", " \n",           /* Safari: Origin … is not allowed by */
        NULL
    };
    const char *found = first(rows, text, pool);

    return found && (strstr(found, "://") || !strcmp(found, "null")) ? found
                                                                     : NULL;
}

static const char *find_header(const char *text, apr_pool_t *pool)
{
    static const char *const rows[] = {
        "Request header field ", " \n",     /* Chromium, Safari */
        "header " OPEN, "\xe2 \n",          /* Firefox */
        NULL
    };
    const char *found = first(rows, text, pool);

    /* "CORS header 'Access-Control-Allow-Origin' missing" is no request's. */
    return found && !cors_is_cors_header(found) ? found : NULL;
}

static int find_credentials(const char *text)
{
    static const char *const words[] = {
        "credentials mode is 'include'",    /* Chromium */
        "Credential is not supported",      /* Firefox */
        "expected " OPEN "true" CLOSE,
        "redentials flag is true",          /* Safari */
        NULL
    };
    const char *const *w;

    for (w = words; *w; w++) {
        if (strstr(text, *w)) {
            return 1;
        }
    }
    return 0;
}

int cors_paste_read(cors_pasted_t *found, const char *text, apr_pool_t *pool)
{
    static const char *const method[] = {"Method ", " \n", NULL};

    memset(found, 0, sizeof(*found));
    while (apr_isspace(*text) || *text == '$') {
        text++;
    }
    if (!strncmp(text, "curl", 4) && (!text[4] || apr_isspace(text[4]))) {
        return cors_paste_curl(found, text + 4, pool);
    }
    found->url = find_url(text, pool);
    found->origin = find_origin(text, pool);
    if (strstr(text, "is not allowed by Access-Control-Allow-Methods")) {
        found->method = first(method, text, pool);
    }
    found->headers = find_header(text, pool);
    found->credentials = find_credentials(text);
    return found->url || found->origin || found->method || found->headers
           || found->credentials;
}
