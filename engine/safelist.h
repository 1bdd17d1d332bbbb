/* SPDX-License-Identifier: Apache-2.0 */
/*
 * safelist.h: which request headers of a script need a preflight, which a
 * browser leaves out, and which response headers every script may read.
 *
 * Pure and thread-safe.
 */
#ifndef CORS_SAFELIST_H
#define CORS_SAFELIST_H

#include "apr.h"

/* One header as a script sets it. */
typedef struct cors_fetch_header_t {
    const char *name;  /* a token, in the script's own case */
    const char *value; /* NULL: not known */
} cors_fetch_header_t;

/* What a browser makes of it. */
typedef enum {
    CORS_HEADER_SAFELISTED, /* needs no preflight */
    CORS_HEADER_UNSAFE,     /* must be allowed by a preflight */
    CORS_HEADER_FORBIDDEN   /* the browser sets it, never the script */
} cors_header_e;

/**
 * Fetch, "CORS-safelisted request-header" and "forbidden request-header".
 * A value that is not known counts as a harmless one, but for Content-Type:
 * who names that sends JSON.
 */
cors_header_e cors_fetch_header(const cors_fetch_header_t *header);

/** Whether the name alone may be safelisted, depending on the value. */
int cors_is_safelisted_request_name(const char *name);

/** Fetch, "normalize a method": GET for get, but patch for patch.
 *  @return A constant, or the method itself. */
const char *cors_normalize_method(const char *method);

/** Fetch, "CORS-safelisted response-header name", those that need no
 *  Access-Control-Expose-Headers: comma separated. */
extern const char cors_safelisted_response[];

#endif /* CORS_SAFELIST_H */
