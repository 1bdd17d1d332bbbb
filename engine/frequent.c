/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frequent.c: Space-Saving, one set at a time.
 */
#include "frequent.h"

#include <string.h>

#include "apr_strings.h"

static apr_size_t at_most(apr_size_t len, apr_size_t most)
{
    return len < most ? len : most;
}

static apr_uint32_t add_text(apr_uint32_t hash, const char *text,
                             apr_size_t len)
{
    apr_size_t i;

    for (i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    }
    /* So that what stands at the end moves every bit. */
    return hash ^ (hash >> 15);
}

apr_uint32_t cors_frequent_hash(const cors_seen_t *seen, apr_uint32_t seed)
{
    apr_uint32_t hash = seed ^ (seen->policy * 2654435761u)
                        ^ (apr_uint32_t)seen->reason;

    hash = add_text(hash, seen->origin.text,
                    at_most(seen->origin.len, CORS_FREQUENT_ORIGIN));
    hash = add_text(hash, seen->at.text,
                    at_most(seen->at.len, CORS_FREQUENT_AT));
    return hash * 2654435761u ^ (hash >> 13);
}

static int is_same(const cors_frequent_t *e, const cors_seen_t *seen,
                   apr_uint32_t hash)
{
    return e->hash == hash && e->policy == seen->policy
           && e->reason == (unsigned char)seen->reason
           && e->origin_len == at_most(seen->origin.len, CORS_FREQUENT_ORIGIN)
           && e->at_len == at_most(seen->at.len, CORS_FREQUENT_AT)
           && !memcmp(e->origin, seen->origin.text, e->origin_len)
           && !memcmp(e->at, seen->at.text, e->at_len);
}

/* The place of a refusal: its own, else a free one, else the rarest's. */
static cors_frequent_t *find(cors_frequent_t *set, const cors_seen_t *seen,
                             apr_uint32_t hash)
{
    cors_frequent_t *rarest = set;
    int i;

    for (i = 0; i < CORS_FREQUENT_WAYS; i++) {
        if (set[i].count && is_same(&set[i], seen, hash)) {
            return &set[i];
        }
        if (set[i].count < rarest->count) {
            rarest = &set[i];
        }
    }
    return rarest;
}

static void replace(cors_frequent_t *e, const cors_seen_t *seen,
                    apr_uint32_t hash)
{
    e->error = e->count;
    e->hash = hash;
    e->policy = seen->policy;
    e->reason = (unsigned char)seen->reason;
    e->is_cut = seen->origin.len > CORS_FREQUENT_ORIGIN;
    e->origin_len = (unsigned short)at_most(seen->origin.len,
                                            CORS_FREQUENT_ORIGIN);
    memcpy(e->origin, seen->origin.text, e->origin_len);
    e->at_len = (unsigned short)at_most(seen->at.len, CORS_FREQUENT_AT);
    memcpy(e->at, seen->at.text, e->at_len);
}

void cors_frequent_note(cors_frequent_t *set, const cors_seen_t *seen,
                        apr_uint32_t hash)
{
    cors_frequent_t *e = find(set, seen, hash);

    if (!e->count || !is_same(e, seen, hash)) {
        replace(e, seen, hash);
    }
    e->count++;
    e->last = seen->time;
    e->credentials = seen->credentials != 0;
    e->several = seen->several != 0;
    apr_cpystrn(e->method, seen->method ? seen->method : "",
                sizeof(e->method));
}
