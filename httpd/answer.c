/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer.c: the two finished answers.
 */
#include "httpd/answer.h"

#include "http_core.h"
#include "http_protocol.h"
#include "http_request.h"

#include "httpd/observe.h"

static void tell(request_rec *r, cors_state_t *state)
{
    cors_observe_variables(r, state);
    cors_observe_decision(r, state);
}

/* The rest of the body may still prove bad, or another module's header: httpd
 * then answers with an error of its own. At status 200 it would follow an
 * ErrorDocument, as GET and past authentication (RUN: LimitRequestBody and a
 * local ErrorDocument 413 ran a guarded script); at any other it does not. */
static void forget_error_documents(request_rec *r)
{
    int status;

    for (status = HTTP_BAD_REQUEST;
         status <= HTTP_NETWORK_AUTHENTICATION_REQUIRED; status++) {
        ap_custom_response(r, status, "");
    }
}

int cors_answer_status(const cors_rules_t *rules, const cors_decision_t *d)
{
    if (!d->granted) {
        return HTTP_FORBIDDEN;
    }
    return rules->preflight == CORS_PREFLIGHT_200 ? HTTP_OK : HTTP_NO_CONTENT;
}

int cors_answer_preflight(request_rec *r, cors_state_t *state)
{
    if (!state->facts.preflight || !cors_is_first(r)
        || state->rules->engine != CORS_ENGINE_ON || !state->rules->in_force
        || state->rules->preflight == CORS_PREFLIGHT_PASS) {
        return DECLINED;
    }
    state->answered = 1;
    r->status = cors_answer_status(state->rules, cors_state_decide(r, state));
    if (r->status != HTTP_NO_CONTENT) {
        ap_set_content_length(r, 0);
    }
    if (r->status == HTTP_OK) {
        forget_error_documents(r);
    }
    tell(r, state);
    ap_run_insert_error_filter(r);
    return DONE;
}

/* An error page's own request: the error is what the browser must see. */
static int is_error_page(const request_rec *r)
{
    for (; r->prev; r = r->prev) {
        if (r->prev->status != HTTP_OK) {
            return 1;
        }
    }
    return 0;
}

int cors_answer_refusal(request_rec *r, cors_state_t *state)
{
    const cors_decision_t *d;

    if (state->rules->engine != CORS_ENGINE_ON || !state->facts.origin
        || state->rules->refusal == CORS_REFUSAL_SILENT
        || (state->rules->refusal == CORS_REFUSAL_UPGRADES
            && !cors_is_upgrade(r))
        || is_error_page(r)) {
        return DECLINED;
    }
    d = cors_state_decide(r, state);
    if (!cors_decision_refuses_origin(d)) {
        return DECLINED;
    }
    state->forbidden = 1;
    tell(r, state);
    r->status = HTTP_FORBIDDEN;
    ap_send_error_response(r, 0);
    return DONE;
}
