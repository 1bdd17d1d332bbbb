/* SPDX-License-Identifier: Apache-2.0 */
/*
 * response.c: engine/respond.c on httpd's tables.
 */
#include "httpd/response.h"

#include "apr_strings.h"

#include "engine/respond.h"
#include "httpd/observe.h"

/* Headers that httpd's protocol filters add behind ours. */
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
static void write_forbidden(cors_response_t *response, cors_state_t *state)
{
    cors_rules_t rules = *state->rules;
    cors_decision_t d = state->decision;

    rules.plain = 0;
    rules.always = NULL;
    d.granted = 0;
    cors_respond(response, &rules, &d, &state->facts);
    apr_table_setn(response->out, "Cache-Control", "no-store");
    apr_table_unset(response->err, "Cache-Control");
}

void cors_response_write(request_rec *r, cors_state_t *state)
{
    const cors_decision_t *d = cors_state_decide(r, state);
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
        cors_observe_removed(r, response.removed);
    }
    state->responded = 1;
    if (cors_decision_refuses_origin(d)) {
        /* Made-up origins must not fill mod_cache. */
        apr_table_setn(r->subprocess_env, "no-cache", "1");
    }
}

void cors_request_complete(request_rec *r, cors_state_t *state)
{
    if (!state->decision.complete) {
        return;
    }
    apr_table_unset(r->headers_in, "If-None-Match");
    apr_table_unset(r->headers_in, "If-Modified-Since");
    if (apr_table_get(r->headers_in, "If-Range")) {
        apr_table_unset(r->headers_in, "If-Range");
        apr_table_unset(r->headers_in, "Range");
    }
}
