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

static int mentions_handler(const ap_directive_t *d)
{
    for (; d; d = d->next) {
        if ((d->args && may_name_ours(d)) || mentions_handler(d->first_child)) {
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

    need->handlers = htaccess || mentions_handler(ap_conftree);
    need->reports = htaccess || has_report();
    /* explain tries what a policy would do where there is none yet. */
    need->requests = need->handlers || cors_registry_is_used();
}
