/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regex.h: an entry of CORSAllowOriginMatch: PCRE2 against a whole origin.
 */
#ifndef CORS_REGEX_H
#define CORS_REGEX_H

#include "apr_pools.h"

typedef struct cors_regex_t cors_regex_t;

typedef enum {
    CORS_REGEX_NO,
    CORS_REGEX_YES,
    CORS_REGEX_LIMIT        /* the match limit was hit: counts as no */
} cors_regex_result_e;

/**
 * Compile an expression: alone first, so that "a)|(b" is an error and not a
 * hole, then so that it must match from the first byte to the last.
 * @param text The expression, NUL-terminated.
 * @param pool Holds the code; its cleanup frees PCRE2's JIT memory.
 * @param error Where the answer is NULL: PCRE2's words and the offset.
 * @return The compiled expression, safe to use from many threads, or NULL.
 */
cors_regex_t *cors_regex_compile(const char *text, apr_pool_t *pool,
                                 const char **error);

/**
 * Does the expression match the whole text?
 * @param scratch Holds PCRE2's match data; clear it when you like.
 * @return CORS_REGEX_YES, CORS_REGEX_NO; or CORS_REGEX_LIMIT where matching
 *         cost too much, which must be taken as no.
 */
cors_regex_result_e cors_regex_match(const cors_regex_t *regex,
                                     const char *text, apr_size_t len,
                                     apr_pool_t *scratch);

/** The expression as written. */
const char *cors_regex_text(const cors_regex_t *regex);

#endif /* CORS_REGEX_H */
