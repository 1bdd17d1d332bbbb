/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.h: merged settings, ready to decide.
 *
 * Everything here is pointers into sealed parts: made per request in constant
 * time and without allocation.
 */
#ifndef CORS_POLICY_H
#define CORS_POLICY_H

#include "settings.h"

/* One policy: a section's own, or a named one with the section's overrides. */
typedef struct cors_policy_t {
    const cors_named_t *named;      /* NULL: the section's own */
    const cors_origins_t *origins;  /* NULL: nobody */
    const cors_value_t *credentials;    /* the line, where they are on */
    const cors_list_t *methods;     /* NULL: the safelisted ones */
    const cors_list_t *headers;     /* NULL: none */
    const cors_list_t *expose;      /* NULL: none */
    const char *max_age;            /* NULL: not sent */
    int timing;
    unsigned char less;             /* cors_less_e: than others of several */
} cors_policy_t;

/* What holds for a request. */
typedef struct cors_rules_t {
    const cors_settings_t *settings;
    cors_engine_e engine;           /* never DEFAULT */
    const cors_where_t *engine_where;   /* the line that says so; NULL: none
                                           but, at most, None */
    int engine_at_server;           /* it stands at server or vhost level */
    int in_force;                   /* On or ReportOnly, with a policy; else
                                       CORSRefusal ForbidUpgrades at most */
    int writes;                     /* On and in force: the headers are sent */
    cors_refusal_e refusal;
    cors_preflight_e preflight;
    int keep;                       /* CORSBackendHeaders Keep */
    int n;                          /* policies: 0, 1 or several */
    cors_policy_t one;              /* of n 1 */
    int has_denies;
    int timing;                     /* what cors_rules_timing answers */
    const cors_settings_t *target;  /* denies of what the request went on to;
                                       NULL: none were added */
    int plain;                      /* "*" for everybody, without Vary */
    const char *always;             /* CORSSendOrigin Always: the origin */
    cors_fault_t fault;             /* fails closed because of it; id 0: no */
} cors_rules_t;

/**
 * Make the rules of settings that will not change any more, once and for all
 * requests.
 */
void cors_rules_prepare(cors_settings_t *settings, apr_pool_t *pool);

/**
 * What these settings mean.
 * @param settings Sealed, policies resolved; must outlive rules.
 */
void cors_rules_make(cors_rules_t *rules, const cors_settings_t *settings);

/**
 * The same for checking configuration: with an engine that is Off too, and
 * with a fault only noted, so that what is at fault can still be looked at.
 */
void cors_rules_gather(cors_rules_t *rules, const cors_settings_t *settings);

/** Policy number i of rules->n, into `policy`. */
void cors_rules_policy(const cors_rules_t *rules, int i,
                       cors_policy_t *policy);

/**
 * Add the denies of settings that the request went on to under the same
 * request (DirectoryIndex, MultiViews): can only take grants away. Decide
 * again afterwards.
 * @return 1 where there were any, 0 where nothing changed.
 */
int cors_rules_add_denies(cors_rules_t *rules, const cors_settings_t *target);

/** The line that denies this origin whatever a policy says, or NULL. */
const cors_where_t *cors_rules_denied(const cors_rules_t *rules,
                                      cors_subject_t *subject);

/** Whether anybody is denied in these settings. */
int cors_settings_have_denies(const cors_settings_t *settings);

/** The line that denies this origin in these settings, or NULL. */
const cors_where_t *cors_settings_denied(const cors_settings_t *settings,
                                         cors_subject_t *subject);

/** Whether any policy here says CORSTimingAllowOrigin On. */
int cors_rules_timing(const cors_rules_t *rules);

#endif /* CORS_POLICY_H */
