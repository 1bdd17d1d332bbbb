/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pattern.c: take the wildcards out of an entry; what remains must be an
 * origin, so one grammar (origin.c) serves both.
 */
#include "pattern.h"

#include <string.h>

#include "apr_lib.h"
#include "apr_strings.h"

/* The colon before a port, behind the host's own (IPv6), or NULL. */
static const char *find_port(const char *host)
{
    const char *close = (*host == '[') ? strchr(host, ']') : NULL;

    return strchr(close ? close : host, ':');
}

static int read_port(const char **at)
{
    const char *p = *at;
    int port = 0;

    if (*p == '0' || !apr_isdigit(*p)) {
        return -1;
    }
    while (apr_isdigit(*p) && port <= 65535) {
        port = port * 10 + (*p++ - '0');
    }
    *at = p;
    return port <= 65535 ? port : -1;
}

/* ":*" or ":low-high". Returns 1 where it is one, 0 where it is something
 * else, -1 where it was meant to be a range and is none. */
static int read_ports(cors_pattern_t *p, const char *port)
{
    const char *at = port + 1;

    if (!strcmp(at, "*")) {
        p->port_low = 0;
        p->port_high = 65535;
        return 1;
    }
    if (!apr_isdigit(*at) || !strchr(at, '-') || strpbrk(at, "@/?#")) {
        return 0;
    }
    p->port_low = read_port(&at);
    if (p->port_low < 0 || *at++ != '-') {
        return -1;
    }
    p->port_high = read_port(&at);
    return (*at || p->port_high < p->port_low) ? -1 : 1;
}

static cors_pattern_fault_e wrong_origin(cors_pattern_t *p,
                                         cors_origin_fault_e fault)
{
    p->origin_fault = fault;
    return CORS_PATTERN_ORIGIN;
}

/* "scheme://" "*": every host of an application scheme, no port. */
static cors_pattern_fault_e all_hosts(cors_pattern_t *p, const char *host,
                                      apr_pool_t *pool)
{
    apr_size_t prefix = (apr_size_t)(host - p->text);
    const char *probe = apr_pstrcat(pool, apr_pstrndup(pool, p->text, prefix),
                                    "x", NULL);
    cors_origin_fault_e fault = cors_origin_parse(&p->origin, probe,
                                                  prefix + 1);

    if (fault != CORS_ORIGIN_OK) {
        return wrong_origin(p, fault);
    }
    if (p->origin.scheme != CORS_SCHEME_APP) {
        return CORS_PATTERN_WILDCARD;
    }
    p->kind = CORS_PATTERN_SCHEME;
    p->key = p->text;
    p->key_len = p->origin.scheme_len;
    return CORS_PATTERN_OK;
}

/* The entry without its wildcards, as an origin; then what to look up. */
static cors_pattern_fault_e concrete(cors_pattern_t *p, const char *host,
                                     const char *port, int subdomains,
                                     int ports, apr_pool_t *pool)
{
    apr_size_t prefix = (apr_size_t)(host - p->text);
    const char *rest = subdomains ? host + 2 : host;
    const char *stop = ports ? port : host + strlen(host);
    const char *bare = p->text;
    cors_origin_fault_e fault;

    /* An exact entry is its own key: of a million none is copied again. */
    if (subdomains || ports) {
        bare = apr_psprintf(pool, "%.*s%.*s", (int)prefix, p->text,
                            (int)(stop - rest), rest);
    }
    if (strchr(bare, '*')) {
        return CORS_PATTERN_WILDCARD;
    }
    fault = cors_origin_parse(&p->origin, bare, strlen(bare));
    if (fault != CORS_ORIGIN_OK) {
        return wrong_origin(p, fault);
    }
    if (!subdomains) {
        p->kind = ports ? CORS_PATTERN_PORTS : CORS_PATTERN_EXACT;
        p->key = bare;
        p->key_len = p->origin.len;
        return CORS_PATTERN_OK;
    }
    if (p->origin.host_kind != CORS_HOST_NAME) {
        return CORS_PATTERN_WILDCARD;
    }
    p->kind = ports ? CORS_PATTERN_SUBDOMAINS_PORTS : CORS_PATTERN_SUBDOMAINS;
    p->key = bare + p->origin.host;
    p->key_len = ports ? p->origin.host_len : p->origin.len - p->origin.host;
    return CORS_PATTERN_OK;
}

cors_pattern_fault_e cors_pattern_parse(cors_pattern_t *p, const char *text,
                                        apr_pool_t *pool)
{
    const char *host, *port;
    int ports = 0;

    memset(p, 0, sizeof(*p));
    p->text = text = apr_pstrdup(pool, text);
    if (!strcmp(text, "*")) {
        p->kind = CORS_PATTERN_ANY;
        return CORS_PATTERN_OK;
    }
    if (!strcmp(text, "null")) {
        p->kind = CORS_PATTERN_NULL;
        p->origin.scheme = CORS_SCHEME_NULL;
        return CORS_PATTERN_OK;
    }
    if (!strncasecmp(text, "file:", 5)) {
        return CORS_PATTERN_FILE;
    }
    host = strstr(text, "://");
    if (!host || memchr(text, '*', (size_t)(host - text))) {
        return strchr(text, '*') ? CORS_PATTERN_WILDCARD
                                 : wrong_origin(p, CORS_ORIGIN_SCHEME);
    }
    host += 3;
    port = find_port(host);
    if (port && (ports = read_ports(p, port)) < 0) {
        return CORS_PATTERN_RANGE;
    }
    if (!strcmp(host, "*")) {
        return all_hosts(p, host, pool);
    }
    return concrete(p, host, port, !strncmp(host, "*.", 2), ports, pool);
}
