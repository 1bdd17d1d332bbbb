/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_change.h: sections with a line more.
 */
#ifndef CORS_EXPLAIN_CHANGE_H
#define CORS_EXPLAIN_CHANGE_H

#include "engine/policy.h"
#include "httpd/explain.h"

/* The sections of an answer, some of them changed. */
typedef struct cors_trial_t {
    cors_explained_t e;             /* the answer under them */
    apr_pool_t *pool;
    int n;
    const cors_shown_t *shown;      /* n of them, as they are */
    cors_settings_t **now;          /* … and as they are tried */
    const cors_settings_t *said;    /* all merged, as they are; or NULL */
    cors_settings_t *merged;        /* … and as they are tried */
    const char *location;           /* no section holds: one to be made */
    apr_array_header_t *lines;      /* cors_suggested_t */
    const char *lists;              /* sources that the origin could stand in
                                       instead; NULL: none */
    cors_findings_t *findings;      /* about those lines */
} cors_trial_t;

void cors_change_begin(cors_trial_t *t, const cors_explained_t *e);

/* Each adds one line where it belongs; 0: there is no such place, or the line
 * is there already. */
int cors_change_origin(cors_trial_t *t, const char *origin);
int cors_change_methods(cors_trial_t *t, const cors_policy_t *policy,
                        const apr_array_header_t *names);
int cors_change_headers(cors_trial_t *t, const cors_policy_t *policy,
                        const apr_array_header_t *names);
int cors_change_credentials(cors_trial_t *t, const cors_policy_t *policy);
int cors_change_engine(cors_trial_t *t);
int cors_change_tolerate(cors_trial_t *t);

/** The lines, with a section around them where one must be made. */
apr_array_header_t *cors_change_lines(cors_trial_t *t);

#endif /* CORS_EXPLAIN_CHANGE_H */
