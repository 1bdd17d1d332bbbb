/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vary.h: merging into Vary (RFC 9110, section 12.5.5).
 */
#ifndef CORS_VARY_H
#define CORS_VARY_H

#include "apr_tables.h"

/**
 * Merge field-names into a response's Vary: by token, without case, nothing
 * twice. "Vary: *" is left alone. Afterwards the whole Vary is one entry of
 * out (mod_cache_disk reads only the first).
 * @param out Headers of the response.
 * @param err Headers that go out with errors too; may hold a Vary, as CGI's.
 * @param names NULL-terminated; the strings must outlive the tables.
 */
void cors_vary_merge(apr_pool_t *pool, apr_table_t *out, apr_table_t *err,
                     const char *const *names);

#endif /* CORS_VARY_H */
