/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin_parts.h: what a set of origins is made of. Only for origin_set.c,
 * which fills it and asks it, and origin_entries.c, which reads it out.
 */
#ifndef CORS_ORIGIN_PARTS_H
#define CORS_ORIGIN_PARTS_H

#include "origin_set.h"

/* Up to this many exact origins are compared rather than hashed. */
#define FEW 1
/* More dots than a host of CORS_HOST_MAX bytes can have. */
#define DEPTHS 128

typedef struct exact_t {
    const char *text;
    apr_size_t len;
    const cors_where_t *where;
} exact_t;

/* Port ranges of one host or suffix. */
typedef struct ports_t {
    int low, high;
    const cors_where_t *where;
    struct ports_t *next;
} ports_t;

/* Suffixes of hosts, and at which depths (dots in the suffix) there are any:
 * a host with a hundred labels is not looked up a hundred times. */
typedef struct suffixes_t {
    apr_hash_t *by_suffix;
    unsigned char depth[DEPTHS];
} suffixes_t;

typedef struct regex_entry_t {
    const cors_regex_t *regex;
    const cors_where_t *where;
} regex_entry_t;

struct cors_origin_set_t {
    apr_pool_t *pool;
    apr_size_t count;
    apr_size_t exact_count;
    exact_t few[FEW];
    apr_hash_t *exact;              /* all of them, from the second on */
    apr_hash_t *ports;              /* "scheme://host" → ports_t */
    apr_hash_t *schemes;            /* application scheme → line */
    suffixes_t *subdomains[2];      /* by https: "suffix[:port]" → line */
    suffixes_t *subdomains_ports[2];    /* by https: "suffix" → ports_t */
    apr_array_header_t *regexes;
    const cors_where_t *any;
    const cors_where_t *null;
    int needs_parse;                /* an entry that is not exact */
};

/** The line of a subdomain pattern, with or without ports, that holds an http or
 *  https origin, or NULL. */
const cors_where_t *cors_origin_set_match_subdomains(
    const cors_origin_set_t *set, const cors_origin_t *origin);

#endif /* CORS_ORIGIN_PARTS_H */
