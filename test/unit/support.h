/* SPDX-License-Identifier: Apache-2.0 */
/*
 * support.h: tables of rows, each row a test of its own.
 *
 * A row's first member is the rule it holds the engine to; the other members
 * are what the table's check function reads. A program's main lists its
 * tables:
 *
 *     static const table_t tables[] = {TABLE(accepted, check_accepted)};
 *
 *     int main(void)
 *     {
 *         return run_tables(tables, COUNT(tables));
 *     }
 *
 * So one wrong row fails alone, under its own name, and the others still run.
 */
#ifndef CORS_TEST_SUPPORT_H
#define CORS_TEST_SUPPORT_H

/* cmocka.h wants these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "apr_pools.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Two tables of one program need two names: reports are named after them. */
typedef struct table_t {
    const char *name;
    const void *rows;
    size_t size;                /* of a row */
    size_t n;
    void (*check)(void **row);  /* *row is the row */
} table_t;

#define TABLE(rows, check) {#rows, rows, sizeof((rows)[0]), COUNT(rows), check}

/* A test that no table serves. */
typedef struct case_t {
    const char *rule;
    void (*run)(void);
} case_t;

#define CASES(cases) TABLE(cases, run_case)

/** The check function of CASES. */
void run_case(void **row);

/** A fresh pool for each row, destroyed behind it. */
extern apr_pool_t *pool;

/** Run every row of every table. Returns how many failed: main's value. */
int run_tables(const table_t *tables, size_t n);

/**
 * The text's bytes alone, in memory of exactly that size: what reads beyond
 * them is caught by AddressSanitizer and valgrind. Freed behind the row.
 */
const char *exactly(const char *text, size_t len);

/** A unit, n times over, in pool. */
char *repeat(const char *unit, size_t n);

/** assert_string_equal, where both may be NULL. */
#define assert_text(is, should) \
    assert_text_at(is, should, __FILE__, __LINE__)
void assert_text_at(const char *is, const char *should, const char *file,
                    int line);

/** A number below n; the same sequence in every run. */
unsigned pick(unsigned n);

/** Start the sequence anew. */
void pick_from(unsigned seed);

/* Alternatives of one line; up to the first NULL. */
typedef const char *const choices_t[8];

/** One of some of them, joined by "; ": each line's turn comes once in five. */
const char *pick_lines(const choices_t *lines, size_t n);

#endif /* CORS_TEST_SUPPORT_H */
