/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin_set.c: entries by kind, each kind looked up by a key that is a part
 * of the origin's own text, so that nothing is copied to look it up.
 */
#include "hash.h"
#include "origin_parts.h"

#include <string.h>

cors_origin_set_t *cors_origin_set_make(apr_pool_t *pool)
{
    cors_origin_set_t *set = apr_pcalloc(pool, sizeof(*set));

    set->pool = pool;
    return set;
}

static int count_dots(const char *host, apr_size_t len)
{
    int dots = 0;

    for (; len && *host != ':'; host++, len--) {
        dots += (*host == '.');
    }
    return dots;
}

static const cors_where_t *find_exact(const cors_origin_set_t *set,
                                      const char *text, apr_size_t len)
{
    apr_size_t i;

    if (set->exact) {
        return apr_hash_get(set->exact, text, (apr_ssize_t)len);
    }
    for (i = 0; i < set->exact_count; i++) {
        if (set->few[i].len == len && !memcmp(set->few[i].text, text, len)) {
            return set->few[i].where;
        }
    }
    return NULL;
}

static const cors_where_t *add_exact(cors_origin_set_t *set,
                                     const cors_pattern_t *p,
                                     const cors_where_t *where)
{
    const cors_where_t *there = find_exact(set, p->key, p->key_len);
    apr_size_t i;

    if (there) {
        return there;
    }
    if (set->exact_count < FEW) {
        set->few[set->exact_count].text = p->key;
        set->few[set->exact_count].len = p->key_len;
        set->few[set->exact_count].where = where;
    }
    else {
        if (!set->exact) {
            set->exact = cors_hash_make(set->pool);
            for (i = 0; i < FEW; i++) {
                apr_hash_set(set->exact, set->few[i].text,
                             (apr_ssize_t)set->few[i].len, set->few[i].where);
            }
        }
        apr_hash_set(set->exact, p->key, (apr_ssize_t)p->key_len, where);
    }
    set->exact_count++;
    set->count++;
    return NULL;
}

static const cors_where_t *add_ports(cors_origin_set_t *set, apr_hash_t *hash,
                                     const cors_pattern_t *p,
                                     const cors_where_t *where)
{
    ports_t *first = apr_hash_get(hash, p->key, (apr_ssize_t)p->key_len);
    ports_t *e;

    for (e = first; e; e = e->next) {
        if (e->low <= p->port_low && e->high >= p->port_high) {
            return e->where;
        }
    }
    e = apr_palloc(set->pool, sizeof(*e));
    e->low = p->port_low;
    e->high = p->port_high;
    e->where = where;
    e->next = first;
    apr_hash_set(hash, p->key, (apr_ssize_t)p->key_len, e);
    set->count++;
    return NULL;
}

/* An entry whose value is its line. */
static const cors_where_t *add_line(cors_origin_set_t *set, apr_hash_t *hash,
                                    const cors_pattern_t *p,
                                    const cors_where_t *where)
{
    const cors_where_t *there = apr_hash_get(hash, p->key,
                                             (apr_ssize_t)p->key_len);

    if (!there) {
        apr_hash_set(hash, p->key, (apr_ssize_t)p->key_len, where);
        set->count++;
    }
    return there;
}

static apr_hash_t *suffixes(cors_origin_set_t *set, suffixes_t **which,
                            const cors_pattern_t *p)
{
    int dots = count_dots(p->key, p->key_len);

    if (!*which) {
        *which = apr_pcalloc(set->pool, sizeof(**which));
        (*which)->by_suffix = cors_hash_make(set->pool);
    }
    if (dots < DEPTHS) {
        (*which)->depth[dots] = 1;
    }
    return (*which)->by_suffix;
}

static const cors_where_t *add_once(cors_origin_set_t *set,
                                    const cors_where_t **slot,
                                    const cors_where_t *where)
{
    const cors_where_t *there = *slot;

    if (!there) {
        *slot = where;
        set->count++;
    }
    return there;
}

const cors_where_t *cors_origin_set_add(cors_origin_set_t *set,
                                        const cors_pattern_t *p,
                                        const cors_where_t *where)
{
    int https = (p->origin.scheme == CORS_SCHEME_HTTPS);

    switch (p->kind) {
    case CORS_PATTERN_ANY:
        return add_once(set, &set->any, where);
    case CORS_PATTERN_NULL:
        return add_once(set, &set->null, where);
    case CORS_PATTERN_EXACT:
        return add_exact(set, p, where);
    default:
        set->needs_parse = 1;
        break;
    }
    switch (p->kind) {
    case CORS_PATTERN_PORTS:
        if (!set->ports) {
            set->ports = cors_hash_make(set->pool);
        }
        return add_ports(set, set->ports, p, where);
    case CORS_PATTERN_SUBDOMAINS:
        return add_line(set, suffixes(set, &set->subdomains[https], p), p,
                        where);
    case CORS_PATTERN_SUBDOMAINS_PORTS:
        return add_ports(set, suffixes(set, &set->subdomains_ports[https], p),
                         p, where);
    default:
        if (!set->schemes) {
            set->schemes = cors_hash_make(set->pool);
        }
        return add_line(set, set->schemes, p, where);
    }
}

const cors_where_t *cors_origin_set_find_regex(const cors_origin_set_t *set,
                                               const char *text)
{
    int i;

    for (i = 0; set->regexes && i < set->regexes->nelts; i++) {
        const regex_entry_t *e =
            &APR_ARRAY_IDX(set->regexes, i, const regex_entry_t);

        if (!strcmp(cors_regex_text(e->regex), text)) {
            return e->where;
        }
    }
    return NULL;
}

void cors_origin_set_add_regex(cors_origin_set_t *set, cors_regex_t *regex,
                               const cors_where_t *where)
{
    regex_entry_t *e;

    if (!set->regexes) {
        set->regexes = apr_array_make(set->pool, 4, sizeof(regex_entry_t));
    }
    e = apr_array_push(set->regexes);
    e->regex = regex;
    e->where = where;
    set->needs_parse = 1;
    set->count++;
}

static const cors_where_t *match_ports(const ports_t *e, int port)
{
    for (; e; e = e->next) {
        if (e->low <= port && port <= e->high) {
            return e->where;
        }
    }
    return NULL;
}

/* Walks the host's suffixes from the shortest, asking for those depths at
 * which the set has any. A longer suffix may allow what a shorter one's ports
 * do not, so the walk goes on until one allows. */
static const cors_where_t *match_suffix(const suffixes_t *s,
                                        const cors_origin_t *o, int ranges)
{
    const char *host = o->text + o->host;
    const char *end = ranges ? host + o->host_len : o->text + o->len;
    const cors_where_t *where = NULL;
    apr_size_t i;
    int dots = 0;

    for (i = o->host_len; !where && i-- > 1;) {
        const char *suffix = host + i + 1;

        if (host[i] == '.' && s->depth[dots++]) {
            void *found = apr_hash_get(s->by_suffix, suffix, end - suffix);

            where = ranges ? match_ports(found, cors_origin_port(o)) : found;
        }
    }
    return where;
}

const cors_where_t *cors_origin_set_match_subdomains(
    const cors_origin_set_t *set, const cors_origin_t *o)
{
    int https = (o->scheme == CORS_SCHEME_HTTPS);
    const cors_where_t *where = NULL;

    if (o->host_kind != CORS_HOST_NAME) {
        return NULL;
    }
    if (set->subdomains[https]) {
        where = match_suffix(set->subdomains[https], o, 0);
    }
    if (!where && set->subdomains_ports[https]) {
        where = match_suffix(set->subdomains_ports[https], o, 1);
    }
    return where;
}

static const cors_where_t *match_regexes(const cors_origin_set_t *set,
                                         const cors_subject_t *subject)
{
    int i;

    for (i = 0; i < set->regexes->nelts; i++) {
        const regex_entry_t *e =
            &APR_ARRAY_IDX(set->regexes, i, const regex_entry_t);

        if (cors_regex_match(e->regex, subject->text, subject->len,
                             subject->scratch) == CORS_REGEX_YES) {
            return e->where;
        }
    }
    return NULL;
}

cors_origin_fault_e cors_subject_parse(cors_subject_t *subject)
{
    if (!subject->parsed) {
        subject->parsed = 1;
        subject->fault = cors_origin_parse(&subject->origin, subject->text,
                                           subject->len);
    }
    return subject->fault;
}

const cors_where_t *cors_origin_set_match_pattern(const cors_origin_set_t *set,
                                                  cors_subject_t *subject)
{
    const cors_origin_t *o = &subject->origin;
    const cors_where_t *where = NULL;

    if (!set->needs_parse || cors_subject_parse(subject) != CORS_ORIGIN_OK
        || o->scheme == CORS_SCHEME_NULL) {
        return NULL;
    }
    if (set->ports) {
        where = match_ports(apr_hash_get(set->ports, o->text,
                                         (apr_ssize_t)(o->host + o->host_len)),
                            cors_origin_port(o));
    }
    if (!where && o->scheme != CORS_SCHEME_APP) {
        where = cors_origin_set_match_subdomains(set, o);
    }
    else if (!where && set->schemes) {
        where = apr_hash_get(set->schemes, o->text,
                             (apr_ssize_t)o->scheme_len);
    }
    if (!where && set->regexes) {
        where = match_regexes(set, subject);
    }
    return where;
}

const cors_where_t *cors_origin_set_match(const cors_origin_set_t *set,
                                          cors_subject_t *subject)
{
    /* Entries are valid origins, so what equals one needs no parsing. */
    const cors_where_t *where = find_exact(set, subject->text, subject->len);

    return where ? where : cors_origin_set_match_pattern(set, subject);
}

const cors_where_t *cors_origin_set_any(const cors_origin_set_t *set)
{
    return set->any;
}

const cors_where_t *cors_origin_set_null(const cors_origin_set_t *set)
{
    return set->null;
}

apr_size_t cors_origin_set_count(const cors_origin_set_t *set)
{
    return set->count;
}

const char *cors_origin_set_single(const cors_origin_set_t *set)
{
    return set->count == 1 && set->exact_count == 1 ? set->few[0].text : NULL;
}
