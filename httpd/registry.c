/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry.c: all sections at once, so that one configtest tells everything.
 */
#include "httpd/registry.h"

#include "apr_hash.h"
#include "apr_strings.h"
#include "http_core.h"

#include "engine/check.h"
#include "engine/policy.h"
#include "httpd/need.h"
#include "httpd/neighbours.h"
#include "httpd/sources.h"

typedef struct registry_t {
    apr_pool_t *pool;
    apr_array_header_t *sections;   /* of cors_section_t */
    apr_hash_t *policies;           /* server_rec * → (name → cors_named_t) */
    cors_findings_t *findings;
    server_rec *main;
} registry_t;

/* Replaced as a whole at each reading of the configuration. */
static registry_t *registry;

void cors_registry_reset(apr_pool_t *pconf)
{
    registry = apr_pcalloc(pconf, sizeof(*registry));
    registry->pool = pconf;
    registry->sections = apr_array_make(pconf, 16, sizeof(cors_section_t));
    registry->policies = apr_hash_make(pconf);
    registry->findings = cors_findings_make(pconf);
}

const apr_array_header_t *cors_registry_sections(void)
{
    return registry->sections;
}

int cors_registry_is_used(void)
{
    return registry->sections->nelts > 0;
}

cors_findings_t *cors_registry_findings(void)
{
    return registry->findings;
}

static cors_section_t *add(cmd_parms *cmd, cors_settings_t *settings,
                      const cors_where_t *where)
{
    cors_section_t *section = apr_array_push(registry->sections);

    section->settings = settings;
    section->server = cmd->server;
    section->where = *where;
    section->parent = cmd->directive->parent;
    section->around = NULL;
    section->is_policy = 0;
    section->named = NULL;
    if (!cmd->server->is_virtual) {
        registry->main = cmd->server;
    }
    return section;
}

void cors_registry_add_section(cmd_parms *cmd, cors_settings_t *settings,
                               const cors_where_t *where)
{
    add(cmd, settings, where);
}

void cors_registry_add_policy(cmd_parms *cmd, const char *name,
                              cors_settings_t *settings,
                              const cors_where_t *where)
{
    apr_hash_t *names = apr_hash_get(registry->policies, &cmd->server,
                                     sizeof(cmd->server));
    const cors_named_t *there;
    cors_named_t *named;
    int i;

    if (!names) {
        names = apr_hash_make(registry->pool);
        apr_hash_set(registry->policies,
                     apr_pmemdup(registry->pool, &cmd->server,
                                 sizeof(cmd->server)),
                     sizeof(cmd->server), names);
    }
    there = apr_hash_get(names, name, APR_HASH_KEY_STRING);
    if (there) {
        cors_finding_add(registry->findings, CORS_F_POLICY_TWICE, where, name,
                         NULL);
        cors_finding_other(registry->findings, &there->where);
        return;
    }
    named = apr_pcalloc(registry->pool, sizeof(*named));
    named->name = apr_pstrdup(registry->pool, name);
    named->where = *where;
    named->settings = settings;
    apr_hash_set(names, named->name, APR_HASH_KEY_STRING, named);
    for (i = 0; i < registry->sections->nelts; i++) {
        cors_section_t *s = &APR_ARRAY_IDX(registry->sections, i, cors_section_t);

        if (s->settings == settings) {
            s->is_policy = 1;
            s->named = named;
            s->parent = cmd->directive;
        }
    }
}

static const cors_named_t *find_policy(server_rec *s, const char *name)
{
    apr_hash_t *names = apr_hash_get(registry->policies, &s, sizeof(s));
    const cors_named_t *named = NULL;

    if (names) {
        named = apr_hash_get(names, name, APR_HASH_KEY_STRING);
    }
    if (!named && s->is_virtual && registry->main) {
        return find_policy(registry->main, name);
    }
    return named;
}

void cors_registry_resolve(cors_use_t *use, server_rec *s, apr_pool_t *pool,
                           cors_findings_t *findings)
{
    const cors_named_t **policies;
    int i, known = 1;

    /* An earlier line of .htaccess may have resolved some of the names. */
    use->policies = NULL;
    policies = apr_pcalloc(pool, (apr_size_t)(use->n + 1) * sizeof(*policies));
    for (i = 0; i < use->n; i++) {
        const char *name = APR_ARRAY_IDX(use->names, i, const char *);

        policies[i] = find_policy(s, name);
        if (!policies[i]) {
            cors_finding_add(findings, CORS_F_POLICY_UNKNOWN, &use->where,
                             name, NULL);
            known = 0;
        }
    }
    if (known) {
        cors_use_resolve(use, policies, pool);
    }
}

int cors_is_server_level(const ap_directive_t *container)
{
    return !container || !strcasecmp(container->directive, "<VirtualHost");
}

/* Which section each stands in, once none is added any more. */
static void find_around(void)
{
    apr_hash_t *by_container = apr_hash_make(registry->pool);
    const ap_directive_t *c;
    int i;

    for (i = 0; i < registry->sections->nelts; i++) {
        cors_section_t *s = &APR_ARRAY_IDX(registry->sections, i,
                                           cors_section_t);

        if (!cors_is_server_level(s->parent)) {
            apr_hash_set(by_container, &s->parent, sizeof(s->parent), s);
        }
    }
    for (i = 0; i < registry->sections->nelts; i++) {
        cors_section_t *s = &APR_ARRAY_IDX(registry->sections, i,
                                           cors_section_t);

        for (c = s->parent; !s->around && !cors_is_server_level(c)
             && !cors_is_server_level(c->parent); c = c->parent) {
            s->around = apr_hash_get(by_container, &c->parent,
                                     sizeof(c->parent));
        }
    }
}

const cors_settings_t *cors_registry_merged(const cors_section_t *section,
                                            apr_pool_t *pool)
{
    const cors_settings_t *outer =
        ap_get_module_config(section->server->lookup_defaults, &cors_module);

    if (section->is_policy || !outer) {
        return section->settings;
    }
    if (cors_is_server_level(section->parent)) {
        return outer;
    }
    if (section->around) {
        outer = cors_registry_merged(section->around, pool);
    }
    return cors_settings_merge(pool, outer, section->settings);
}

/* A candidate must be fit for use before it is put to use. */
static void check_candidate(const cors_section_t *section,
                            const cors_rules_t *rules,
                            cors_findings_t *findings)
{
    const cors_use_t *trial = section->settings->trial;
    const cors_settings_t *candidate =
        cors_settings_candidate(findings->pool, rules->settings);
    cors_rules_t then;

    if (candidate) {
        cors_rules_gather(&then, candidate);
        cors_check_rules(&then, section->settings, &section->where, 0,
                         findings);
    }
    if (!trial || !trial->n || !trial->policies) {
        return;
    }
    if (!rules->in_force) {
        cors_finding_add(findings, CORS_F_CANDIDATE, &trial->where,
                         trial->policies[0]->name,
                         "where no policy is in force yet, write CORSUsePolicy "
                         "%s and CORSEngine ReportOnly instead",
                         trial->policies[0]->name);
    }
    else if (rules->n == 1 && rules->one.named == trial->policies[0]
             && rules->one.origins == rules->one.named->settings->origins) {
        cors_finding_add(findings, CORS_F_CANDIDATE, &trial->where,
                         trial->policies[0]->name,
                         "this policy is in force already: take the line out");
    }
}

void cors_registry_check_section(const cors_section_t *section,
                                 cors_rules_t *rules,
                                 cors_findings_t *findings)
{
    cors_rules_gather(rules, cors_registry_merged(section, findings->pool));
    cors_check_rules(rules, section->settings, &section->where,
                     section->is_policy, findings);
    cors_sources_check(rules, findings);
    if (!section->is_policy) {
        cors_neighbours_check(section, rules, findings);
        check_candidate(section, rules, findings);
    }
}

static int names_origins(void)
{
    int i;

    for (i = 0; i < registry->sections->nelts; i++) {
        const cors_section_t *s = &APR_ARRAY_IDX(registry->sections, i,
                                                 cors_section_t);

        if (!s->is_policy && (s->settings->origins || s->settings->use)) {
            return 1;
        }
    }
    return 0;
}

/* CORSSendOrigin Always where nobody anywhere can give it the one origin. */
static void check_lone_always(const server_rec *servers)
{
    int i;

    if (names_origins() || cors_need_htaccess(servers)) {
        return;
    }
    for (i = 0; i < registry->sections->nelts; i++) {
        const cors_value_t *v = APR_ARRAY_IDX(registry->sections, i,
                                              cors_section_t)
                                    .settings->send_origin;

        if (v && v->value) {
            cors_finding_add(registry->findings, CORS_F_SEND_ALWAYS, &v->where,
                             "Always", NULL);
        }
    }
}

/* Rules that no request has to make again: of each section alone, and of each
 * server's own level. */
static void prepare_rules(server_rec *servers)
{
    server_rec *s;
    int i;

    for (i = 0; i < registry->sections->nelts; i++) {
        cors_rules_prepare(APR_ARRAY_IDX(registry->sections, i,
                                         cors_section_t).settings,
                           registry->pool);
    }
    for (s = servers; s; s = s->next) {
        cors_settings_t *level = ap_get_module_config(s->lookup_defaults,
                                                      &cors_module);

        if (level) {
            cors_rules_prepare(level, registry->pool);
        }
    }
}

int cors_registry_check(server_rec *servers)
{
    int i;

    find_around();
    for (i = 0; i < registry->sections->nelts; i++) {
        cors_section_t *s = &APR_ARRAY_IDX(registry->sections, i, cors_section_t);

        cors_settings_seal(s->settings);
    }
    for (i = 0; i < registry->sections->nelts; i++) {
        cors_section_t *s = &APR_ARRAY_IDX(registry->sections, i, cors_section_t);

        if (s->settings->use) {
            cors_registry_resolve(s->settings->use, s->server, registry->pool,
                                  registry->findings);
        }
        if (s->settings->trial) {
            cors_registry_resolve(s->settings->trial, s->server,
                                  registry->pool, registry->findings);
        }
    }
    for (i = 0; i < registry->sections->nelts; i++) {
        cors_rules_t rules;

        cors_registry_check_section(&APR_ARRAY_IDX(registry->sections, i,
                                                   cors_section_t),
                                    &rules, registry->findings);
    }
    check_lone_always(servers);
    prepare_rules(servers);
    return cors_registry_settle();
}

int cors_registry_has_policies(const server_rec *s)
{
    return apr_hash_get(registry->policies, &s, sizeof(s)) != NULL;
}
