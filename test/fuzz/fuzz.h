/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz.h: what the fuzzers share. Each has one function, fuzz_one, and holds
 * the engine to a property there: more than "it does not crash".
 */
#ifndef CORS_FUZZ_H
#define CORS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "apr_pools.h"
#include "apr_tables.h"

#include "engine/policy.h"

/** Each fuzzer's own. The pool is emptied behind it. */
void fuzz_one(const uint8_t *data, size_t size, apr_pool_t *pool);

/** Abort, with the text, where a property does not hold. */
#define HOLDS(property) \
    ((property) ? (void)0 : fuzz_fail(#property, __FILE__, __LINE__))

void fuzz_fail(const char *property, const char *file, int line);

/** A string of an input's own, so that a sanitizer sees reading beyond it. */
char *fuzz_text(const uint8_t *data, size_t size, apr_pool_t *pool);

/** The next line of a text, cut out; NULL at the end. */
char *fuzz_line(char **rest);

/** A section made of lines, the first letter of each telling what it is:
 *  o origin, x expression, d denied origin, m method, h header, e exposed
 *  header, c credentials, a CORSSendOrigin Always. Sealed.
 *  @param findings Gets what configtest would say. */
cors_settings_t *fuzz_section(char *lines, apr_pool_t *pool,
                              cors_findings_t *findings);

/** Whether configtest would call it an error. */
int fuzz_has_error(const cors_findings_t *findings);

#endif /* CORS_FUZZ_H */
