/* SPDX-License-Identifier: Apache-2.0 */
/*
 * need.h: whether this configuration has any use for the module's hooks, and for
 * its variables.
 *
 * A distribution loads what it has: on a server that says nothing about CORS no
 * request shall pay for the module. In doubt the hooks are there.
 */
#ifndef CORS_NEED_H
#define CORS_NEED_H

#include "httpd/module.h"

/* Once all of the configuration was read and checked. */
typedef struct cors_need_t {
    int requests;                   /* a request may meet a policy */
    int reports;                    /* … under CORSEngine ReportOnly */
    int handlers;                   /* cors-explain or cors-metrics */
    int variables;                  /* somebody may read CORS_RESULT … */
} cors_need_t;

/** Whether an .htaccess file may hold directives of ours, anywhere. Once all of
 *  the configuration was read. */
int cors_need_htaccess(const server_rec *servers);

/** What the servers need: the main one and those behind it. */
void cors_need(cors_need_t *need, const server_rec *servers);

#endif /* CORS_NEED_H */
