/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain.c: the handler, the reason and the line that decided.
 */
#include "httpd/explain.h"

#include "apr_strings.h"
#include "http_core.h"
#include "http_protocol.h"
#include "util_cfgtree.h"

#include "engine/reason.h"
#include "httpd/handlers.h"
#include "httpd/registry.h"
#include "httpd/state.h"

/* ---- the reason, and the line ------------------------------------------ */

/* Nothing of ours stands anywhere: the place where something could. */
static void server_place(const cors_explained_t *e, cors_where_t *where)
{
    const server_rec *s = e->r->server;

    if (s->defn_name) {
        where->file = s->defn_name;
        where->line = (int)s->defn_line_number;
    }
    else if (ap_conftree) {
        where->file = ap_conftree->filename;
        where->line = ap_conftree->line_num;
    }
}

/* What switches a policy off, or its absence. */
static void why_no_policy(cors_explained_t *e, const cors_exchange_t *x,
                          const cors_where_t **where)
{
    const cors_settings_t *said = x->lookup.said;
    cors_rules_t rules;

    e->reason = "no-policy";
    if (!said) {
        return;
    }
    cors_rules_make(&rules, said);
    *where = rules.engine_where;
    if (rules.engine_where && rules.engine == CORS_ENGINE_OFF) {
        e->reason = "engine-off";
    }
    else if (rules.engine_where && rules.engine == CORS_ENGINE_REPORT) {
        e->reason = "report-only";
    }
}

static const cors_where_t *of_list(const cors_list_t *list,
                                   const cors_where_t *otherwise)
{
    return list ? &list->where : otherwise;
}

/* The line that keeps credentials off, or the list that has none. */
static const cors_where_t *of_credentials(const cors_state_t *state,
                                          const cors_where_t *otherwise)
{
    const cors_settings_t *s = state->rules->settings;
    const cors_named_t *named = state->decision->policy->named;

    if (s->credentials) {
        return &s->credentials->where;
    }
    return named && !s->origins && named->settings->credentials
               ? &named->settings->credentials->where : otherwise;
}

static void why_origin(cors_explained_t *e, cors_state_t *state)
{
    if (cors_decision_refuses_origin(state->decision)) {
        e->reason = cors_reason_name(
            cors_decision_reason(state->decision, state->rules,
                                 state->facts.headers));
    }
    else if (state->rules->keep) {
        e->reason = "backend-headers";
    }
    else {
        /* RequestHeader early, or a SetEnvIf recipe, shows us another. */
        e->reason = "other-origin";
    }
}

/* The policy holds, and its answer does not suffice. */
static void why_policy(cors_explained_t *e, cors_state_t *state,
                       const cors_where_t **where)
{
    const cors_policy_t *p = state->decision->policy;

    switch (e->browser.failed) {
    case CORS_FAIL_ANY:
        e->reason = "any-with-credentials";
        break;
    case CORS_FAIL_CREDENTIALS:
        e->reason = "credentials";
        *where = of_credentials(state, *where);
        break;
    case CORS_FAIL_METHOD:
        e->reason = "method";
        *where = of_list(p->methods, *where);
        break;
    case CORS_FAIL_HEADER:
        e->reason = "header";
        *where = of_list(p->headers, *where);
        break;
    default:
        why_origin(e, state);
        break;
    }
}

/* What no policy has a say in. */
static void why_browser(cors_explained_t *e)
{
    switch (e->browser.failed) {
    case CORS_FAIL_NONE:
        e->reason = NULL;
        break;
    case CORS_FAIL_METHOD_FORBIDDEN:
        e->reason = "forbidden-method";
        break;
    case CORS_FAIL_STATUS:
        e->reason = "preflight-status";
        break;
    case CORS_FAIL_LIST:
        e->reason = "preflight-list";
        break;
    default:
        break;
    }
}

void cors_explain_why(cors_explained_t *e)
{
    const cors_exchange_t *x = cors_explain_decisive(e);
    cors_state_t *state = x->lookup.state;
    const cors_where_t *where = NULL;

    e->source = NULL;
    if (state && state->rules->writes) {
        const cors_where_t *entry = state->decision->where;

        where = cors_decision_where(state->decision, state->rules);
        why_policy(e, state, &where);
        if (where && where == entry) {
            e->source = state->decision->subject.source;
        }
    }
    else {
        why_no_policy(e, x, &where);
    }
    why_browser(e);
    if (where) {
        e->where = *where;
    }
    else {
        server_place(e, &e->where);
    }
}

int cors_explain_decided(const cors_explained_t *e, const cors_printed_t *line)
{
    return cors_same_place(line->where, &e->where)
           || (e->source && cors_same_place(line->where, &e->source->where));
}

/* A long list is printed as several lines of one place: whole again, so that
 * what decided is in it. */
static const char *join(apr_pool_t *pool, const char *before, const char *line)
{
    apr_size_t name = strcspn(line, " ");

    if (!before) {
        return line;
    }
    return strncmp(before, line, name + 1)
               ? before : apr_pstrcat(pool, before, line + name, NULL);
}

static void find_directive(cors_explained_t *e)
{
    int i, l;

    /* The entry itself may stand in a file of its own, or nowhere. */
    if (e->source) {
        e->directive = apr_pstrcat(e->r->pool, "CORSAllowOriginFrom ",
                                   e->source->text, NULL);
    }
    for (i = 0; i < e->sections->nelts && !e->directive; i++) {
        const cors_shown_t *s = &APR_ARRAY_IDX(e->sections, i, cors_shown_t);

        for (l = 0; l < s->lines->nelts; l++) {
            const cors_printed_t *line = &APR_ARRAY_IDX(s->lines, l,
                                                        cors_printed_t);

            if (cors_explain_decided(e, line)) {
                e->directive = join(e->r->pool, e->directive, line->text);
            }
        }
    }
}

/* ---- the answer -------------------------------------------------------- */

static void note(cors_explained_t *e, const char *text)
{
    APR_ARRAY_PUSH(e->notes, const char *) = text;
}

/* What the lookup cannot know. */
static void add_notes(cors_explained_t *e)
{
    const cors_exchange_t *x = cors_explain_decisive(e);
    const cors_state_t *state = x->lookup.state;
    const char *location = apr_table_get(e->actual.lookup.response,
                                         "Location");

    if (location) {
        note(e, apr_pstrcat(e->r->pool, "the response redirects to ", location,
                            ": the browser follows, and checks that response "
                            "too; ask for that URL", NULL));
    }
    if (!x->lookup.status && (!state || !state->rules->writes
                              || state->rules->keep)) {
        note(e, "a handler or backend answers here, and no policy replaces "
                "its headers: what it sends itself decides");
    }
    if (e->ask->credentials) {
        note(e, "the lookup carries no cookie and no user: rules that depend "
                "on them were looked at as for nobody");
    }
}

void cors_explain(cors_explained_t *e, request_rec *r, const cors_ask_t *ask)
{
    memset(e, 0, sizeof(*e));
    e->r = r;
    e->ask = ask;
    e->notes = apr_array_make(r->pool, 4, sizeof(const char *));
    e->suggested = apr_array_make(r->pool, 4, sizeof(cors_suggested_t));
    e->warnings = apr_array_make(r->pool, 4, sizeof(const char *));
    cors_explain_judge(e, NULL);
    e->sections = cors_explain_sections(
        r, cors_explain_decisive(e)->lookup.said);
    cors_explain_why(e);
    find_directive(e);
    e->sentence = cors_explain_sentence(e);
    cors_explain_candidate(e);
    add_notes(e);
    if (!e->allowed) {
        cors_explain_suggest(e);
    }
}

/* ---- the handler ------------------------------------------------------- */

static void put(cors_explained_t *e)
{
    switch (e->ask->format) {
    case CORS_FORMAT_TEXT:
        cors_explain_put_text(e);
        break;
    case CORS_FORMAT_JSON:
        cors_explain_put_json(e);
        break;
    default:
        cors_explain_put_html(e);
        break;
    }
}

/* Who asks nothing comes to see the form, or who was refused lately. */
static void put_wrong(request_rec *r, const cors_ask_t *ask)
{
    r->status = HTTP_BAD_REQUEST;
    if (ask->is_empty && ask->format != CORS_FORMAT_TEXT) {
        r->status = HTTP_OK;
    }
    switch (ask->format) {
    case CORS_FORMAT_TEXT:
        ap_rprintf(r, "%s\n", ask->error);
        break;
    case CORS_FORMAT_JSON:
        if (ask->is_empty) {
            cors_explain_put_json_refused(r);
        }
        else {
            cors_explain_put_json_error(r, ask->error);
        }
        break;
    default:
        cors_explain_put_html_form(r, ask);
        break;
    }
}

int cors_explain_handler(request_rec *r)
{
    static const char *const types[] = {"text/html; charset=utf-8",
                                        "application/json",
                                        "text/plain; charset=utf-8"};
    int status = cors_handler_check(r, "cors-explain");
    cors_explained_t *e;
    cors_ask_t *ask;

    if (status != OK) {
        return status;
    }
    if (r->main) {
        return HTTP_NOT_FOUND;
    }
    if ((status = cors_explain_access(r)) != OK) {
        return status;
    }
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    ask = apr_palloc(r->pool, sizeof(*ask));
    cors_ask_read(ask, r);
    ap_set_content_type(r, types[ask->format]);
    if (ask->error) {
        put_wrong(r, ask);
        return OK;
    }
    e = apr_palloc(r->pool, sizeof(*e));
    cors_explain(e, r, ask);
    put(e);
    return OK;
}
