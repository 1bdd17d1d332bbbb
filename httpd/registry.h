/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry.h: every section of the server's configuration that has a
 * directive of ours, every named policy, and everything found wrong.
 *
 * httpd's core has no list of all sections (<Proxy> and <CORSPolicy> are in
 * none), so the directives register theirs. Built anew at each reading of the
 * configuration, by one thread; read only ever after.
 */
#ifndef CORS_REGISTRY_H
#define CORS_REGISTRY_H

#include "httpd/module.h"

#include "util_cfgtree.h"

#include "engine/finding.h"
#include "engine/policy.h"

/* A section with a directive of ours. */
typedef struct cors_section_t {
    cors_settings_t *settings;
    server_rec *server;
    cors_where_t where;             /* the first of its directives */
    const ap_directive_t *parent;   /* the container of its directives; NULL:
                                       the main server */
    const struct cors_section_t *around;    /* the section that it stands in
                                       (<Files> in <Directory>, <If>); NULL:
                                       only a server is around it */
    int is_policy;                  /* a <CORSPolicy>: merged over nothing */
    cors_named_t *named;            /* that policy; NULL: its name was taken */
} cors_section_t;

/** Whether what stands in a container stands at a server's own level.
 *  @param container NULL: nothing is around it. */
int cors_is_server_level(const ap_directive_t *container);

/** Start an empty registry; called in pre_config. */
void cors_registry_reset(apr_pool_t *pconf);

/** All sections and policies, in the order of their first directives: an array
 *  of cors_section_t. */
const apr_array_header_t *cors_registry_sections(void);

/** Whether the server's configuration has any directive of ours. */
int cors_registry_is_used(void);

/** The findings about the server's configuration. */
cors_findings_t *cors_registry_findings(void);

/**
 * A section has its first directive of ours.
 * @param cmd Of that directive.
 */
void cors_registry_add_section(cmd_parms *cmd, cors_settings_t *settings,
                               const cors_where_t *where);

/** Note that the section registered last for these settings is a policy: it
 *  is merged over nothing. */
void cors_registry_add_policy(cmd_parms *cmd, const char *name,
                              cors_settings_t *settings,
                              const cors_where_t *where);

/**
 * The policies that a CORSUsePolicy names, as seen from a server: its own
 * first, then the main server's.
 * @param findings Gets the unknown names.
 */
void cors_registry_resolve(cors_use_t *use, server_rec *s, apr_pool_t *pool,
                           cors_findings_t *findings);

/**
 * Resolve, seal and check everything: from check_config.
 * @param servers The main server and those behind it.
 * @return How many faults stop the server, or fail configtest.
 */
int cors_registry_check(server_rec *servers);

/**
 * A section merged over its own server's level, and over the sections that it
 * stands in; a policy as it is. Once all of the configuration was read.
 */
const cors_settings_t *cors_registry_merged(const cors_section_t *section,
                                            apr_pool_t *pool);

/**
 * What is wrong in a section, merged, and around it.
 * @param rules Gets what holds there.
 */
void cors_registry_check_section(const cors_section_t *section,
                                 cors_rules_t *rules,
                                 cors_findings_t *findings);

/**
 * Each finding once, in the order of the lines.
 * @return How many of them stop the server, or fail configtest.
 */
int cors_registry_settle(void);

/**
 * Write what was found: for configtest to the terminal, else to the log.
 * @param s NULL before the start: then LogLevel cannot hide anything.
 * @param faults Whether to write what stops the server.
 * @param others Whether to write the rest.
 */
void cors_registry_log(server_rec *s, int faults, int others);

/**
 * Add a copy of a finding about a file that is no part of the server's
 * configuration; its text cannot do anything to a terminal.
 * @return Whether it stops the server, or fails configtest.
 */
int cors_registry_add_finding(const cors_finding_t *finding);

/** Whether a server has named policies of its own. */
int cors_registry_has_policies(const server_rec *s);

/** "file:line" of a place, or "file" where it is no line; in pool. */
const char *cors_place(apr_pool_t *pool, const cors_where_t *where);

#endif /* CORS_REGISTRY_H */
