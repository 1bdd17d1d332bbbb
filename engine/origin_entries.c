/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin_entries.c: from keys back to what can be written.
 */
#include "origin_entries.h"

#include <stdlib.h>
#include <string.h>

#include "apr_strings.h"

#include "origin_parts.h"

typedef struct reader_t {
    apr_pool_t *pool;
    apr_array_header_t *entries;
} reader_t;

static cors_entry_t *push(reader_t *reader, const char *text,
                          const cors_where_t *where)
{
    cors_entry_t *e = apr_array_push(reader->entries);

    e->text = text;
    e->where = where;
    e->is_regex = 0;
    e->order = reader->entries->nelts;
    return e;
}

static int push_exact(void *reader, const char *text,
                      const cors_where_t *where)
{
    push(reader, text, where);
    return 1;
}

/* The next key of a hash, which is no string of its own. */
static const char *next_key(apr_hash_index_t *hi, void **value,
                            apr_pool_t *pool)
{
    const void *key;
    apr_ssize_t len;

    apr_hash_this(hi, &key, &len, value);
    return apr_pstrmemdup(pool, key, (apr_size_t)len);
}

/* Entries whose value is their line: what stands before and after the key. */
static void read_lines(reader_t *reader, apr_hash_t *hash, const char *before,
                       const char *after)
{
    apr_hash_index_t *hi;

    for (hi = hash ? apr_hash_first(reader->pool, hash) : NULL; hi;
         hi = apr_hash_next(hi)) {
        void *where;
        const char *key = next_key(hi, &where, reader->pool);

        push(reader, apr_pstrcat(reader->pool, before, key, after, NULL),
             where);
    }
}

/* Whether another range of the list has all ports of this one. */
static int is_within(const ports_t *e, const ports_t *list)
{
    for (; list; list = list->next) {
        if (list != e && list->low <= e->low && list->high >= e->high) {
            return 1;
        }
    }
    return 0;
}

static void read_ports(reader_t *reader, apr_hash_t *hash, const char *before)
{
    apr_hash_index_t *hi;

    for (hi = hash ? apr_hash_first(reader->pool, hash) : NULL; hi;
         hi = apr_hash_next(hi)) {
        void *list;
        const char *key = next_key(hi, &list, reader->pool), *text;
        const ports_t *e;

        for (e = list; e; e = e->next) {
            if (is_within(e, list)) {
                continue;
            }
            /* 0 can only come from ":*". */
            text = e->low ? apr_psprintf(reader->pool, "%s%s:%d-%d", before,
                                         key, e->low, e->high)
                          : apr_pstrcat(reader->pool, before, key, ":*", NULL);
            push(reader, text, e->where);
        }
    }
}

static void read_patterns(reader_t *reader, const cors_origin_set_t *set)
{
    static const char *const before[2] = {"http://*.", "https://*."};
    int https;

    if (set->any) {
        push(reader, "*", set->any);
    }
    if (set->null) {
        push(reader, "null", set->null);
    }
    read_ports(reader, set->ports, "");
    read_lines(reader, set->schemes, "", "://*");
    for (https = 0; https < 2; https++) {
        if (set->subdomains[https]) {
            read_lines(reader, set->subdomains[https]->by_suffix,
                       before[https], "");
        }
        if (set->subdomains_ports[https]) {
            read_ports(reader, set->subdomains_ports[https]->by_suffix,
                       before[https]);
        }
    }
}

static void read_regexes(reader_t *reader, const cors_origin_set_t *set)
{
    int i;

    for (i = 0; set->regexes && i < set->regexes->nelts; i++) {
        const regex_entry_t *e =
            &APR_ARRAY_IDX(set->regexes, i, const regex_entry_t);

        push(reader, cors_regex_text(e->regex), e->where)->is_regex = 1;
    }
}

static int compare(const void *a, const void *b)
{
    const cors_entry_t *one = a, *other = b;
    int order = 0;

    if (one->where->file && other->where->file) {
        order = strcmp(one->where->file, other->where->file);
    }
    if (!order) {
        order = one->where->line - other->where->line;
    }
    if (!order) {
        order = one->is_regex - other->is_regex;
    }
    if (!order && !one->is_regex) {
        order = strcmp(one->text, other->text);
    }
    return order ? order : one->order - other->order;
}

apr_array_header_t *cors_origin_set_entries(const cors_origin_set_t *set,
                                            apr_pool_t *pool)
{
    reader_t reader;

    reader.pool = pool;
    reader.entries = apr_array_make(pool, (int)set->count + 1,
                                    sizeof(cors_entry_t));
    cors_origin_set_each_exact(set, push_exact, &reader);
    read_patterns(&reader, set);
    read_regexes(&reader, set);
    qsort(reader.entries->elts, (size_t)reader.entries->nelts,
          sizeof(cors_entry_t), compare);
    return reader.entries;
}

void cors_origin_set_each_exact(const cors_origin_set_t *set,
                                int (*fn)(void *data, const char *text,
                                          const cors_where_t *where),
                                void *data)
{
    apr_hash_index_t *hi;
    apr_size_t i;
    int more = 1;

    if (!set->exact) {
        for (i = 0; i < set->exact_count && more; i++) {
            more = fn(data, set->few[i].text, set->few[i].where);
        }
        return;
    }
    for (hi = apr_hash_first(set->pool, set->exact); hi && more;
         hi = apr_hash_next(hi)) {
        more = fn(data, apr_hash_this_key(hi), apr_hash_this_val(hi));
    }
}

/* What stands behind "*." is, as an origin, held by a broader pattern alone. */
static const cors_where_t *broader(const cors_origin_set_t *set,
                                   const char *scheme, const void *key,
                                   apr_ssize_t len)
{
    char text[CORS_ORIGIN_MAX];
    const apr_size_t n = strlen(scheme);
    cors_origin_t origin;

    if (n + (apr_size_t)len > sizeof(text)) {
        return NULL;
    }
    memcpy(text, scheme, n);
    memcpy(text + n, key, (apr_size_t)len);
    return cors_origin_parse(&origin, text, n + (apr_size_t)len)
                   == CORS_ORIGIN_OK
               ? cors_origin_set_match_subdomains(set, &origin) : NULL;
}

void cors_origin_set_each_narrower(const cors_origin_set_t *set,
                                   apr_pool_t *pool,
                                   cors_narrower_fn *fn, void *data)
{
    static const char *const schemes[2] = {"http://", "https://"};
    apr_hash_index_t *hi;
    int https;

    for (https = 0; https < 2; https++) {
        apr_hash_t *hash = set->subdomains[https]
                               ? set->subdomains[https]->by_suffix : NULL;

        for (hi = hash ? apr_hash_first(pool, hash) : NULL; hi;
             hi = apr_hash_next(hi)) {
            const void *key;
            apr_ssize_t len;
            void *where;
            const cors_where_t *other;

            apr_hash_this(hi, &key, &len, &where);
            other = broader(set, schemes[https], key, len);
            if (other) {
                fn(data, apr_psprintf(pool, "%s*.%.*s", schemes[https],
                                      (int)len, (const char *)key),
                   where, other);
            }
        }
    }
}

apr_size_t cors_origin_set_count_exact(const cors_origin_set_t *set)
{
    return set->exact_count;
}
