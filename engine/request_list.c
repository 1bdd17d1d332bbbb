/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request_list.c: what a preflight asks for, against a list: one pass.
 */
#include "fields.h"

#include <string.h>

#include "apr_strings.h"

/* Reads one name, and what to look it up by: itself in lower case, as far as
 * the longest that a list can hold. Returns where it ends. */
static const char *read_name(const char *p, cors_span_t *name, char *key)
{
    unsigned char c;
    apr_size_t len;

    name->text = p;
    for (len = 0; (c = cors_tchar[(unsigned char)p[len]]) != 0; len++) {
        if (len < CORS_NAME_MAX) {
            key[len] = (char)c;
        }
    }
    name->len = len;
    return p + len;
}

static const char *skip_blanks(const char *p)
{
    while (*p == ' ' || *p == '\t') {
        p++;
    }
    return p;
}

/* Whether the element is this name and nothing else. */
static int is_same(const char *p, const cors_span_t *name)
{
    return name && name->len && !strncmp(p, name->text, name->len)
           && (p[name->len] == ',' || !p[name->len]);
}

/* Fetch, "CORS-preflight fetch": "*" covers every name but Authorization.
 * Sets the name that browsers would ask for next. */
static int is_allowed(const cors_list_t *list, const cors_span_t *name,
                      const char *key, const cors_span_t **next)
{
    const cors_span_t *found;

    if (!list) {
        return 0;
    }
    if (list->any && !cors_is_word(name->text, name->len, "Authorization")) {
        return 1;
    }
    if (name->len > list->longest) {
        return 0;
    }
    found = apr_hash_get(list->by_name, key, (apr_ssize_t)name->len);
    if (found && list->sorted) {
        *next = found + 1;
    }
    return found != NULL;
}

/* The pass over a request list: each name goes to allowed names, or is the
 * one at fault. With echo, refused names are left out instead. Browsers sort
 * the names, in lower case: so each is compared with the one that follows the
 * one before, and looked up only where it is another. */
static cors_list_result_e scan(const cors_list_t *list, const char *asked,
                               cors_span_t *at, apr_array_header_t *echo)
{
    const char *p, *limit = asked + CORS_LIST_MAX;
    const cors_span_t *next = list ? list->sorted : NULL;
    cors_list_result_e result = CORS_LIST_OK;
    char key[CORS_NAME_MAX];
    cors_span_t name;
    int empty = 0, same, allowed;

    for (p = asked;; p++) {
        p = skip_blanks(p);
        if (*p == ',' && ++empty <= CORS_LIST_EMPTY_MAX) {
            continue;
        }
        same = is_same(p, next);
        if (same) {
            name.text = p;
            name.len = next++->len;
            p += name.len;
        }
        else {
            p = skip_blanks(read_name(p, &name, key));
        }
        if ((*p && *p != ',') || p > limit
            || (!name.len && ++empty > CORS_LIST_EMPTY_MAX)) {
            at->text = name.text;
            at->len = (apr_size_t)(p - name.text);
            return CORS_LIST_MALFORMED;
        }
        allowed = same || (name.len && is_allowed(list, &name, key, &next));
        if (allowed && echo) {
            APR_ARRAY_PUSH(echo, const char *) =
                apr_pstrmemdup(echo->pool, name.text, name.len);
        }
        else if (!allowed && name.len && result == CORS_LIST_OK) {
            result = CORS_LIST_REFUSED;
            *at = name;
        }
        if (!*p) {
            return result;
        }
    }
}

cors_list_result_e cors_list_check(const cors_list_t *list, const char *asked,
                                   cors_span_t *at)
{
    return asked ? scan(list, asked, at, NULL) : CORS_LIST_OK;
}

const char *cors_list_echo(const cors_list_t *list, const char *asked,
                           apr_pool_t *pool)
{
    apr_array_header_t *names;
    cors_span_t at;
    cors_list_t joined = {0};

    if (!asked) {
        return NULL;
    }
    names = apr_array_make(pool, 8, sizeof(const char *));
    if (scan(list, asked, &at, names) == CORS_LIST_MALFORMED) {
        return NULL;
    }
    joined.pool = pool;
    joined.names = names;
    cors_list_seal(&joined);
    return joined.text;
}
