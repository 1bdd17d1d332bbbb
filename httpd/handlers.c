/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handlers.c: where does SetHandler stand?
 */
#include "httpd/handlers.h"

#include "ap_expr.h"
#include "http_core.h"
#include "http_protocol.h"
#include "http_request.h"

APLOG_USE_MODULE(cors);

/* What SetHandler has left: an expression, even of a plain name; in some
 * versions of 2.4 the name itself. core hands the pointer on through all
 * merging, so it tells where the line stands. */
static const void *setter(const core_dir_config *core)
{
    return core->expr_handler ? (const void *)core->expr_handler
                              : core->handler;
}

static int has_setter(const ap_conf_vector_t *section, const void *handler);

static int any_has_setter(const apr_array_header_t *sections,
                          const void *handler)
{
    int i;

    for (i = 0; sections && i < sections->nelts; i++) {
        if (has_setter(APR_ARRAY_IDX(sections, i, ap_conf_vector_t *),
                       handler)) {
            return 1;
        }
    }
    return 0;
}

/* Whether the line stands in a section, or in one inside it. */
static int has_setter(const ap_conf_vector_t *section, const void *handler)
{
    const core_dir_config *core = ap_get_core_module_config(section);

    return core && (setter(core) == handler
                    || any_has_setter(core->sec_file, handler)
                    || any_has_setter(core->sec_if, handler));
}

static int is_from_htaccess(const request_rec *r, const void *handler)
{
    const struct htaccess_result *h;

    for (h = r->htaccess; h; h = h->next) {
        if (h->htaccess && has_setter(h->htaccess, handler)) {
            return 1;
        }
    }
    return 0;
}

/* Whether it was SetHandler that named the handler of this request: AddHandler
 * and the like do so without it. */
static int is_set(request_rec *r, const core_dir_config *core)
{
    const char *error = NULL, *name = core->handler;

    if (core->expr_handler) {
        name = ap_expr_str_exec(r, core->expr_handler, &error);
    }
    return name && !error && !strcasecmp(name, r->handler);
}

int cors_handler_check(request_rec *r, const char *name)
{
    const core_dir_config *core;

    if (!r->handler || strcmp(r->handler, name)) {
        return DECLINED;
    }
    core = ap_get_core_module_config(r->per_dir_config);
    if (!is_set(r, core) || is_from_htaccess(r, setter(core))) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                      "CORS: %s answers only where SetHandler %s stands in the "
                      "server's own configuration", name, name);
        return HTTP_NOT_FOUND;
    }
    if (r->method_number != M_GET) {
        ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, -1);
        return HTTP_METHOD_NOT_ALLOWED;
    }
    return OK;
}
