/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.c: multiply and add, eight bytes a step.
 *
 * Tenants choose the names that an administrator lists, so names must not be
 * able to share buckets by design. Each half of a step's eight bytes is added
 * to a secret number of its place, and the two are multiplied: the upper half
 * of the products' sum is the same for two keys once in 2^32 choices of the
 * secret, whatever the keys (Lemire and Kaser, "Strongly universal string
 * hashing is fast", section 4).
 */
#include "hash.h"

#include <string.h>

#include "apr_general.h"
#include "apr_time.h"

/* Steps with a secret of their own: an origin's 320 bytes have 40. Longer keys
 * are names of headers, and begin again. */
#define STEPS 64

/* 2^64 by the golden ratio: odd, and its bits in no order. */
#define FACTOR 0x9e3779b97f4a7c15u

static struct {
    apr_uint64_t length;
    apr_uint64_t step[STEPS][2];
} secret;

static int has_secret;

void cors_hash_seed(void)
{
    unsigned char *bytes = (unsigned char *)&secret;
    apr_uint64_t state = (apr_uint64_t)apr_time_now()
                         ^ (apr_uintptr_t)&secret;
    apr_size_t i;

    if (has_secret) {
        return;
    }
    has_secret = 1;
#if APR_HAS_RANDOM
    if (apr_generate_random_bytes(bytes, sizeof(secret)) == APR_SUCCESS) {
        return;
    }
#endif
    for (i = 0; i < sizeof(secret); i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = (unsigned char)(state >> 56);
    }
}

static apr_uint64_t product(const char *key, int step)
{
    const apr_uint64_t *add = secret.step[step & (STEPS - 1)];
    apr_uint64_t bytes;

    memcpy(&bytes, key, sizeof(bytes));
    return (add[0] + (apr_uint32_t)bytes) * (add[1] + (bytes >> 32));
}

unsigned int cors_hash_key(const char *key, apr_ssize_t *len)
{
    apr_uint64_t hash = secret.length * (apr_uint64_t)*len;
    char few[sizeof(apr_uint64_t)] = "";
    int step = 0;

    if (*len < (apr_ssize_t)sizeof(few)) {
        memcpy(few, key, (apr_size_t)*len);
        key = few;
    }
    else {
        const char *last = key + *len - sizeof(few);

        for (; key < last; key += sizeof(few)) {
            hash += product(key, step++);
        }
        /* The last eight, which may overlap those before. */
        key = last;
    }
    hash += product(key, step);
    /* Buckets are taken from the lower end: let it depend on all bits. */
    hash ^= hash >> 32;
    return (unsigned int)(hash * FACTOR >> 32);
}

apr_hash_t *cors_hash_make(apr_pool_t *pool)
{
    cors_hash_seed();
    return apr_hash_make_custom(pool, cors_hash_key);
}
