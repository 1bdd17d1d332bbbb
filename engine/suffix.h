/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suffix.h: what libpsl and libidn2 know, for checking configuration only.
 */
#ifndef CORS_SUFFIX_H
#define CORS_SUFFIX_H

#include "apr_pools.h"

typedef enum {
    CORS_SUFFIX_NO,
    CORS_SUFFIX_ICANN,      /* a registry's: com, co.kr */
    CORS_SUFFIX_PRIVATE     /* a provider's: github.io; may change with an
                               update of the system */
} cors_suffix_e;

/**
 * Load the newest public suffix list that libpsl finds. Call while the
 * configuration is read, once; the list is freed with the pool.
 */
void cors_suffix_load(apr_pool_t *pool);

/**
 * Can anybody register a name directly below this domain?
 * @param domain Lower case, ASCII, without leading or trailing dot.
 * @return CORS_SUFFIX_NO too where no list is loaded or libpsl is not built
 *         in. Thread-safe.
 */
cors_suffix_e cors_public_suffix(const char *domain);

/**
 * The ASCII (punycode) form of an international host name.
 * @param host UTF-8, NUL-terminated.
 * @return A string in pool, or NULL where there is none.
 */
const char *cors_host_to_ascii(apr_pool_t *pool, const char *host);

/** What this build cannot check: one sentence, or NULL where it checks all. */
const char *cors_suffix_missing(void);

#endif /* CORS_SUFFIX_H */
