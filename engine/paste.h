/* SPDX-License-Identifier: Apache-2.0 */
/*
 * paste.h: what a browser's console says of a refused request, or a curl
 * command, read for what was asked: Chromium's, Firefox' and Safari's wording,
 * and what their developer tools copy as cURL.
 *
 * Pure and thread-safe. Nothing is checked: what was found is as it was
 * written, and may be anything.
 */
#ifndef CORS_PASTE_H
#define CORS_PASTE_H

#include "apr_pools.h"

/* NULL: not found. */
typedef struct cors_pasted_t {
    const char *url;
    const char *origin;
    const char *method;
    const char *headers;            /* "Name: value" or "Name", a line each */
    int credentials;
} cors_pasted_t;

/**
 * @param found Filled in, from pool.
 * @return 1 where text is one of those; 0: nothing was found in it.
 */
int cors_paste_read(cors_pasted_t *found, const char *text, apr_pool_t *pool);

/** The same for a curl command alone (paste_curl.c). */
int cors_paste_curl(cors_pasted_t *found, const char *text, apr_pool_t *pool);

#endif /* CORS_PASTE_H */
