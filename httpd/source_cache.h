/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_cache.h: CORSSourceCache: answers of a database, kept for a while.
 * Who is allowed stands in a cache of mod_socache, which several machines may
 * share; who is not, in a table of this machine, whose size is fixed: so
 * unknown origins, however many, push nobody out.
 */
#ifndef CORS_SOURCE_CACHE_H
#define CORS_SOURCE_CACHE_H

#include "httpd/module.h"

/* One question, as the two caches know it; lives in the request's pool. */
typedef struct cors_cached_t {
    unsigned char key[20];
    const char *text;               /* question, server and origin, whole */
    apr_size_t len;
} cors_cached_t;

/** CORSSourceCache provider[:arguments] [positive [negative]], or none. */
const char *cors_set_source_cache(cmd_parms *cmd, void *dir,
                                  const char *provider, const char *positive,
                                  const char *negative);

/** From pre_config: forget the former configuration. */
int cors_source_cache_reset(apr_pool_t *pconf);

/** From post_config of a start: open it. A cache that cannot be opened is
 *  logged, and the database asked each time. */
void cors_source_cache_open(apr_pool_t *pconf, server_rec *s);

/** From child_init. */
void cors_source_cache_child(apr_pool_t *pchild, server_rec *s);

/**
 * Look for an answer. From any thread.
 * @param cached Filled for cors_source_cache_put.
 * @param question What is asked of whom: its answer depends on nothing else but
 *                 the server and the origin.
 * @param allowed Set where there is one.
 * @return Whether there is one.
 */
int cors_source_cache_get(cors_cached_t *cached, request_rec *r,
                          const char *question, const char *origin,
                          int *allowed);

/** Keep what the database answered. From any thread. */
void cors_source_cache_put(const cors_cached_t *cached, request_rec *r,
                           int allowed);

#endif /* CORS_SOURCE_CACHE_H */
