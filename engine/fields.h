/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fields.h: lists of methods and of field-names, and the check of a preflight's
 * Access-Control-Request-Headers.
 *
 * A list is filled while the configuration is read, then sealed, then only
 * read: from there on it is thread-safe.
 */
#ifndef CORS_FIELDS_H
#define CORS_FIELDS_H

#include "apr_hash.h"
#include "apr_pools.h"
#include "apr_tables.h"

#include "finding.h"
#include "token.h"

/* Longer names are refused; the longest registered field-name has 44 bytes. */
#define CORS_NAME_MAX 256

/* A request list longer than this, or with more empty elements, is refused
 * (Fetch's own lists have none). */
#define CORS_LIST_MAX 8192
#define CORS_LIST_EMPTY_MAX 16

/* CORSAllowMethods, CORSAllowHeaders or CORSExposeHeaders of one section. */
typedef struct cors_list_t {
    apr_pool_t *pool;
    cors_where_t where;             /* the first line that names it */
    apr_array_header_t *names;      /* const char *: as written, no "*" */
    apr_hash_t *by_name;            /* field-names in lower case */
    apr_size_t longest;             /* of the names */
    const cors_span_t *sorted;      /* the keys of by_name, behind the last one
                                       an empty one; or NULL */
    int any;                        /* "*" stands in it */
    const cors_where_t *none;       /* the line that says None */
    const cors_where_t *named;      /* the first line that says more */
    int sealed;
    const char *text;               /* sealed: ready to send; NULL: empty */
} cors_list_t;

typedef enum {
    CORS_LIST_OK,
    CORS_LIST_REFUSED,      /* a name that is not allowed */
    CORS_LIST_MALFORMED     /* too long, too many empties, not a token */
} cors_list_result_e;

/** An empty list in pool. */
cors_list_t *cors_list_make(apr_pool_t *pool, const cors_where_t *where);

/**
 * Add a method as written: checked; what is refused is not added.
 * @param findings Gets the faults and warnings; may be NULL.
 */
void cors_list_add_method(cors_list_t *list, const char *name,
                          const cors_where_t *where,
                          cors_findings_t *findings);

/** The same for a request header that a preflight may ask for. */
void cors_list_add_header(cors_list_t *list, const char *name,
                          const cors_where_t *where,
                          cors_findings_t *findings);

/** The same for a response header that a script may read. */
void cors_list_add_expose(cors_list_t *list, const char *name,
                          const cors_where_t *where,
                          cors_findings_t *findings);

/** Write the list's header text, once nothing is added any more. */
void cors_list_seal(cors_list_t *list);

/**
 * Sort a list of field-names, so that checking a browser's request list needs
 * no look-up. Worth its time at start, not for one request.
 */
void cors_list_sort(cors_list_t *list);

/** Whether the list allows this method; list may be NULL. A method that is no
 *  token or is forbidden never is, not even by "*". */
int cors_list_has_method(const cors_list_t *list, const char *name,
                         apr_size_t len);

/** Whether a field-name stands in the list, without case; "*" is not asked. */
int cors_list_has_field(const cors_list_t *list, const char *name,
                        apr_size_t len);

/** Whether every name of `of` stands in list, or list is "*". Both may be
 *  NULL: no name. */
int cors_list_covers(const cors_list_t *list, const cors_list_t *of);

/**
 * Is each name that a preflight asks for allowed? One pass, linear in the
 * length, allocates nothing. Names may come in any order and case, with
 * blanks around them and some empty elements between.
 * @param list The allowed names; may be NULL. "*" never covers Authorization.
 * @param asked Access-Control-Request-Headers; NULL: none asked for.
 * @param at Where the answer is not CORS_LIST_OK: what was at fault.
 * @return CORS_LIST_OK where all are.
 */
cors_list_result_e cors_list_check(const cors_list_t *list, const char *asked,
                                   cors_span_t *at);

/**
 * The names of a request list that the list allows, joined by ", ".
 * @param asked As in cors_list_check; a malformed list yields NULL.
 * @return A string in pool, or NULL where no name is left.
 */
const char *cors_list_echo(const cors_list_t *list, const char *asked,
                           apr_pool_t *pool);

#endif /* CORS_FIELDS_H */
