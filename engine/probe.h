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

/**
 * Try an expression on made-up origins.
 * @param accepted The probe that was accepted, in pool; else untouched.
 * @param advice What to write instead where that can be told, else untouched.
 */
cors_probe_e cors_probe_regex(const cors_regex_t *regex, apr_pool_t *pool,
                              const char **accepted, const char **advice);

#endif /* CORS_PROBE_H */
