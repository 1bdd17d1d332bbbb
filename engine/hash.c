/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.c: multiply and add, eight bytes a step.
 */
#include "hash.h"

#include <string.h>

/* Its address differs from one start of the server to the next, so that
 * nobody can prepare names that share a bucket. */
static const char here;

/* 2^64 by the golden ratio: odd, and its bits in no order. */
#define FACTOR 0x9e3779b97f4a7c15u

static apr_uint64_t mix(apr_uint64_t bytes, apr_uint64_t factor)
{
    apr_uint64_t product = (bytes ^ (apr_uintptr_t)&here) * factor;

    return product ^ (product >> 32);
}

/* A factor for each place, so that no step waits for the one before. */
unsigned int cors_hash_key(const char *key, apr_ssize_t *len)
{
    apr_uint64_t hash = (apr_uint64_t)*len, factor = FACTOR, bytes = 0;

    if (*len < (apr_ssize_t)sizeof(bytes)) {
        memcpy(&bytes, key, (apr_size_t)*len);
    }
    else {
        const char *last = key + *len - sizeof(bytes);

        for (; key < last; key += sizeof(bytes)) {
            memcpy(&bytes, key, sizeof(bytes));
            hash += mix(bytes, factor);
            factor += FACTOR << 1;
        }
        /* The last eight, which may overlap those before. */
        memcpy(&bytes, last, sizeof(bytes));
    }
    hash += mix(bytes, factor);
    /* A product's upper half depends on all bits; the bucket is taken from
     * the lower end. */
    return (unsigned int)(hash * FACTOR >> 32);
}

apr_hash_t *cors_hash_make(apr_pool_t *pool)
{
    return apr_hash_make_custom(pool, cors_hash_key);
}
