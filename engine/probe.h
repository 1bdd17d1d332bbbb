/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.h: what an expression accepts beyond what it was written for.
 */
#ifndef CORS_PROBE_H
#define CORS_PROBE_H

#include "apr_pools.h"

#include "regex.h"

typedef enum {
    CORS_PROBE_NARROW,      /* no probe was accepted */
    CORS_PROBE_BROAD,       /* look-alikes of its own literals are */
    CORS_PROBE_ANY,         /* origins that nobody ever wrote are */
    CORS_PROBE_COST         /* matching ran into the limit */
} cors_probe_e;

/* All texts are origins, and live in the pool; NULL: there is none. */
typedef struct cors_probe_t {
    cors_probe_e verdict;
    const char *accepted;   /* BROAD, ANY: whom it lets in. COST: what cost too
                               much, which need not be an origin */
    const char *advice;     /* BROAD: an expression that accepts what this one
                               is for, and is narrow */
    const char *sample;     /* accepted; NULL: nothing that was made from it
                               is, so it may match no origin at all */
    const char *http;       /* accepted, http: and not loopback */
    const char *app;        /* accepted, as is every host of this scheme */
    int is_provider;        /* BROAD only below a provider's public suffix,
                               which an update of the system can change */
    int nobody;             /* nothing in it matches the colon behind a scheme:
                               it accepts no origin */
    int unfinished;         /* so large that not all of it was looked at */
} cors_probe_t;

/**
 * Try an expression on made-up origins.
 * @param pool Holds the texts of the result, nothing else.
 * @param result Filled in.
 */
void cors_probe(const cors_regex_t *regex, apr_pool_t *pool,
                cors_probe_t *result);

#endif /* CORS_PROBE_H */
