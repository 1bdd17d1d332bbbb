/* SPDX-License-Identifier: Apache-2.0 */
/*
 * need.c: asked of the registry, of AllowOverride, and of what the lines of the
 * configuration mention.
 */
#include "httpd/need.h"

#include <string.h>

#include "apr_strings.h"
#include "http_core.h"
#include "util_cfgtree.h"

#include "httpd/registry.h"

/* Whether .htaccess files may hold directives of ours there. */
static int allows_ours(const ap_conf_vector_t *section)
{
    const core_dir_config *core = ap_get_core_module_config(section);

    return (core->override & OR_FILEINFO)
           || (core->override_list && !apr_is_empty_table(core->override_list));
}

static int reads_htaccess(const server_rec *s)
{
    const core_server_config *core =
        ap_get_core_module_config(s->module_config);
    int i;

    if (allows_ours(s->lookup_defaults)) {
        return 1;
    }
    for (i = 0; i < core->sec_dir->nelts; i++) {
        if (allows_ours(APR_ARRAY_IDX(core->sec_dir, i,
                                      const ap_conf_vector_t *))) {
            return 1;
        }
    }
    return 0;
}

/* SetHandler and whatever else can name a handler of ours: AddHandler, a
 * RewriteRule with [H=cors-explain], an expression. What an expression is made
 * of is known only with a request. */
static int may_name_ours(const ap_directive_t *d)
{
    return ap_strcasestr(d->args, "cors-explain")
           || ap_strcasestr(d->args, "cors-metrics")
           || (!strcasecmp(d->directive, "SetHandler")
               && strpbrk(d->args, "%$"));
}

/* A log format, an expression, env=…: all name the variable, in whatever case;
 * an expression may put its name together. */
static int may_read_variable(const ap_directive_t *d)
{
    return ap_strcasestr(d->args, "cors_") || ap_strcasestr(d->args, "env(");
}

/* Whether a line is like that, of a tree. */
static int has_line(const ap_directive_t *d,
                    int (*is_like)(const ap_directive_t *d))
{
    for (; d; d = d->next) {
        if ((d->args && is_like(d)) || has_line(d->first_child, is_like)) {
            return 1;
        }
    }
    return 0;
}

/* Modules that read a variable only where a line names it, and hand on none:
 * what a server of files or a reverse proxy has. Of any other we must suppose
 * that it hands on all of them, as CGI, SSI and FastCGI do. */
static const char *const readers_by_name[] = {
    "core.c", "event.c", "http_core.c", "mod_access_compat.c", "mod_alias.c",
    "mod_allowmethods.c", "mod_auth_basic.c", "mod_auth_digest.c",
    "mod_authn_core.c", "mod_authn_file.c", "mod_authz_core.c",
    "mod_authz_groupfile.c", "mod_authz_host.c", "mod_authz_user.c",
    "mod_autoindex.c", "mod_brotli.c", "mod_cache.c", "mod_cache_disk.c",
    "mod_cors.c", "mod_deflate.c", "mod_dir.c", "mod_env.c", "mod_expires.c",
    "mod_filter.c", "mod_headers.c", "mod_http2.c", "mod_log_config.c",
    "mod_logio.c", "mod_macro.c", "mod_mime.c", "mod_negotiation.c",
    "mod_proxy.c", "mod_proxy_balancer.c", "mod_proxy_http.c",
    "mod_ratelimit.c", "mod_remoteip.c", "mod_reqtimeout.c", "mod_rewrite.c",
    "mod_setenvif.c", "mod_slotmem_shm.c", "mod_so.c", "mod_socache_shmcb.c",
    "mod_ssl.c", "mod_status.c", "mod_unique_id.c", "mod_unixd.c",
    "mod_version.c", "mod_vhost_alias.c", "mod_watchdog.c", "prefork.c",
    "worker.c", NULL
};

static int reads_by_name(const module *m)
{
    const char *const *name;

    for (name = readers_by_name; *name; name++) {
        if (!strcmp(m->name, *name)) {
            return 1;
        }
    }
    return 0;
}

static int hands_on_variables(void)
{
    const module *m;

    for (m = ap_top_module; m; m = m->next) {
        if (!reads_by_name(m)) {
            return 1;
        }
    }
    return 0;
}

static int has_report(void)
{
    const apr_array_header_t *sections = cors_registry_sections();
    int i;

    for (i = 0; i < sections->nelts; i++) {
        const cors_value_t *engine =
            APR_ARRAY_IDX(sections, i, cors_section_t).settings->engine;

        if (engine && engine->value == CORS_ENGINE_REPORT) {
            return 1;
        }
    }
    return 0;
}

int cors_need_htaccess(const server_rec *servers)
{
    const server_rec *s;

    for (s = servers; s; s = s->next) {
        if (reads_htaccess(s)) {
            return 1;
        }
    }
    return 0;
}

void cors_need(cors_need_t *need, const server_rec *servers)
{
    const int htaccess = cors_need_htaccess(servers);

    need->handlers = htaccess || has_line(ap_conftree, may_name_ours);
    need->reports = htaccess || has_report();
    /* explain tries what a policy would do where there is none yet. */
    need->requests = need->handlers || cors_registry_is_used();
    need->variables = htaccess || hands_on_variables()
                      || has_line(ap_conftree, may_read_variable);
}
