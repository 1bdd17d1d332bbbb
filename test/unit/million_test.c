/* SPDX-License-Identifier: Apache-2.0 */
/*
 * million_test.c: a list of a million origins. Looking one up costs what it
 * costs in a list of ten, and an origin takes little more than its text.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apr_strings.h"

#include "engine/origin_set.h"

#define MILLION 1000000
/* apr_hash: 40 bytes an entry, 8 a bucket, and the smaller arrays that it
 * outgrew. */
#define BYTES_BESIDE_TEXT 64

/* The process's data in bytes, as Linux tells it: APR's blocks may come from
 * malloc or from mmap. 0 where nobody can tell, or where a sanitizer's or
 * valgrind's own memory is among them. */
static size_t bytes_in_use(void)
{
    long pages = 0;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    const char *preload = getenv("LD_PRELOAD");
    FILE *f = preload && strstr(preload, "vgpreload")
                  ? NULL : fopen("/proc/self/statm", "r");

    if (f) {
        if (fscanf(f, "%*d %*d %*d %*d %*d %ld", &pages) != 1) {
            pages = 0;
        }
        fclose(f);
    }
#endif
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* A prime: i times anything is another name for each i below it. */
#define NAMES 9999991u

/* In no order, and of eight lengths: blocks are rounded up to that. */
static size_t write_origin(char *text, apr_uint64_t i)
{
    return (size_t)apr_snprintf(text, 64, "https://%.*s%u.example.com",
                                (int)(i % 8) + 1, "shopping",
                                (unsigned)(i * 2654435761u % NAMES));
}

static void many(void)
{
    static const cors_where_t where = {"set", 1};
    cors_origin_set_t *set = cors_origin_set_make(pool);
    size_t before = bytes_in_use(), text_bytes = 0, used, i;
    char text[64];

    for (i = 0; i < MILLION; i++) {
        cors_pattern_t p;

        text_bytes += write_origin(text, i);
        assert_int_equal(cors_pattern_parse(&p, text, pool), CORS_PATTERN_OK);
        assert_null(cors_origin_set_add(set, &p, &where));
    }
    used = bytes_in_use() - before;
    assert_int_equal(cors_origin_set_count(set), MILLION);
    for (i = 0; i < MILLION; i++) {
        cors_subject_t subject = {0};

        subject.text = text;
        subject.len = write_origin(text, i);
        assert_ptr_equal(cors_origin_set_match(set, &subject), &where);
        text[subject.len - 1] = 'n';
        assert_null(cors_origin_set_match(set, &subject));
    }
    if (used) {
        assert_true(used >= text_bytes);
        print_message("%d bytes an origin beside its text\n",
                      (int)((used - text_bytes) / MILLION));
        assert_in_range((used - text_bytes) / MILLION, 0, BYTES_BESIDE_TEXT);
    }
}

static const case_t million[] = {
    {"a million exact origins: found, and small", many},
};

int main(void)
{
    static const table_t tables[] = {CASES(million)};

    return run_tables(tables, COUNT(tables));
}
