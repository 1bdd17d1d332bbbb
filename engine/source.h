/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.h: origins kept elsewhere, in a file or a database, as far as the
 * engine knows of them: somebody who can be asked.
 */
#ifndef CORS_SOURCE_H
#define CORS_SOURCE_H

#include "apr_tables.h"

#include "origin_set.h"

typedef enum {
    CORS_SOURCE_NO,
    CORS_SOURCE_YES,
    CORS_SOURCE_FAILED          /* it did not answer: holds nobody */
} cors_source_answer_e;

struct cors_source_t;

/**
 * Ask a source for one valid origin that is not "null".
 * @param subject Parsed; its request is whose origin it is.
 * @param where Set where the answer is yes: the line that allows it.
 */
typedef cors_source_answer_e cors_source_ask_fn(
    const struct cors_source_t *source, cors_subject_t *subject,
    const cors_where_t **where);

/* One provider:argument of a CORSAllowOriginFrom. */
typedef struct cors_source_t {
    const char *text;           /* as written */
    cors_where_t where;         /* its line */
    int in_memory;              /* asked before those that are not */
    cors_source_ask_fn *ask;    /* thread-safe */
    void *data;                 /* whoever answers knows what */
} cors_source_t;

/**
 * Ask sources until one says yes: those in memory, then the others.
 * @param sources const cors_source_t *; NULL: none.
 * @param subject Its source is set to the one that says yes, its failed where
 *                one did not answer.
 * @return The line that allows the origin, or NULL.
 */
const cors_where_t *cors_sources_allow(const apr_array_header_t *sources,
                                       cors_subject_t *subject);

/** "file:conf/a.txt or dbd:partners"; NULL where there is none. */
const char *cors_sources_text(const apr_array_header_t *sources,
                              apr_pool_t *pool);

#endif /* CORS_SOURCE_H */
