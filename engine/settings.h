/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.h: what one section of the configuration says, and how sections
 * merge.
 *
 * Each directive family is one part. Parts are filled line by line, sealed,
 * then never changed: merging two sections picks pointers, whatever the
 * length of their lists.
 */
#ifndef CORS_SETTINGS_H
#define CORS_SETTINGS_H

#include "apr_pools.h"

#include "fields.h"
#include "finding.h"
#include "origins.h"

typedef enum {
    CORS_ENGINE_DEFAULT,        /* CORSEngine None: On where a policy is */
    CORS_ENGINE_OFF,
    CORS_ENGINE_ON,
    CORS_ENGINE_REPORT
} cors_engine_e;

typedef enum {
    CORS_REFUSAL_SILENT,
    CORS_REFUSAL_UPGRADES,
    CORS_REFUSAL_FORBID
} cors_refusal_e;

typedef enum {
    CORS_PREFLIGHT_204,
    CORS_PREFLIGHT_200,
    CORS_PREFLIGHT_PASS
} cors_preflight_e;

/* Where the server's side counts what a policy decided; the engine only keeps
 * the pointer. NULL: in no place of its own. */
struct cors_slot_t;

/* A directive with one value. */
typedef struct cors_value_t {
    int value;
    const char *text;           /* CORSMaxAge: the seconds, ready to send */
    int at_server;              /* at server or virtual host level */
    int from_htaccess;          /* no configtest has seen it */
    cors_where_t where;
    struct cors_slot_t *slot;
} cors_value_t;

/* Denied origins of one section and of those around it. */
typedef struct cors_denies_t {
    const cors_origins_t *list;
    const struct cors_denies_t *outer;  /* both may be NULL */
    const struct cors_denies_t *inner;
} cors_denies_t;

struct cors_settings_t;
struct cors_rules_t;

/* <CORSPolicy name> */
typedef struct cors_named_t {
    const char *name;
    cors_where_t where;
    const struct cors_settings_t *settings;
    struct cors_slot_t *slot;
} cors_named_t;

/* CORSUsePolicy, or CORSCandidatePolicy, of one section; n 0: None. */
typedef struct cors_use_t {
    cors_where_t where;
    int at_server;
    int n;
    apr_array_header_t *names;      /* const char * */
    const cors_named_t **policies;  /* n of them, once resolved, else NULL */
    unsigned char *less;            /* n of cors_less_e */
    int none;                       /* None stands in it */
    cors_fault_t fault;             /* resolved: cannot be used */
    struct cors_slot_t *slot;
} cors_use_t;

/* What a policy of several grants less than another of them. */
typedef enum {
    CORS_LESS_CREDENTIALS = 1,
    CORS_LESS_EXPOSED = 2,
    CORS_LESS_ANY = 4               /* where each exposes "*": with credentials
                                       that is a list, which a 304 lacks */
} cors_less_e;

/* One section, or several merged. A part that is NULL was not named. */
typedef struct cors_settings_t {
    int touched;                    /* a directive of ours stands here */
    int cut;                        /* CORSUsePolicy: what outer sections say
                                       on who and what was dropped */
    unsigned tolerate;              /* cors_tolerate_e of this section alone */
    int tolerate_none;              /* it says None */
    const cors_where_t *tolerate_at;    /* the line that names one */

    /* who */
    cors_origins_t *origins;        /* CORSAllowOrigin, …Match, …From */
    cors_value_t *credentials;
    cors_value_t *send_origin;      /* value 1: Always */
    /* what */
    cors_list_t *methods;
    cors_list_t *headers;
    cors_list_t *expose;
    cors_value_t *max_age;          /* text NULL: not sent */
    cors_value_t *timing;
    /* how */
    cors_value_t *engine;
    cors_value_t *refusal;
    cors_value_t *preflight;
    cors_value_t *backend;          /* value 1: Keep */

    const cors_denies_t *denies;
    cors_use_t *use;
    cors_use_t *trial;              /* CORSCandidatePolicy; n 0: None */
    const struct cors_settings_t *candidate;    /* ask cors_settings_candidate:
                                       NULL until merged or prepared */
    const struct cors_settings_t *below;    /* the sections that were cut */
    const struct cors_settings_t *outer;    /* of a merge: what was merged; */
    const struct cors_settings_t *inner;    /* of one section: NULL, both */
    const struct cors_rules_t *rules;   /* made once and for all; NULL: merged
                                           for a request, to be made for it */
    struct cors_merged_t *merged;   /* the server's: over which it was merged */
} cors_settings_t;

/** The only policy that a section uses, or NULL: none, several, or unknown. */
static APR_INLINE const cors_settings_t *cors_settings_single(
    const cors_settings_t *s)
{
    return s->use && s->use->n == 1 && s->use->policies
               ? s->use->policies[0]->settings : NULL;
}

/**
 * One of the four values that CORSUsePolicy does not drop: the section's own,
 * else its policy's, else those of the sections around.
 * @param field Its offset in cors_settings_t.
 * @param from Set to the CORSUsePolicy whose policy says it, or NULL.
 * @return NULL where nobody does.
 */
const cors_value_t *cors_settings_how(const cors_settings_t *s,
                                      apr_size_t field,
                                      const cors_use_t **from);

/** Empty settings in pool. */
cors_settings_t *cors_settings_make(apr_pool_t *pool);

/**
 * Merge an inner section over an outer one. Constant time, associative; never
 * changes either. Where one side says nothing, the other is returned.
 */
const cors_settings_t *cors_settings_merge(apr_pool_t *pool,
                                           const cors_settings_t *outer,
                                           const cors_settings_t *inner);

/**
 * What would hold here if each CORSCandidatePolicy in reach were a
 * CORSUsePolicy, in place of all that its section says on who and what.
 * @param pool Used where nobody has asked before.
 * @return NULL where there is none.
 */
const cors_settings_t *cors_settings_candidate(apr_pool_t *pool,
                                               const cors_settings_t *s);

/** The section's own deny list, made when first asked for. */
cors_origins_t *cors_settings_deny_list(cors_settings_t *s, apr_pool_t *pool,
                                        const cors_where_t *where);

/**
 * Seal every part that is not sealed yet: of one section, or, where .htaccess
 * files were merged in, of the result. Policies in use are sealed already.
 */
void cors_settings_seal(cors_settings_t *s);

/**
 * Give a section's CORSUsePolicy its policies.
 * @param policies use->n of them, in the order of the names.
 */
void cors_use_resolve(cors_use_t *use, const cors_named_t **policies,
                      apr_pool_t *pool);

#endif /* CORS_SETTINGS_H */
