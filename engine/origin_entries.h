/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin_entries.h: a set of origins read out again, entry by entry.
 *
 * A set keeps keys, not what was written. One text has one meaning, so the
 * canonical text of each entry can be made from its key and its kind.
 */
#ifndef CORS_ORIGIN_ENTRIES_H
#define CORS_ORIGIN_ENTRIES_H

#include "origin_set.h"

typedef struct cors_entry_t {
    const char *text;           /* as CORSAllowOrigin takes it; an expression:
                                   as written, not quoted */
    const cors_where_t *where;
    int is_regex;
    int order;                  /* of adding, among expressions */
} cors_entry_t;

/**
 * All entries, in the order of their lines; of one line in the order of their
 * texts, expressions as written. A range of ports within another of the same
 * host is left out: it never decides.
 * @return An array of cors_entry_t, in pool.
 */
apr_array_header_t *cors_origin_set_entries(const cors_origin_set_t *set,
                                            apr_pool_t *pool);

/** Call fn for each exact entry until it returns 0. */
void cors_origin_set_each_exact(const cors_origin_set_t *set,
                                int (*fn)(void *data, const char *text,
                                          const cors_where_t *where),
                                void *data);

typedef void cors_narrower_fn(void *data, const char *text,
                              const cors_where_t *where,
                              const cors_where_t *broader);

/** Call fn for each subdomain pattern (without a range of ports) all of whose
 *  origins another one holds, too. The texts are in pool. */
void cors_origin_set_each_narrower(const cors_origin_set_t *set,
                                   apr_pool_t *pool, cors_narrower_fn *fn,
                                   void *data);

/** How many of the set's entries are exact origins. */
apr_size_t cors_origin_set_count_exact(const cors_origin_set_t *set);

#endif /* CORS_ORIGIN_ENTRIES_H */
