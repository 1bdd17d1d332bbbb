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

static const case_t hashes[] = {
    {"no byte of a key is left out, nor read beyond it", every_byte_counts},
    {"origins that differ in a number spread", origins_spread},
    {"keys of less than eight bytes spread", short_keys_spread},
};

int main(void)
{
    static const table_t tables[] = {CASES(hashes)};

    return run_tables(tables, COUNT(tables));
}
