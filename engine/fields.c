/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fields.c: lists of tokens.
 */
#include "fields.h"

#include <stdlib.h>
#include <string.h>

#include "apr_lib.h"
#include "apr_strings.h"

#include "hash.h"

/* Longer names are refused; the longest registered field-name has 44 bytes. */
#define NAME_MAX_LEN 256

cors_list_t *cors_list_make(apr_pool_t *pool, const cors_where_t *where)
{
    cors_list_t *list = apr_pcalloc(pool, sizeof(*list));

    list->pool = pool;
    list->where = *where;
    list->names = apr_array_make(pool, 4, sizeof(const char *));
    list->by_name = cors_hash_make(pool);
    return list;
}

/* Lower case into a buffer of NAME_MAX_LEN. Returns 0 where it cannot be the
 * name of any field. */
static int lower(char *to, const char *name, apr_size_t len)
{
    apr_size_t i;

    if (len > NAME_MAX_LEN) {
        return 0;
    }
    for (i = 0; i < len; i++) {
        to[i] = (char)cors_tchar[(unsigned char)name[i]];
        if (!to[i]) {
            return 0;
        }
    }
    return 1;
}

/* Adds under the key as given: methods with their case, names without. */
static void add(cors_list_t *list, const char *name, const char *key,
                const cors_where_t *where, cors_findings_t *findings)
{
    apr_size_t len = strlen(name);

    if (apr_hash_get(list->by_name, key, (apr_ssize_t)len)) {
        cors_finding_add(findings, CORS_F_DUPLICATE, where, name, NULL);
        return;
    }
    name = apr_pstrdup(list->pool, name);
    if (!list->named) {
        list->named = where;
    }
    APR_ARRAY_PUSH(list->names, const char *) = name;
    apr_hash_set(list->by_name, apr_pstrmemdup(list->pool, key, len),
                 (apr_ssize_t)len, name);
    if (len > list->longest) {
        list->longest = len;
    }
}

static void add_any(cors_list_t *list, const cors_where_t *where,
                    cors_findings_t *findings)
{
    if (list->any) {
        cors_finding_add(findings, CORS_F_DUPLICATE, where, "*", NULL);
    }
    list->any = 1;
    if (!list->named) {
        list->named = where;
    }
}

/* The methods that Fetch puts into upper case before it sends them. */
static const char *normalised(const char *name)
{
    static const char *const names[] = {"DELETE", "GET", "HEAD", "OPTIONS",
                                        "POST", "PUT"};
    apr_size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!strcasecmp(name, names[i])) {
            return names[i];
        }
    }
    return strcasecmp(name, "PATCH") ? NULL : "PATCH";
}

void cors_list_add_method(cors_list_t *list, const char *name,
                          const cors_where_t *where,
                          cors_findings_t *findings)
{
    const char *usual;

    if (!strcmp(name, "*")) {
        add_any(list, where, findings);
        return;
    }
    if (!cors_is_token(name, strlen(name))) {
        cors_finding_add(findings, CORS_F_METHOD_TOKEN, where, name, NULL);
        return;
    }
    if (cors_is_forbidden_method(name, strlen(name))) {
        cors_finding_add(findings, CORS_F_METHOD_FORBIDDEN, where, name, NULL);
        return;
    }
    usual = normalised(name);
    if (usual && strcmp(usual, name)) {
        cors_finding_add(findings, CORS_F_METHOD_CASE, where, name,
                         "write %s", usual);
    }
    add(list, name, name, where, findings);
}

/* A field-name, checked and added without case. */
static void add_field(cors_list_t *list, const char *name,
                      const cors_where_t *where, cors_findings_t *findings)
{
    char key[NAME_MAX_LEN];

    if (!strlen(name) || !lower(key, name, strlen(name))) {
        cors_finding_add(findings, CORS_F_FIELD_TOKEN, where, name, NULL);
        return;
    }
    add(list, name, key, where, findings);
}

void cors_list_add_header(cors_list_t *list, const char *name,
                          const cors_where_t *where,
                          cors_findings_t *findings)
{
    if (!strcmp(name, "*")) {
        add_any(list, where, findings);
    }
    else if (cors_is_forbidden_request_header(name)
             && cors_is_token(name, strlen(name))) {
        cors_finding_add(findings, CORS_F_HEADER_DROPPED, where, name, NULL);
    }
    else {
        add_field(list, name, where, findings);
    }
}

void cors_list_add_expose(cors_list_t *list, const char *name,
                          const cors_where_t *where,
                          cors_findings_t *findings)
{
    if (!strcmp(name, "*")) {
        add_any(list, where, findings);
    }
    else if (!strcasecmp(name, "Set-Cookie")
             || !strcasecmp(name, "Set-Cookie2")) {
        cors_finding_add(findings, CORS_F_EXPOSE_COOKIE, where, name, NULL);
    }
    else if (cors_is_cors_header(name)
             && cors_is_token(name, strlen(name))) {
        cors_finding_add(findings, CORS_F_EXPOSE_DROPPED, where, name, NULL);
    }
    else {
        add_field(list, name, where, findings);
    }
}

void cors_list_seal(cors_list_t *list)
{
    const char *names;
    char *text, *t;

    if (list->sealed) {
        return;
    }
    list->sealed = 1;
    names = apr_array_pstrcat(list->pool, list->names, ',');
    text = t = apr_palloc(list->pool, strlen(names) * 2 + 4);
    if (list->any) {
        *t++ = '*';
        if (*names) {
            *t++ = ',';
            *t++ = ' ';
        }
    }
    for (; *names; names++) {
        *t++ = *names;
        if (*names == ',') {
            *t++ = ' ';
        }
    }
    *t = '\0';
    list->text = *text ? text : NULL;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const cors_span_t *)a)->text,
                  ((const cors_span_t *)b)->text);
}

void cors_list_sort(cors_list_t *list)
{
    apr_array_header_t *names;
    apr_hash_index_t *hi;
    cors_span_t *name;

    if (list->sorted) {
        return;
    }
    names = apr_array_make(list->pool, list->names->nelts + 1,
                           sizeof(cors_span_t));
    for (hi = apr_hash_first(list->pool, list->by_name); hi;
         hi = apr_hash_next(hi)) {
        name = apr_array_push(names);
        name->text = apr_hash_this_key(hi);
        name->len = (apr_size_t)apr_hash_this_key_len(hi);
    }
    qsort(names->elts, (size_t)names->nelts, sizeof(*name), by_text);
    /* Cleared: no name. */
    apr_array_push(names);
    list->sorted = (const cors_span_t *)names->elts;
    for (name = (cors_span_t *)names->elts; name->len; name++) {
        apr_hash_set(list->by_name, name->text, (apr_ssize_t)name->len, name);
    }
}

int cors_list_has_method(const cors_list_t *list, const char *name,
                         apr_size_t len)
{
    if (cors_is_safelisted_method(name, len)) {
        return 1;
    }
    if (!list) {
        return 0;
    }
    if (apr_hash_get(list->by_name, name, (apr_ssize_t)len)) {
        return 1;
    }
    return list->any && cors_is_token(name, len)
           && !cors_is_forbidden_method(name, len);
}

int cors_list_has_field(const cors_list_t *list, const char *name,
                        apr_size_t len)
{
    char key[NAME_MAX_LEN];

    return len && len <= list->longest && lower(key, name, len)
           && apr_hash_get(list->by_name, key, (apr_ssize_t)len);
}

int cors_list_covers(const cors_list_t *list, const cors_list_t *of)
{
    int i;

    if (!of || of == list || (list && list->any)) {
        return 1;
    }
    if (of->any) {
        return 0;
    }
    for (i = 0; i < of->names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(of->names, i, const char *);

        if (!list || !cors_list_has_field(list, name, strlen(name))) {
            return 0;
        }
    }
    return 1;
}

/* Reads one name, and what to look it up by: itself in lower case, as far as
 * the longest that a list can hold. Returns where it ends. */
static const char *read_name(const char *p, cors_span_t *name, char *key)
{
    unsigned char c;
    apr_size_t len;

    name->text = p;
    for (len = 0; (c = cors_tchar[(unsigned char)p[len]]) != 0; len++) {
        if (len < NAME_MAX_LEN) {
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
    char key[NAME_MAX_LEN];
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
