/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origins.h: the allow list or the deny list of one section, with what is
 * risky in it.
 *
 * Whether a risk is a fault depends on the section's CORSTolerate, which may
 * stand below the list, and on credentials, which may be merged in from
 * another section. So risks are noted while lines are read, and judged when
 * the list is sealed.
 */
#ifndef CORS_ORIGINS_H
#define CORS_ORIGINS_H

#include "finding.h"
#include "origin_set.h"
#include "source.h"

/* CORSTolerate: bits of a set. */
typedef enum {
    CORS_TOLERATE_INSECURE = 1,     /* insecure-origins */
    CORS_TOLERATE_SUFFIXES = 2,     /* public-suffixes */
    CORS_TOLERATE_NULL = 4,         /* null-origin */
    CORS_TOLERATE_BROAD = 8         /* broad-patterns */
} cors_tolerate_e;

typedef enum {
    CORS_RISK_NULL,
    CORS_RISK_INSECURE,
    CORS_RISK_SCHEME,           /* all hosts of an application scheme */
    CORS_RISK_SUFFIX,           /* below a registry's public suffix */
    CORS_RISK_SUFFIX_PRIVATE,   /* below a provider's */
    CORS_RISK_REGEX_ANY,
    CORS_RISK_REGEX_BROAD,
    CORS_RISK_REGEX_PROVIDER    /* broad below a provider's suffix alone */
} cors_risk_e;

typedef struct cors_risk_t {
    cors_risk_e risk;
    const char *text;           /* the entry as written */
    const cors_where_t *where;
    const char *advice;         /* what to write instead, or NULL */
} cors_risk_t;

/* Something contradictory, unsafe or impossible. id 0: nothing is. */
typedef struct cors_fault_t {
    cors_finding_e id;
    const cors_where_t *where;
    const cors_where_t *other;
    const char *value;
    const char *advice;         /* what to write; NULL: the table's words */
} cors_fault_t;

typedef struct cors_origins_t {
    apr_pool_t *pool;
    cors_where_t where;             /* the first line that names the list */
    const char *label;              /* that line as text, for logs */
    cors_origin_set_t *set;
    const unsigned *tolerate;       /* the section's CORSTolerate */
    const cors_where_t *none;       /* the line that says None */
    const cors_where_t *named;      /* the first line that says something else
                                       than None or "*" */
    apr_array_header_t *risks;      /* of cors_risk_t; NULL: none */
    apr_array_header_t *sources;    /* const cors_source_t *; NULL: none */
    int is_deny;
    int from_htaccess;              /* no configtest has seen it */
    int sealed;
    const char *single;             /* sealed: the one exact origin, or NULL */
    cors_fault_t fault;             /* sealed: the list cannot be used */
    cors_fault_t with_credentials;  /* sealed: nor with credentials */
    cors_fault_t by_update;         /* sealed: the same, by what may come with
                                       an update of the system: an error for
                                       configtest, but no reason to take a
                                       running policy away */
    struct cors_slot_t *slot;       /* where the server's side counts */
} cors_origins_t;

/**
 * An empty list in pool.
 * @param where The line that names it first.
 * @param tolerate The section's set of tolerances, read when sealed.
 */
cors_origins_t *cors_origins_make(apr_pool_t *pool, const cors_where_t *where,
                                  const unsigned *tolerate, int is_deny);

/**
 * Add one entry of CORSAllowOrigin or CORSDenyOrigin.
 * @param where Its line, kept by reference.
 * @param findings Gets what is wrong with it; a faulty entry is not added.
 * @return Whether the list has it now.
 */
int cors_origins_add(cors_origins_t *list, const char *text,
                     const cors_where_t *where, cors_findings_t *findings);

/** The same for an expression of CORSAllowOriginMatch. */
void cors_origins_add_regex(cors_origins_t *list, const char *text,
                            const cors_where_t *where,
                            cors_findings_t *findings);

/** Add one provider:argument of CORSAllowOriginFrom, kept by reference. One that
 *  stands there already is not added.
 *  @param findings Gets the warning. */
void cors_origins_add_source(cors_origins_t *list, const cors_source_t *source,
                             cors_findings_t *findings);

/** Judge what shows only between lines. Once, before the list is used. */
void cors_origins_seal(cors_origins_t *list);

/**
 * Report every fault and warning that shows between lines.
 * @param credentials The line that switches them on, NULL: they are off.
 */
void cors_origins_report(const cors_origins_t *list,
                         const cors_where_t *credentials,
                         cors_findings_t *findings);

/**
 * Does an allow list hold this origin? Its sources are asked last.
 * @return The line of the entry, or NULL. "*" holds every valid origin.
 */
const cors_where_t *cors_origins_allow(const cors_origins_t *list,
                                       cors_subject_t *subject);

/** The same for a deny list: its entries also match with a trailing dot. */
const cors_where_t *cors_origins_deny(const cors_origins_t *list,
                                      cors_subject_t *subject);

#endif /* CORS_ORIGINS_H */
