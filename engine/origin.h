/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin.h: one serialised origin, as browsers write it into Origin.
 *
 * Fetch, "Origin header" (serialized-origin) and HTML, "ASCII serialisation
 * of an origin": scheme "://" host [":" port], or "null". On purpose wider
 * than Fetch's grammar: "_" in a host, since the URL Standard lets it through.
 */
#ifndef CORS_ORIGIN_H
#define CORS_ORIGIN_H

#include "apr.h"

/* An origin longer than this is none. */
#define CORS_ORIGIN_MAX 320
/* RFC 1035: a host name's longest form, its dots included. Of http and https
 * only: what an application calls a host is opaque. */
#define CORS_HOST_MAX 253

typedef enum {
    CORS_SCHEME_NULL,       /* "null", or a sent "file://" */
    CORS_SCHEME_HTTP,
    CORS_SCHEME_HTTPS,
    CORS_SCHEME_APP         /* any other: the host is opaque */
} cors_scheme_e;

typedef enum {
    CORS_HOST_NAME,
    CORS_HOST_IPV4,
    CORS_HOST_IPV6,         /* brackets included in the host's text */
    CORS_HOST_OPAQUE
} cors_host_e;

/* Why a text is no origin; CORS_ORIGIN_OK: it is one. */
typedef enum {
    CORS_ORIGIN_OK = 0,
    CORS_ORIGIN_EMPTY,
    CORS_ORIGIN_LONG,
    CORS_ORIGIN_SCHEME,         /* no scheme, or none that a URL can have */
    CORS_ORIGIN_UPPER,          /* upper case in a scheme or an http(s) host */
    CORS_ORIGIN_HOST,           /* empty host or label, or a stray byte */
    CORS_ORIGIN_NON_ASCII,
    CORS_ORIGIN_ADDRESS,        /* an IP literal that is not canonical */
    CORS_ORIGIN_BAD_PORT,
    CORS_ORIGIN_DEFAULT,        /* the scheme's default port, written out */
    CORS_ORIGIN_USER,
    CORS_ORIGIN_PATH            /* path, query, fragment, trailing slash */
} cors_origin_fault_e;

/* Lengths and offsets are bytes of text, which is the caller's, not copied. */
typedef struct cors_origin_t {
    const char *text;
    apr_size_t len;
    cors_scheme_e scheme;
    apr_size_t scheme_len;      /* without "://" */
    apr_size_t host;            /* offset */
    apr_size_t host_len;
    cors_host_e host_kind;
    int trailing_dot;           /* the host ends in one */
    int port;                   /* as written; 0: none written */
} cors_origin_t;

/**
 * Read a serialised origin. Allocates nothing; thread-safe.
 * @param o Filled in where the answer is CORS_ORIGIN_OK, else undefined.
 * @param text Need not end in NUL.
 * @param len Its length in bytes.
 * @return CORS_ORIGIN_OK, or the first fault from the left.
 */
cors_origin_fault_e cors_origin_parse(cors_origin_t *o, const char *text,
                                      apr_size_t len);

/** The port that a connection would use: as written, else the scheme's
 *  default (80, 443), else 0 for an application scheme. */
int cors_origin_port(const cors_origin_t *o);

/** Whether the origin is this machine's own loopback: localhost,
 *  *.localhost, 127.0.0.0/8 or [::1] (Secure Contexts, section 3.1). */
int cors_origin_is_loopback(const cors_origin_t *o);

#endif /* CORS_ORIGIN_H */
