/* SPDX-License-Identifier: Apache-2.0 */
/*
 * response.c: engine/respond.c on httpd's tables.
 */
#include "httpd/response.h"

#include "apr_strings.h"

#include "engine/rare.h"
#include "engine/respond.h"
#include "httpd/observe.h"

/* Headers that httpd's protocol filters add behind ours. */
CORS_RARE
static const char *later_names(const request_rec *r)
{
    return apr_pstrcat(r->pool, "Date, Server",
                       r->content_type ? ", Content-Type" : "",
                       r->content_encoding ? ", Content-Encoding" : "",
                       r->content_languages ? ", Content-Language" : "",
                       /* From a 200 the byterange filter makes a 206. */
                       r->status == HTTP_OK
                               && apr_table_get(r->headers_in, "Range")
                           ? ", Content-Range" : "",
                       NULL);
}

/* CORSRefusal's 403 says nothing of the policy, and no cache keeps it. */
CORS_RARE
static void write_forbidden(cors_response_t *response, cors_state_t *state)
{
    cors_rules_t rules = *state->rules;
    cors_decision_t d = *state->decision;

    rules.plain = 0;
    rules.always = NULL;
    d.granted = 0;
    cors_respond(response, &rules, &d, &state->facts);
    apr_table_setn(response->out, "Cache-Control", "no-store");
    apr_table_unset(response->err, "Cache-Control");
}

/* Whether a request without Origin is granted nothing, so that there is nothing
 * to decide. */
static int is_unasked(const cors_state_t *state)
{
    return !state->facts.origin && !state->rules->plain
           && !state->rules->always;
}

static void write_any(request_rec *r, cors_state_t *state)
{
    static const cors_decision_t nothing;
    const cors_decision_t *d = is_unasked(state) ? &nothing
                                                 : cors_state_decide(r, state);
    cors_response_t response = {0};

    response.pool = r->pool;
    response.out = r->headers_out;
    response.err = r->err_headers_out;
    response.is_304 = (r->status == HTTP_NOT_MODIFIED);
    response.is_ours = state->answered || state->forbidden;
    if (cors_respond_needs_names(d, &state->facts)) {
        response.later = later_names(r);
    }
    if (state->forbidden) {
        write_forbidden(&response, state);
    }
    else {
        cors_respond(&response, state->rules, d, &state->facts);
    }
    if (response.removed && !state->responded) {
        cors_observe_removed(r, state, response.removed);
    }
    if (state->hidden
        || (d != &nothing && !d->granted && cors_decision_refuses_origin(d))) {
        /* Made-up origins must not fill mod_cache; nor must an answer be stored
         * under another origin than it was made for. */
        apr_table_setn(r->subprocess_env, "no-cache", "1");
    }
}

void cors_response_write(request_rec *r, cors_state_t *state)
{
    if (state->forbidden
        || !cors_respond_same(state->rules, &state->facts,
                              r->status == HTTP_NOT_MODIFIED, r->headers_out,
                              r->err_headers_out)) {
        write_any(r, state);
    }
    state->responded = 1;
}

void cors_request_complete(request_rec *r)
{
    static const char *const conditions[] = {
        "If-None-Match", "If-Modified-Since", "If-Range"
    };
    apr_size_t i;
    int any = 0;

    /* Only GET and HEAD are answered 304. Elsewhere a condition guards what is
     * to be changed: PUT with If-None-Match: * must not overwrite. */
    if (r->method_number != M_GET) {
        return;
    }
    for (i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        if (apr_table_get(r->headers_in, conditions[i])) {
            apr_table_unset(r->headers_in, conditions[i]);
            any = 1;
        }
    }
    if (any) {
        /* A 206 with the same validator would be combined with what is stored
         * (RFC 9111, section 3.4), as a 304 is. */
        apr_table_unset(r->headers_in, "Range");
    }
}

void cors_request_bypass_cache(request_rec *r, cors_state_t *state)
{
    const char *origin;

    if (state->rules->plain || state->rules->always) {
        return;
    }
    origin = apr_table_get(r->headers_in, "Origin");
    if (origin && !strcmp(origin, state->facts.origin)) {
        return;
    }
    state->hidden = 1;
    apr_table_setn(r->headers_in, "Cache-Control", "no-store, no-cache");
}
