/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pattern.h: one entry of CORSAllowOrigin or CORSDenyOrigin.
 */
#ifndef CORS_PATTERN_H
#define CORS_PATTERN_H

#include "apr_pools.h"

#include "origin.h"

typedef enum {
    CORS_PATTERN_ANY,           /* * */
    CORS_PATTERN_NULL,          /* null */
    CORS_PATTERN_EXACT,         /* https://app.example.com:8443 */
    CORS_PATTERN_PORTS,         /* http://localhost:3000-3999, …:* */
    CORS_PATTERN_SUBDOMAINS,    /* "https://" "*.example.com[:8443]" */
    CORS_PATTERN_SUBDOMAINS_PORTS,  /* "https://" "*.example.com:*" */
    CORS_PATTERN_SCHEME         /* "moz-extension://" "*" */
} cors_pattern_kind_e;

/* Why a text is no pattern, where it is not an origin's fault. */
typedef enum {
    CORS_PATTERN_OK = 0,
    CORS_PATTERN_ORIGIN,        /* see origin_fault */
    CORS_PATTERN_WILDCARD,      /* one where none may stand */
    CORS_PATTERN_RANGE,         /* the port range is none */
    CORS_PATTERN_FILE           /* file: pages are null */
} cors_pattern_fault_e;

typedef struct cors_pattern_t {
    cors_pattern_kind_e kind;
    const char *text;           /* as written */
    /* What is looked up: EXACT the text; PORTS "scheme://host"; SUBDOMAINS
     * what follows "*.", port included; SUBDOMAINS_PORTS the same without the
     * port; SCHEME the scheme. */
    const char *key;
    apr_size_t key_len;
    int port_low, port_high;    /* of …PORTS, both included */
    cors_origin_t origin;       /* the entry with its wildcards taken out;
                                   of SCHEME only scheme and scheme_len */
    cors_origin_fault_e origin_fault;
} cors_pattern_t;

/**
 * Read one entry of an allow or deny list.
 * @param p Filled in; its texts are copies in pool.
 * @param text The entry, NUL-terminated.
 * @param pool As long as the pattern is used.
 * @return CORS_PATTERN_OK or what is wrong.
 */
cors_pattern_fault_e cors_pattern_parse(cors_pattern_t *p, const char *text,
                                        apr_pool_t *pool);

#endif /* CORS_PATTERN_H */
