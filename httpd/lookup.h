/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup.h: what the server would answer to a request that nobody has sent.
 *
 * A subrequest that stands for a request of its own goes through every hook up
 * to the fixups: rewriting, <If>, .htaccess, authentication, and the module's
 * own. No handler runs and no backend is asked. Then the filters of mod_headers
 * and of the module write the headers, into nowhere. Nothing of it is counted
 * or logged as a decision.
 */
#ifndef CORS_LOOKUP_H
#define CORS_LOOKUP_H

#include "httpd/module.h"

#include "engine/settings.h"

struct cors_state_t;

typedef struct cors_lookup_t {
    /* What to look up. */
    const char *method;
    const char *uri;                /* "/path?query", as in a request line */
    const char *host;               /* Host */
    apr_table_t *headers;           /* besides Host; the lookup adds nothing to
                                       them and takes nothing out */
    cors_settings_t *settings;      /* to be tried instead of what the sections
                                       say for it; NULL: what they say */
    request_rec *asker;             /* set: on whose behalf */
    const char *on_to;              /* set: the URL that httpd goes on to, under
                                       whose policy; NULL: none */
    apr_table_t *redirected;        /* set: variables of the request before that
                                       one, as it gets them */
    /* What came of it. */
    request_rec *r;                 /* the subrequest; lives with its parent */
    struct cors_state_t *state;     /* NULL: no policy holds */
    const cors_settings_t *said;    /* what the sections say, or NULL */
    int status;                     /* 0: the handler's, not known */
    apr_table_t *response;          /* headers, as far as they are known */
} cors_lookup_t;

/** The filter that swallows what a lookup's hooks may send. */
void cors_lookup_register(void);

/**
 * Look up. Not reentrant in one request; thread-safe between requests.
 * @param r The request on whose behalf: its client, connection and virtual
 *          host are the lookup's.
 */
void cors_lookup_run(cors_lookup_t *lookup, request_rec *r);

/** cors_lookup_of for what may be a subrequest. */
const cors_lookup_t *cors_lookup_of_sub(const request_rec *r);

/** The lookup that a request stands for; NULL: it is an ordinary one. httpd
 *  sends no headers for subrequests, nor for HTTP/0.9. */
static APR_INLINE const cors_lookup_t *cors_lookup_of(const request_rec *r)
{
    return r->assbackwards ? cors_lookup_of_sub(r) : NULL;
}

/** What holds for a lookup's subrequest: the sections' settings, or those to be
 *  tried. NULL: nothing. */
cors_settings_t *cors_lookup_settings(const request_rec *r);

/**
 * Let a lookup pass for a request that the browser sent: mod_rewrite leaves
 * rules that redirect out of subrequests. Nothing for other requests.
 */
void cors_lookup_alone(request_rec *r);

/**
 * Let it be a subrequest again, while httpd would have other modules parse the
 * headers: some count requests there, until their end. SetEnvIf in a section is
 * made up for.
 */
void cors_lookup_headers(request_rec *r);

#endif /* CORS_LOOKUP_H */
