/* SPDX-License-Identifier: Apache-2.0 */
/*
 * url_path.h: a path as the URL parser of browsers makes it.
 */
#ifndef CORS_URL_PATH_H
#define CORS_URL_PATH_H

#include "apr_pools.h"

/**
 * What a browser writes into the request line for the path and query of an http
 * URL (URL Standard, "path state", "query state"): dot segments are gone, a
 * backslash is a slash, what cannot stand there is percent-encoded, and the
 * fragment is not sent.
 * @param path "/path?query#fragment"; the first slash may be missing.
 */
const char *cors_url_target(apr_pool_t *pool, const char *path);

#endif /* CORS_URL_PATH_H */
