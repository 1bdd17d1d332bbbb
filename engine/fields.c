/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fields.c: lists of tokens.
 */
#include "fields.h"

#include <stdlib.h>
#include <string.h>

#include "apr_strings.h"

#include "hash.h"

cors_list_t *cors_list_make(apr_pool_t *pool, const cors_where_t *where)
{
    cors_list_t *list = apr_pcalloc(pool, sizeof(*list));

    list->pool = pool;
    list->where = *where;
    list->names = apr_array_make(pool, 4, sizeof(const char *));
    list->by_name = cors_hash_make(pool);
    return list;
}

/* Lower case into a buffer of CORS_NAME_MAX. Returns 0 where it cannot be the
 * name of any field. */
static int lower(char *to, const char *name, apr_size_t len)
{
    apr_size_t i;

    if (len > CORS_NAME_MAX) {
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
    char key[CORS_NAME_MAX];

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
    char key[CORS_NAME_MAX];

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
