/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_url.c: the URL that is asked for: is it this virtual host's, and what
 * stands in the request line?
 */
#include "httpd/explain_query.h"

#include "ap_listen.h"
#include "apr_lib.h"
#include "apr_strings.h"
#include "apr_uri.h"
#include "http_core.h"
#include "http_main.h"
#include "http_protocol.h"
#include "http_vhost.h"

#include "engine/escape.h"
#include "engine/origin.h"
#include "engine/url_path.h"

#define URL_MAX 4096

/* The sentence that tells what is wrong. */
#define wrong(r, ...) apr_psprintf((r)->pool, __VA_ARGS__)

static const char *quoted(request_rec *r, const char *text)
{
    return cors_escape(r->pool, text, strlen(text));
}

/* "scheme://host[:port]", as a browser serialises it; NULL: it is none. */
static const char *serialise(request_rec *r, const char *scheme,
                             const char *host)
{
    char *text = apr_pstrcat(r->pool, scheme, "://", host, NULL), *port;
    const char *standard = strcasecmp(scheme, "https") ? ":80" : ":443";
    cors_origin_t o;

    ap_str_tolower(text);
    port = strrchr(text, ':');
    if (port && !strcmp(port, standard)) {
        *port = '\0';
    }
    return cors_origin_parse(&o, text, strlen(text)) == CORS_ORIGIN_OK ? text
                                                                       : NULL;
}

/* How well a virtual host fits a port: 2 by itself, 1 as one for all, 0. */
static int serves(const server_rec *s, apr_port_t port)
{
    const server_addr_rec *a;
    int found = 0;

    for (a = s->is_virtual ? s->addrs : NULL; a; a = a->next) {
        found = a->host_port == port ? 2 : !a->host_port && !found ? 1 : found;
    }
    return found;
}

/* Whether httpd hands requests of that port to others than this one. Where it
 * does not listen there itself, something in front of it does. */
static int is_others(const request_rec *r, apr_port_t port)
{
    const int mine = serves(r->server, port);
    const ap_listen_rec *l = ap_listeners;
    const server_rec *s;

    while (l && l->bind_addr->port != port) {
        l = l->next;
    }
    for (s = l && port != r->connection->local_addr->port ? ap_server_conf
                                                          : NULL;
         s; s = s->next) {
        if (s != r->server && serves(s, port) > mine) {
            return 1;
        }
    }
    return 0;
}

/* The URL's own host and scheme: those of an absolute one, else the request's.
 * Only this virtual host's sections are known to hold for it. */
static const char *read_authority(cors_ask_t *ask, request_rec *r,
                                  const char **path)
{
    const char *scheme = ap_http_scheme(r), *host = NULL;

    if (ap_cstr_casecmpn(*path, "http://", 7)
        && ap_cstr_casecmpn(*path, "https://", 8)) {
        host = apr_table_get(r->headers_in, "Host");
        if (!host) {
            host = r->server->server_hostname;
        }
    }
    else {
        apr_uri_t uri;

        if (apr_uri_parse(r->pool, *path, &uri) != APR_SUCCESS
            || !uri.hostname || !*uri.hostname || uri.user) {
            return wrong(r, "url is %s, which is no URL: write its path, such "
                         "as /api/items", quoted(r, *path));
        }
        if ((!ap_matches_request_vhost(r, uri.hostname, r->server->port)
             && strcasecmp(uri.hostname, r->hostname ? r->hostname : ""))
            || is_others(r, uri.port ? uri.port
                                     : apr_uri_port_of_scheme(uri.scheme))) {
            return wrong(r, "%s is not this virtual host: ask the explain page "
                         "of that one, or write the path alone",
                         quoted(r, uri.hostinfo));
        }
        scheme = uri.scheme;
        host = uri.hostinfo;
        *path += strlen(uri.scheme) + 3;
        *path += strcspn(*path, "/?#");
    }
    ask->host = host;
    ask->fetch.url_origin = serialise(r, scheme, host);
    return ask->fetch.url_origin
               ? NULL : wrong(r, "%s is no host of a URL", quoted(r, host));
}

const char *cors_ask_url(cors_ask_t *ask, request_rec *r)
{
    const char *path = ask->url, *c, *error;

    if (!*path) {
        return "url is missing: write the path of the request, such as "
               "/api/items";
    }
    if (strlen(path) > URL_MAX) {
        return wrong(r, "url is longer than %d bytes", URL_MAX);
    }
    for (c = path; *c; c++) {
        if (apr_iscntrl(*c)) {
            return wrong(r, "url is %s: control bytes stand in no URL",
                         quoted(r, path));
        }
    }
    if ((error = read_authority(ask, r, &path)) != NULL) {
        return error;
    }
    if (path == ask->url && *path != '/') {
        return wrong(r, "url is %s: write a path of this server that begins "
                     "with /", quoted(r, path));
    }
    ask->target = cors_url_target(r->pool, path);
    return NULL;
}
