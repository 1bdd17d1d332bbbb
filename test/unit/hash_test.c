/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash_test.c: keys spread over a table's buckets, whichever of their bytes
 * differ.
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "apr_strings.h"

#include "engine/hash.h"

static unsigned int hash(const char *key, size_t len)
{
    apr_ssize_t n = (apr_ssize_t)len;

    return cors_hash_key(exactly(key, len), &n);
}

static void every_byte_counts(void)
{
    char key[41];
    size_t len, i;

    for (len = 1; len < sizeof(key); len++) {
        memset(key, 'a', sizeof(key));
        for (i = 0; i < len; i++) {
            unsigned int before = hash(key, len);

            key[i] = 'b';
            assert_int_not_equal(hash(key, len), before);
        }
        assert_int_not_equal(hash(key, len), hash(key, len - 1));
    }
}

#define BUCKETS 65536

/* Of as many keys as there are buckets about 63 in a hundred find one of their
 * own or share it with a few: 1 - 1/e of the buckets are filled. */
static void keys_spread(const char *format)
{
    static unsigned char used[BUCKETS];
    size_t i, filled = 0;

    memset(used, 0, sizeof(used));
    for (i = 0; i < BUCKETS; i++) {
        const char *key = apr_psprintf(pool, format, (int)i);

        used[hash(key, strlen(key)) % BUCKETS] = 1;
    }
    for (i = 0; i < BUCKETS; i++) {
        filled += used[i];
    }
    assert_in_range(filled, BUCKETS * 60 / 100, BUCKETS * 66 / 100);
}

static void origins_spread(void)
{
    keys_spread("https://shop-%d.example.com");
    keys_spread("https://%06d.shops.example");
    keys_spread("https://www.example.com:%d");
}

static void short_keys_spread(void)
{
    keys_spread("%d");
    keys_spread("x%05x");
}

/* Names that differ in one bit of every eighth byte, "1" or "q", the same one
 * at all places: under a sum of products without a secret in each factor, and
 * under APR's own function, a handful of buckets held them all. */
static void chosen_keys_spread(void)
{
    static unsigned int seen[BUCKETS];
    char key[] = "https://aaaaaa.1aaaaaa.1aaaaaa.1aaaaaa.1aaaaaa.1aaaaaa.1"
                 "aaaaaa.1aaaaaa.1aaaaaa.1aaaaaa.1aaaaaa.1aaaaaa.1aaaaaa.1"
                 "aaaaaa.1aaaaaa.1aaaaaa.1.example";
    size_t i, bit, most = 0;

    memset(seen, 0, sizeof(seen));
    for (i = 0; i < BUCKETS; i++) {
        for (bit = 0; bit < 16; bit++) {
            key[15 + bit * 8] = i >> bit & 1 ? 'q' : '1';
        }
        seen[hash(key, strlen(key)) % BUCKETS]++;
    }
    for (i = 0; i < BUCKETS; i++) {
        most = seen[i] > most ? seen[i] : most;
    }
    /* Of random keys the fullest bucket holds 8 or 9. */
    assert_in_range(most, 1, 20);
}

static const case_t hashes[] = {
    {"no byte of a key is left out, nor read beyond it", every_byte_counts},
    {"origins that differ in a number spread", origins_spread},
    {"keys of less than eight bytes spread", short_keys_spread},
    {"keys chosen to share a bucket do not", chosen_keys_spread},
};

int main(void)
{
    static const table_t tables[] = {CASES(hashes)};

    cors_hash_seed();
    return run_tables(tables, COUNT(tables));
}
