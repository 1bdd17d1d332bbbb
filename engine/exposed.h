/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exposed.h: Access-Control-Expose-Headers where "*" cannot be sent.
 */
#ifndef CORS_EXPOSED_H
#define CORS_EXPOSED_H

#include "apr_tables.h"

#include "fields.h"

/**
 * The names of a response's headers that a script may be shown: "*" means
 * nothing with credentials (Fetch, "CORS-exposed header-name list").
 * @param expose Its names come first, each once.
 * @param out The response's headers.
 * @param err Those that errors carry too.
 * @param later Names that the server adds later, comma separated, or NULL.
 * @return A comma separated list in pool, or NULL: there is none.
 */
const char *cors_exposed_names(const cors_list_t *expose, apr_table_t *out,
                               apr_table_t *err, const char *later,
                               apr_pool_t *pool);

#endif /* CORS_EXPOSED_H */
