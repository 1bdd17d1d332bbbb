/* SPDX-License-Identifier: Apache-2.0 */
/*
 * escape.h: text from outside, made safe for a log, a page, a terminal.
 */
#ifndef CORS_ESCAPE_H
#define CORS_ESCAPE_H

#include "apr_pools.h"

/**
 * Text from a request: bytes that are not printable ASCII, and the backslash,
 * by which an escape could be forged, become \xHH; what is over 200 bytes is
 * cut and ends in "...".
 * @param text In a string: the byte behind its len bytes can be read.
 * @return A string in pool, or text itself where it is safe as it stands.
 */
const char *cors_escape(apr_pool_t *pool, const char *text, apr_size_t len);

/**
 * The same for the administrator's own text, which keeps its backslashes: it
 * may be an expression.
 * @return A string in pool.
 */
const char *cors_escape_own(apr_pool_t *pool, const char *text);

#endif /* CORS_ESCAPE_H */
