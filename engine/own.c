/* SPDX-License-Identifier: Apache-2.0 */
/*
 * own.c: compare Origin with the request's own scheme, host and port.
 */
#include "own.h"

#include <string.h>

#include "apr_lib.h"

#include "origin.h"

/* The port at the end of a Host header, or 0. Shortens *len to the host. */
static int split_port(const char *host, apr_size_t *len)
{
    apr_size_t i = *len;
    int port = 0, unit = 1;

    while (i && apr_isdigit(host[i - 1]) && unit <= 10000) {
        port += (host[--i] - '0') * unit;
        unit *= 10;
    }
    if (!i || host[i - 1] != ':' || i == *len) {
        return 0;
    }
    *len = i - 1;
    return port;
}

/* Each side's default port counts as none. Behind a TLS terminator the client
 * speaks https, so 443 is the default on Host's side too. */
static int host_port(const cors_own_facts_t *facts, int port, int terminated)
{
    int own = strcmp(facts->scheme, "https") ? 80 : 443;

    return port == own || (terminated && port == 443) ? 0 : port;
}

int cors_is_own(const cors_own_facts_t *facts)
{
    cors_origin_t o;
    apr_size_t len;
    const char *scheme;
    int port, terminated;

    if (facts->sec_fetch_site) {
        return !strcmp(facts->sec_fetch_site, "same-origin")
               || !strcmp(facts->sec_fetch_site, "none");
    }
    if (!facts->host
        || cors_origin_parse(&o, facts->origin, facts->origin_len)
               != CORS_ORIGIN_OK
        || (o.scheme != CORS_SCHEME_HTTP && o.scheme != CORS_SCHEME_HTTPS)) {
        return 0;
    }
    scheme = o.scheme == CORS_SCHEME_HTTPS ? "https" : "http";
    terminated = o.scheme == CORS_SCHEME_HTTPS && !facts->is_secure;
    if (!terminated && strcmp(scheme, facts->scheme)) {
        return 0;
    }
    len = strlen(facts->host);
    port = split_port(facts->host, &len);
    return len == o.host_len
           && !strncasecmp(facts->host, o.text + o.host, len)
           && host_port(facts, port, terminated) == o.port;
}
