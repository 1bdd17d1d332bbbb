/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin_fuzz.c: whatever stands in Origin. What a list of all kinds of
 * entries holds is a well-formed origin; what is listed, it holds.
 */
#include "fuzz.h"

#include <string.h>

#include "engine/origin.h"

static const char *const kinds[] = {
    "https://app.example.com", "https://*.example.org",
    "https://dev.example.com:3000-3999", "http://localhost:*",
    "https://*.example.net:*", "moz-extension://*", "capacitor://localhost",
    "https://[2001:db8::1]:8443", "https://10.0.0.1"
};

static cors_origins_t *all_kinds(apr_pool_t *pool)
{
    static const cors_where_t where = {"fuzz", 1};
    static const unsigned tolerate = ~0u;
    cors_origins_t *list = cors_origins_make(pool, &where, &tolerate, 0);
    size_t i;

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        cors_origins_add(list, kinds[i], &where, NULL);
    }
    cors_origins_add_regex(list, "https://pr-[0-9]{1,6}\\.example\\.com",
                           &where, NULL);
    cors_origins_seal(list);
    return list;
}

static const cors_where_t *allow(const cors_origins_t *list, const char *text,
                                 size_t len, apr_pool_t *pool)
{
    cors_subject_t subject = {0};

    subject.text = text;
    subject.len = len;
    subject.scratch = pool;
    return cors_origins_allow(list, &subject);
}

/* By the standard's grammar, told in another way than the parser's. */
static void check_bytes(const char *text, size_t len)
{
    static const char bytes[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._+:/[]";
    const char *slashes = strstr(text, "://");

    HOLDS(strspn(text, bytes) == len);
    HOLDS(slashes && !strchr(slashes + 3, '/'));
}

static void check_parts(const cors_origin_t *o)
{
    HOLDS(o->len <= CORS_ORIGIN_MAX);
    HOLDS(o->scheme == CORS_SCHEME_NULL || o->host_len > 0);
    HOLDS(o->host + o->host_len <= o->len);
    HOLDS(o->scheme_len <= o->len);
    HOLDS(o->port >= 0 && o->port <= 65535);
    HOLDS(o->host_kind == CORS_HOST_OPAQUE || o->host_len <= CORS_HOST_MAX);
}

void fuzz_one(const uint8_t *data, size_t size, apr_pool_t *pool)
{
    static const cors_where_t where = {"fuzz", 1};
    static const unsigned tolerate = 0;
    char *text = fuzz_text(data, size, pool);
    cors_origin_t o;
    int good = cors_origin_parse(&o, text, size) == CORS_ORIGIN_OK;
    cors_findings_t *findings = cors_findings_make(pool);
    cors_origins_t *listed;

    if (good) {
        check_parts(&o);
        if (o.scheme != CORS_SCHEME_NULL) {
            check_bytes(text, size);
        }
    }
    if (allow(all_kinds(pool), text, size, pool)) {
        HOLDS(good && o.scheme != CORS_SCHEME_NULL);
    }
    /* The same text as an entry of a list. */
    listed = cors_origins_make(pool, &where, &tolerate, 0);
    cors_origins_add(listed, text, &where, findings);
    if (strlen(text) == size && !strchr(text, '*') && !findings->list->nelts
        && good && o.scheme != CORS_SCHEME_NULL) {
        HOLDS(allow(listed, text, size, pool) != NULL);
    }
    if (!good) {
        HOLDS(!allow(listed, text, size, pool));
    }
}
