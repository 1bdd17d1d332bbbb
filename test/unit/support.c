/* SPDX-License-Identifier: Apache-2.0 */
/*
 * support.c: cmocka's arrays of tests, made from tables.
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "apr_general.h"
#include "apr_lib.h"
#include "apr_strings.h"

apr_pool_t *pool;

static int make_pool(void **row)
{
    (void)row;
    return apr_pool_create(&pool, NULL) == APR_SUCCESS ? 0 : -1;
}

static int destroy_pool(void **row)
{
    (void)row;
    apr_pool_destroy(pool);
    pool = NULL;
    return 0;
}

/* cmocka writes names into XML as they are. */
static const char *printable(apr_pool_t *p, size_t number, const char *rule)
{
    char *name = apr_psprintf(p, "%d: %s", (int)number, rule), *c;

    for (c = name; *c; c++) {
        if (!apr_isprint(*c) || strchr("<>&\"'", *c)) {
            *c = '_';
        }
    }
    return name;
}

static int run_table(const table_t *table, apr_pool_t *p)
{
    struct CMUnitTest *tests = apr_pcalloc(p, table->n * sizeof(*tests));
    size_t i;

    for (i = 0; i < table->n; i++) {
        const char *row = (const char *)table->rows + i * table->size;

        tests[i].name = printable(p, i + 1, *(const char *const *)row);
        tests[i].test_func = table->check;
        tests[i].setup_func = make_pool;
        tests[i].teardown_func = destroy_pool;
        tests[i].initial_state = (void *)row;
    }
    /* What cmocka_run_group_tests makes of an array. */
    return _cmocka_run_group_tests(table->name, tests, table->n, NULL, NULL);
}

int run_tables(const table_t *tables, size_t n)
{
    apr_pool_t *p;
    int failed = 0;
    size_t i;

    if (apr_initialize() != APR_SUCCESS
        || apr_pool_create(&p, NULL) != APR_SUCCESS) {
        return 1;
    }
    for (i = 0; i < n; i++) {
        failed += run_table(&tables[i], p);
    }
    apr_pool_destroy(p);
    apr_terminate();
    return failed;
}

void run_case(void **row)
{
    const case_t *test = *row;

    test->run();
}

static apr_status_t free_bytes(void *bytes)
{
    free(bytes);
    return APR_SUCCESS;
}

const char *exactly(const char *text, size_t len)
{
    char *bytes = malloc(len ? len : 1);

    assert_non_null(bytes);
    memcpy(bytes, text, len);
    apr_pool_cleanup_register(pool, bytes, free_bytes, apr_pool_cleanup_null);
    return bytes;
}

char *repeat(const char *unit, size_t n)
{
    size_t len = strlen(unit), i;
    char *text = apr_palloc(pool, len * n + 1);

    for (i = 0; i < n; i++) {
        memcpy(text + i * len, unit, len);
    }
    text[len * n] = '\0';
    return text;
}

void assert_text_at(const char *is, const char *should, const char *file,
                    int line)
{
    _assert_string_equal(is ? is : "(none)", should ? should : "(none)", file,
                         line);
}

/* Not random(): the same numbers on every system. */
static uint32_t state = 1;

void pick_from(unsigned seed)
{
    state = seed * 2654435761u + 1;
}

unsigned pick(unsigned n)
{
    /* xorshift32 */
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % n;
}

const char *pick_lines(const choices_t *lines, size_t n)
{
    const char *text = "";
    size_t i;

    for (i = 0; i < n; i++) {
        unsigned all = 0, one;

        while (all < COUNT(lines[i]) && lines[i][all]) {
            all++;
        }
        one = pick(all * 5);
        if (one < all) {
            text = apr_pstrcat(pool, text, *text ? "; " : "", lines[i][one],
                               NULL);
        }
    }
    return text;
}
