/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merged.h: what two sections mean together, worked out once a process.
 *
 * httpd merges the sections of each request anew. Sections of the server's
 * configuration do not change between requests, so what came out is kept with
 * the inner one, its rules ready, and the next request is given a pointer.
 */
#ifndef CORS_MERGED_H
#define CORS_MERGED_H

#include "httpd/module.h"

/** Start keeping: in a child, before its first request; until the process
 *  ends. */
void cors_merged_start(void);

/**
 * The module record's merge_dir_config. Thread-safe.
 * @param p Of the request; used where nothing can be kept: while the server
 *          starts, for what .htaccess says, and past a bound.
 * @return Settings that must not be changed.
 */
void *cors_merge_dir_config(apr_pool_t *p, void *outer, void *inner);

#endif /* CORS_MERGED_H */
