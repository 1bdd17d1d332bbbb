/* SPDX-License-Identifier: Apache-2.0 */
/*
 * browser.h: the browser's side of CORS, step by step: the Fetch Standard's
 * fetch() of mode "cors", without its preflight cache.
 *
 * Whoever has a server, or knows what one would answer, asks: begin; where
 * needs_preflight, give it the preflight's response; then, unless it has
 * failed, the response itself. Pure; one object belongs to one thread.
 */
#ifndef CORS_BROWSER_H
#define CORS_BROWSER_H

#include "apr_pools.h"
#include "apr_tables.h"

#include "safelist.h"

/* What a script asks for. */
typedef struct cors_fetch_t {
    const char *origin;                /* of the page, serialised */
    const char *url_origin;            /* of the URL */
    const char *method;                /* as the script writes it, a token */
    const apr_array_header_t *headers; /* of cors_fetch_header_t */
    int credentials;                   /* mode "include" */
} cors_fetch_t;

typedef enum {
    CORS_STAGE_REQUEST, /* before anything is sent */
    CORS_STAGE_PREFLIGHT,
    CORS_STAGE_ACTUAL
} cors_stage_e;

typedef enum {
    CORS_STEP_PASSED,
    CORS_STEP_FAILED,
    CORS_STEP_NOTE /* nothing to pass: what is so */
} cors_step_e;

/* One step. The texts live as long as the browser's pool; what comes from
 * outside stands in them as it came, to be escaped where it is shown. */
typedef struct cors_browser_step_t {
    cors_stage_e stage;
    const char *rule;   /* the section of Fetch, by its name */
    const char *anchor; /* … in https://fetch.spec.whatwg.org/#… */
    const char *saw;
    cors_step_e result;
} cors_browser_step_t;

/* Why a script gets a network error. */
typedef enum {
    CORS_FAIL_NONE,
    CORS_FAIL_METHOD_FORBIDDEN, /* no script may use this method */
    CORS_FAIL_ORIGIN,           /* Access-Control-Allow-Origin: none, another */
    CORS_FAIL_ANY,              /* … is "*", with credentials */
    CORS_FAIL_CREDENTIALS,      /* no Access-Control-Allow-Credentials */
    CORS_FAIL_STATUS,           /* a preflight's is not 200 to 299 */
    CORS_FAIL_LIST,             /* a list that is none */
    CORS_FAIL_METHOD,
    CORS_FAIL_HEADER
} cors_fail_e;

typedef struct cors_browser_t {
    apr_pool_t *pool;
    const cors_fetch_t *fetch;
    const char *method; /* normalised */
    int same_origin;    /* nothing of CORS applies */
    int needs_preflight;
    const char *unsafe; /* Access-Control-Request-Headers; NULL: none */
    apr_array_header_t *unsafe_names; /* const char *, in lower case,
                                         sorted */
    apr_array_header_t *steps;        /* of cors_browser_step_t, in order */
    cors_fail_e failed;
    cors_stage_e failed_at;
    const char *at;       /* FAIL_METHOD, FAIL_HEADER: which, in the
                             script's own case */
    const char *readable; /* once the response was read: the headers
                             that a script may read; NULL: every one */
} cors_browser_t;

/**
 * Start: what the browser does before it sends anything.
 * @param pool Holds all that b points to.
 * @param fetch Must outlive b.
 */
void cors_browser_begin(cors_browser_t *b, apr_pool_t *pool,
                        const cors_fetch_t *fetch);

/**
 * Fetch, "CORS-preflight fetch", from its response on.
 * @param status 0: not known, taken for one that is fine.
 * @param headers The response's.
 */
void cors_browser_preflight(cors_browser_t *b, int status,
                            const apr_table_t *headers);

/**
 * Fetch, "HTTP fetch": the response to the request itself. Its status does not
 * matter to CORS: an error too can be read.
 */
void cors_browser_response(cors_browser_t *b, const apr_table_t *headers);

/** A header's name as the script wrote it. */
const char *cors_browser_written(const cors_browser_t *b, const char *name);

/** Add a step; its texts must live as long as b's pool. */
void cors_browser_add(cors_browser_t *b, cors_stage_e stage, cors_step_e result,
                      const char *rule, const char *anchor, const char *saw);

/** The same for a step that fails: the script gets a network error. */
void cors_browser_fail(cors_browser_t *b, cors_stage_e stage, cors_fail_e why,
                       const char *rule, const char *anchor, const char *saw);

#endif /* CORS_BROWSER_H */
