/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_access.c: who may see the page. It shows other people's files and
 * lines; a Require inherited from <Directory> was not written for it.
 */
#include "httpd/explain.h"

#include "apr_strings.h"
#include "http_core.h"
#include "http_request.h"
#include "util_cfgtree.h"

#include "httpd/registry.h"

APLOG_USE_MODULE(cors);

static int is_require(const ap_directive_t *d)
{
    return !strcasecmp(d->directive, "Require")
           || !strncasecmp(d->directive, "<Require", 8);
}

/* Whether a Require stands in the container, or in one around it. */
static int is_guarded(const ap_directive_t *container)
{
    const ap_directive_t *d;

    for (; container; container = container->parent) {
        for (d = container->first_child; d; d = d->next) {
            if (is_require(d)) {
                return 1;
            }
        }
    }
    return 0;
}

static int is_ours(const ap_directive_t *d, apr_pool_t *pool)
{
    const char *args = d->args;

    return !strcasecmp(d->directive, "SetHandler")
           && !strcmp(ap_getword_conf(pool, &args), "cors-explain");
}

/* Counts the SetHandler lines that apply to a server: its own, and those
 * outside of every virtual host. Returns the first without a Require. */
static const ap_directive_t *find_open(const ap_directive_t *d,
                                       const server_rec *s, apr_pool_t *pool,
                                       int *count)
{
    const ap_directive_t *found;

    for (; d; d = d->next) {
        if (!strcasecmp(d->directive, "<VirtualHost")
            && !(s->is_virtual && s->defn_name
                 && s->defn_line_number == (unsigned)d->line_num
                 && !strcmp(s->defn_name, d->filename))) {
            continue;
        }
        if (is_ours(d, pool)) {
            (*count)++;
            if (!is_guarded(d->parent)) {
                return d;
            }
        }
        if (d->first_child
            && (found = find_open(d->first_child, s, pool, count)) != NULL) {
            return found;
        }
    }
    return NULL;
}

/* What came through a proxy is not from here, whatever address it has. */
static int is_local(const request_rec *r)
{
    static const char *const forwarded[] = {"Forwarded", "X-Forwarded-For",
                                            "Via"};
    apr_ipsubnet_t *loopback;
    apr_size_t i;

    for (i = 0; i < sizeof(forwarded) / sizeof(forwarded[0]); i++) {
        if (apr_table_get(r->headers_in, forwarded[i])) {
            return 0;
        }
    }
    if (apr_sockaddr_equal(r->connection->local_addr, r->useragent_addr)) {
        return 1;
    }
    return (apr_ipsubnet_create(&loopback, "127.0.0.0", "8", r->pool)
                == APR_SUCCESS
            && apr_ipsubnet_test(loopback, r->useragent_addr))
           || (apr_ipsubnet_create(&loopback, "::1", NULL, r->pool)
                   == APR_SUCCESS
               && apr_ipsubnet_test(loopback, r->useragent_addr));
}

int cors_explain_access(request_rec *r)
{
    int count = 0;
    const ap_directive_t *open = find_open(ap_conftree, r->server, r->pool,
                                           &count);

    if ((count && !open) || is_local(r)) {
        return OK;
    }
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                  "CORS: cors-explain answers only this host itself, because "
                  "no Require stands beside SetHandler cors-explain%s%s; to "
                  "let others in, write there whom: Require ip 192.0.2.0/24, "
                  "or Require valid-user",
                  open ? " at " : "",
                  open ? apr_psprintf(r->pool, "%s:%d", open->filename,
                                      open->line_num) : "");
    return HTTP_FORBIDDEN;
}
