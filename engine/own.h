/* SPDX-License-Identifier: Apache-2.0 */
/*
 * own.h: does a request come from the server's own origin?
 */
#ifndef CORS_OWN_H
#define CORS_OWN_H

#include "apr.h"

/* What the request and the connection say. */
typedef struct cors_own_facts_t {
    const char *origin;             /* Origin as sent */
    apr_size_t origin_len;
    const char *sec_fetch_site;     /* Sec-Fetch-Site, or NULL */
    const char *host;               /* Host, or NULL */
    const char *scheme;             /* httpd's idea of its own: "http"/"https",
                                       ServerName's scheme included */
    int is_secure;                  /* the connection itself is TLS */
} cors_own_facts_t;

/**
 * Sec-Fetch-Site, where present, decides alone (Fetch Metadata: scripts cannot
 * set it). Where absent, Origin is compared with Host and scheme. X-Forwarded-*
 * is never read: anybody can send it.
 * @return 1: the server's own; 0: another's, null, or not to be told.
 */
int cors_is_own(const cors_own_facts_t *facts);

#endif /* CORS_OWN_H */
