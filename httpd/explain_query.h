/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_query.h: what is asked of explain, checked.
 */
#ifndef CORS_EXPLAIN_QUERY_H
#define CORS_EXPLAIN_QUERY_H

#include "httpd/module.h"

#include "engine/browser.h"
#include "engine/finding.h"

typedef enum {
    CORS_FORMAT_HTML,
    CORS_FORMAT_JSON,
    CORS_FORMAT_TEXT
} cors_format_e;

typedef struct cors_ask_t {
    /* As given, for the form: any bytes, never NULL. */
    const char *url, *origin, *method, *headers, *paste;
    int credentials;
    cors_format_e format;
    int is_empty;               /* nothing was asked */
    const char *error;          /* what is wrong, and what to write; NULL: the
                                   rest is filled in */
    const char *target;         /* "/path?query", as a request line has it */
    const char *host;           /* Host */
    cors_fetch_t fetch;
} cors_ask_t;

/** Read a request's query. All texts are r's. */
void cors_ask_read(cors_ask_t *ask, request_rec *r);

/**
 * Read what the query says of the URL (explain_url.c): sets target, host and the
 * URL's origin.
 * @return NULL, or what is wrong with it.
 */
const char *cors_ask_url(cors_ask_t *ask, request_rec *r);

#endif /* CORS_EXPLAIN_QUERY_H */
