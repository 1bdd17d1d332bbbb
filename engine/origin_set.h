/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin_set.h: many allowed (or denied) origins, and which of them one is.
 *
 * Cost does not depend on how many there are: an exact origin is one hash
 * look-up, a subdomain one look-up for each depth at which the set has a
 * pattern. Only expressions are tried one after another, and last.
 */
#ifndef CORS_ORIGIN_SET_H
#define CORS_ORIGIN_SET_H

#include "apr_hash.h"
#include "apr_pools.h"
#include "apr_tables.h"

#include "finding.h"
#include "origin.h"
#include "pattern.h"
#include "regex.h"

typedef struct cors_origin_set_t cors_origin_set_t;

/* An origin on its way through one or more sets. The caller fills in text,
 * len, scratch and, where there are sources, the three behind them; the rest is
 * found when first needed. */
typedef struct cors_subject_t {
    const char *text;           /* Origin as sent */
    apr_size_t len;
    apr_pool_t *scratch;        /* for matching expressions */
    void *request;              /* the server's, for sources; NULL: there is no
                                   server, and they do not answer */
    int credentials;            /* the policy that is asked has them on */
    const struct cors_source_t *source; /* set: that holds it; NULL: none */
    const cors_where_t *failed; /* NULL; set: the line of a source that did
                                   not answer */
    int parsed;                 /* origin and fault are filled in */
    cors_origin_fault_e fault;
    cors_origin_t origin;
} cors_subject_t;

/** An empty set; it and all it will hold live in pool. */
cors_origin_set_t *cors_origin_set_make(apr_pool_t *pool);

/**
 * Add an entry. Only while the configuration is read: not thread-safe.
 * @param where The line it stands on, kept by reference.
 * @return NULL, or the line of an equal entry that was there already.
 */
const cors_where_t *cors_origin_set_add(cors_origin_set_t *set,
                                        const cors_pattern_t *pattern,
                                        const cors_where_t *where);

/** The line of an expression that was added, or NULL. */
const cors_where_t *cors_origin_set_find_regex(const cors_origin_set_t *set,
                                               const char *text);

/** Add an expression, tried after all entries in the order of adding. */
void cors_origin_set_add_regex(cors_origin_set_t *set, cors_regex_t *regex,
                               const cors_where_t *where);

/**
 * Which entry holds this origin? Thread-safe once nothing is added any more.
 * Neither * nor null entries are looked at: ask any and null below.
 * @return The entry's line, or NULL: none does.
 */
const cors_where_t *cors_origin_set_match(const cors_origin_set_t *set,
                                          cors_subject_t *subject);

/** The same among entries that are not exact. */
const cors_where_t *cors_origin_set_match_pattern(const cors_origin_set_t *set,
                                                  cors_subject_t *subject);

/** The line of "*" in the set, or NULL. */
const cors_where_t *cors_origin_set_any(const cors_origin_set_t *set);

/** The line of "null" in the set, or NULL. */
const cors_where_t *cors_origin_set_null(const cors_origin_set_t *set);

/** How many entries of all kinds, expressions included. */
apr_size_t cors_origin_set_count(const cors_origin_set_t *set);

/** The only entry's text where the set is one exact origin, else NULL. */
const char *cors_origin_set_single(const cors_origin_set_t *set);

/** Parse the subject's origin if that was not done; returns its fault. */
cors_origin_fault_e cors_subject_parse(cors_subject_t *subject);

#endif /* CORS_ORIGIN_SET_H */
