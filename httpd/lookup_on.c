/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup_on.c: where httpd goes on to by itself.
 */
#include "httpd/lookup_parts.h"

#include "apr_strings.h"
#include "http_core.h"
#include "http_protocol.h"
#include "http_request.h"
#include "mod_core.h"

#include "httpd/state.h"

/* As many as httpd allows (LimitInternalRecursion). */
#define STEPS_MOST 10

struct cors_state_t *cors_lookup_decide(request_rec *sub)
{
    cors_state_t *state = cors_state_get(sub);

    if (!state || !state->rules->settings) {
        return NULL;
    }
    cors_state_decide(sub, state);
    return state;
}

/* Whether a policy of what httpd goes on to would hold: this one has none, and
 * all of its configuration was looked at. */
static int can_go_on(const request_rec *sub)
{
    const cors_state_t *mark = cors_state_mark(sub);

    return mark == CORS_NOTHING || mark == CORS_UNASKED
           || (mark > CORS_OFF && !mark->rules->settings);
}

const char *cors_lookup_error_page(request_rec *sub, int status)
{
    return ap_response_code_string(sub, ap_index_of_response(status));
}

/* One request on the way. */
typedef struct step_t {
    request_rec *r;
    int status;                 /* 0: not known */
    const char *method;         /* of the next one */
    int error;                  /* whose page is looked for; 0: none's */
} step_t;

static void arrive(step_t *step, request_rec *r)
{
    step->r = r;
    step->status = r->status == HTTP_OK ? cors_lookup_default_status(r)
                                        : r->status;
}

/* The URL that httpd goes on to by itself: a rewrite in a section, or an error
 * page; NULL: none. An error on the way to an error's page has none. */
static const char *goes_on(step_t *step)
{
    request_rec *r = step->r;
    const char *page;

    if (!ap_is_HTTP_ERROR(step->status)) {
        return r->handler && !strcmp(r->handler, "redirect-handler")
                       && r->filename
                       && !strncmp(r->filename, "redirect:/", 10)
                   ? r->filename + 9 : NULL;
    }
    page = step->error ? NULL : cors_lookup_error_page(r, step->status);
    if (!page || *page != '/') {
        return NULL;
    }
    step->error = step->status;
    step->method = strcmp(r->method, "HEAD") ? "GET" : "HEAD";
    return page;
}

static int add_redirected(void *env, const char *name, const char *value)
{
    apr_table_t *t = env;

    apr_table_setn(t, apr_pstrcat(apr_table_elts(t)->pool, "REDIRECT_", name,
                                  NULL), value);
    return 1;
}

/* What httpd hands on: rules ask for REDIRECT_STATUS to see that they were
 * applied already. */
static apr_table_t *redirected(const step_t *step)
{
    apr_table_t *env = apr_table_make(step->r->pool, 10);

    apr_table_do(add_redirected, env, step->r->subprocess_env, NULL);
    apr_table_setn(env, "REDIRECT_STATUS",
                   apr_itoa(step->r->pool, step->error ? step->error
                                                       : HTTP_OK));
    apr_table_setn(env, "REDIRECT_URL", step->r->uri);
    return env;
}

request_rec *cors_lookup_follow(cors_lookup_t *lookup, request_rec *r,
                                request_rec *first)
{
    step_t step = {NULL, 0, lookup->method, 0};
    const char *uri;
    int i;

    arrive(&step, first);
    for (i = 0; i < STEPS_MOST && can_go_on(step.r); i++) {
        if ((uri = goes_on(&step)) == NULL) {
            break;
        }
        lookup->on_to = uri;
        lookup->redirected = redirected(&step);
        arrive(&step, cors_lookup_send(lookup, r, step.method, uri));
        if (cors_lookup_decide(step.r)) {
            if (step.error && step.r->status == HTTP_OK) {
                lookup->status = step.error;
            }
            return step.r;
        }
    }
    lookup->on_to = NULL;
    return first;
}
