/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.h: lines of configuration being written.
 */
#ifndef CORS_LINES_H
#define CORS_LINES_H

#include "apr_pools.h"
#include "apr_tables.h"

#include "finding.h"

/* Lists are broken into lines of this length: httpd's own limit in .htaccess
 * is 8192 bytes, and a reader's is sooner. */
#define CORS_LINE_WIDTH 72

/* One line. */
typedef struct cors_printed_t {
    const char *text;           /* "CORSMaxAge 600" */
    const cors_where_t *where;  /* where that was written; NULL: not known */
} cors_printed_t;

/* Words joined to lines, each line with the directive's name in front. */
typedef struct cors_words_t {
    apr_array_header_t *lines;  /* of cors_printed_t */
    const char *name;
    const cors_where_t *where;
    char line[CORS_LINE_WIDTH];
    apr_size_t len;             /* 0: no word yet */
} cors_words_t;

/** An array of lines in pool, empty. */
apr_array_header_t *cors_lines_make(apr_pool_t *pool);

/** Add a line whose text lives as long as lines. */
void cors_lines_add(apr_array_header_t *lines, const char *text,
                    const cors_where_t *where);

/** Start a list of words. */
void cors_words_begin(cors_words_t *words, apr_array_header_t *lines,
                      const char *name, const cors_where_t *where);

/** Add a word, after a line break if it has no room. */
void cors_words_add(cors_words_t *words, const char *word);

/** End the line; the next word starts another one. */
void cors_words_end(cors_words_t *words);

/**
 * A word in double quotes, as httpd reads quotes and backslashes. A control
 * byte becomes \xHH, which means the same to PCRE2.
 * @return A string in pool.
 */
const char *cors_quote(const char *text, apr_pool_t *pool);

/** A token as a word of a line: quoted where it begins with what httpd takes
 *  for a quote, else name itself. */
const char *cors_word(const char *name, apr_pool_t *pool);

#endif /* CORS_LINES_H */
