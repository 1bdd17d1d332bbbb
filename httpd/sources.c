/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sources.c: from provider:argument to somebody who can be asked.
 */
#include "httpd/sources.h"

#include "apr_atomic.h"
#include "apr_general.h"
#include "apr_strings.h"

#include "httpd/lookup.h"
#include "httpd/observe.h"
#include "httpd/registry.h"
#include "httpd/source_dbd.h"
#include "httpd/source_dbm.h"
#include "httpd/source_file.h"

APLOG_USE_MODULE(cors);

/* Random bytes in the host of the made-up origin. */
#define MADE_UP 10

/* A provider's source. */
typedef struct provided_t {
    const cors_source_provider_t *provider;
    void *source;
    const char *made_up;                /* an origin that nobody has */
    volatile apr_uint32_t looked;       /* the minute in which the source did
                                           not allow that; 0: not yet */
} provided_t;

/* Nobody can list what was made up just now. */
static const char *make_up(apr_pool_t *pool)
{
    unsigned char bytes[MADE_UP];
    char hex[2 * MADE_UP + 1];

    if (apr_generate_random_bytes(bytes, MADE_UP) != APR_SUCCESS) {
        return NULL;
    }
    ap_bin2hex(bytes, MADE_UP, hex);
    return apr_pstrcat(pool, "https://", hex, ".invalid", NULL);
}

/* A source that allows whoever comes is a *, which never comes from a source:
 * most likely it answers another question, as SELECT COUNT(*) does, whose one
 * row is always there. Once a minute one thread looks, and all do until one has
 * looked. A source that does not answer has not said yes. */
static int allows_all(provided_t *p, request_rec *r)
{
    const apr_uint32_t minute = (apr_uint32_t)(apr_time_sec(r->request_time)
                                               / 60);
    const apr_uint32_t last = apr_atomic_read32(&p->looked);
    int allowed = 0;

    if (!p->made_up || last == minute
        || (last && apr_atomic_cas32(&p->looked, minute, last) != last)) {
        return 0;
    }
    if (p->provider->ask(p->source, r, p->made_up, &allowed) != APR_SUCCESS) {
        allowed = 0;
    }
    apr_atomic_set32(&p->looked, allowed ? 0 : minute);
    return allowed;
}

static cors_source_answer_e fail(const cors_source_t *source, request_rec *r,
                                 apr_status_t status, const char *why)
{
    cors_source_failed(source, r, why ? APR_SUCCESS : status, why);
    return CORS_SOURCE_FAILED;
}

static cors_source_answer_e ask_provider(const cors_source_t *source,
                                         cors_subject_t *subject,
                                         const cors_where_t **where)
{
    provided_t *p = source->data;
    request_rec *r = subject->request;
    apr_status_t status;
    int allowed = 0;

    (void)where;
    if (!r) {
        return CORS_SOURCE_FAILED;
    }
    /* What another has left there is none of its reasons. */
    apr_table_unset(r->notes, CORS_SOURCE_NOTE);
    status = p->provider->ask(p->source, r, subject->text, &allowed);
    if (status != APR_SUCCESS) {
        return fail(source, r, status,
                    apr_table_get(r->notes, CORS_SOURCE_NOTE));
    }
    if (allowed != 0 && allowed != 1) {
        return fail(source, r, APR_SUCCESS, "its provider said neither yes nor "
                    "no: allowed must be 1 or 0");
    }
    if (allowed && allows_all(p, r)) {
        return fail(source, r, APR_SUCCESS, "it allows every origin, a made-up "
                    "one too: let it find nothing for who is not listed "
                    "(COUNT and EXISTS always find a row)");
    }
    return allowed ? CORS_SOURCE_YES : CORS_SOURCE_NO;
}

void cors_sources_register(apr_pool_t *p)
{
    ap_register_provider(p, CORS_SOURCE_GROUP, "dbm", CORS_SOURCE_VERSION,
                         &cors_source_dbm);
    ap_register_provider(p, CORS_SOURCE_GROUP, "dbd", CORS_SOURCE_VERSION,
                         &cors_source_dbd);
}

/* What the providers' arguments are called. */
static const char *argument_of(const char *provider)
{
    return !strcmp(provider, "dbm") ? ":PATH"
           : !strcmp(provider, "dbd") ? ":QUERY"
                                      : ":ARGUMENT";
}

static int by_name(const void *one, const void *two)
{
    return strcmp(((const ap_list_provider_names_t *)one)->provider_name,
                  ((const ap_list_provider_names_t *)two)->provider_name);
}

/* All providers, as "file:PATH, dbd:QUERY or dbm:PATH". */
static const char *known_providers(apr_pool_t *pool)
{
    apr_array_header_t *names = ap_list_provider_names(
        pool, CORS_SOURCE_GROUP, CORS_SOURCE_VERSION);
    const char *text = "file:PATH";
    int i;

    qsort(names->elts, (size_t)names->nelts, (size_t)names->elt_size, by_name);
    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, ap_list_provider_names_t)
                               .provider_name;

        text = apr_pstrcat(pool, text, i == names->nelts - 1 ? " or " : ", ",
                           name, argument_of(name), NULL);
    }
    return text;
}

/* The version of the interface that a provider of this name was written for,
 * where that is another one. */
static const char *other_version(apr_pool_t *pool, const char *name)
{
    const apr_array_header_t *all = ap_list_provider_groups(pool);
    int i;

    for (i = 0; i < all->nelts; i++) {
        const ap_list_provider_groups_t *g = &APR_ARRAY_IDX(
            all, i, ap_list_provider_groups_t);

        if (!strcmp(g->provider_group, CORS_SOURCE_GROUP)
            && ap_lookup_provider(CORS_SOURCE_GROUP, name,
                                  g->provider_version)) {
            return g->provider_version;
        }
    }
    return NULL;
}

/* There is no provider of this name that can be used: what to do. */
static const char *no_provider(apr_pool_t *pool, const char *name,
                               const cors_source_provider_t *found)
{
    const char *version;

    if (found) {
        return "its provider lacks make or ask: whoever wrote that module must "
               "give it both";
    }
    version = other_version(pool, name);
    return version ? apr_psprintf(pool, "its provider is for version %s of "
                                  "mod_cors.h, and this is version "
                                  CORS_SOURCE_VERSION ": compile that module "
                                  "with the mod_cors.h of this one", version)
                   : apr_pstrcat(pool, "write ", known_providers(pool), NULL);
}

static int fill_file(cors_source_t *source, cors_line_t *line,
                     const char *argument)
{
    char *path = ap_server_root_relative(line->pool, argument);

    if (!path) {
        cors_finding_add(line->findings, CORS_F_SOURCE_UNKNOWN, line->where,
                         source->text, "write file:PATH");
        return 0;
    }
    source->in_memory = 1;
    source->ask = cors_file_ask;
    source->data = cors_file_make(path, &line->settings->tolerate, line->pool);
    return source->data != NULL;
}

static int fill_provided(cors_source_t *source, cors_line_t *line,
                         const char *name, const char *argument)
{
    provided_t *p = apr_pcalloc(line->pool, sizeof(*p));
    const char *error;

    p->provider = ap_lookup_provider(CORS_SOURCE_GROUP, name,
                                     CORS_SOURCE_VERSION);
    if (!p->provider || !p->provider->make || !p->provider->ask) {
        cors_finding_add(line->findings, CORS_F_SOURCE_UNKNOWN, line->where,
                         source->text, "%s",
                         no_provider(line->pool, name, p->provider));
        return 0;
    }
    error = p->provider->make(line->cmd, argument, &p->source);
    if (error) {
        cors_finding_add(line->findings, CORS_F_SOURCE_UNKNOWN, line->where,
                         source->text, "%s", error);
        return 0;
    }
    p->made_up = make_up(line->pool);
    source->ask = ask_provider;
    source->data = p;
    return 1;
}

const cors_source_t *cors_source_make(cors_line_t *line, const char *word)
{
    cors_source_t *source = apr_pcalloc(line->pool, sizeof(*source));
    const char *colon = strchr(word, ':');
    const char *name;

    source->text = word;
    source->where = *line->where;
    if (!colon || !colon[1]) {
        cors_finding_add(line->findings, CORS_F_SOURCE_UNKNOWN, line->where,
                         word, "write %s", known_providers(line->pool));
        return NULL;
    }
    name = apr_pstrmemdup(line->pool, word, (apr_size_t)(colon - word));
    if (!strcmp(name, "file")) {
        return fill_file(source, line, colon + 1) ? source : NULL;
    }
    return fill_provided(source, line, name, colon + 1) ? source : NULL;
}

static void check_source(const cors_source_t *source,
                         const cors_where_t *credentials,
                         cors_findings_t *findings)
{
    const provided_t *p = source->data;
    const char *error;

    if (source->ask == cors_file_ask) {
        cors_file_check(source->data, credentials, &source->where, findings);
        return;
    }
    error = p->provider->check ? p->provider->check(p->source, findings->pool)
                               : NULL;
    if (error) {
        cors_finding_add(findings, CORS_F_SOURCE, &source->where,
                         source->text, "%s", error);
        cors_finding_may_change(findings);
    }
}

void cors_sources_check(const cors_rules_t *rules, cors_findings_t *findings)
{
    int i, n;

    for (n = 0; n < rules->n; n++) {
        cors_policy_t p;

        cors_rules_policy(rules, n, &p);
        for (i = 0; p.origins && p.origins->sources
             && i < p.origins->sources->nelts; i++) {
            check_source(APR_ARRAY_IDX(p.origins->sources, i,
                                       const cors_source_t *),
                         p.credentials ? &p.credentials->where : NULL,
                         findings);
        }
    }
}

void cors_source_failed(const cors_source_t *source, request_rec *r,
                        apr_status_t error, const char *why)
{
    /* What explain only tries out has not happened. */
    if (cors_lookup_of(r)
        || !cors_observe_is_due(&source->where, NULL, r->request_time)) {
        return;
    }
    ap_log_rerror(APLOG_MARK, APLOG_ERR, error, r,
                  "%s: CORSAllowOriginFrom %s does not answer, and holds "
                  "nobody until it does%s%s",
                  cors_place(r->pool, &source->where), source->text,
                  why ? ": " : "", why ? why : "");
}
