/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_judge.c: the two requests as a browser makes them, and its judgement
 * of what the server would answer.
 */
#include "httpd/explain.h"

#include "apr_strings.h"
#include "http_core.h"
#include "http_protocol.h"

#include "engine/origin.h"
#include "httpd/state.h"

/* Fetch metadata go to URLs that are potentially trustworthy. */
static int is_trustworthy(const char *url_origin)
{
    cors_origin_t o;

    return cors_origin_parse(&o, url_origin, strlen(url_origin))
               == CORS_ORIGIN_OK
           && (o.scheme == CORS_SCHEME_HTTPS || cors_origin_is_loopback(&o));
}

static apr_table_t *common_headers(const cors_explained_t *e)
{
    apr_table_t *headers = apr_table_make(e->r->pool, 12);

    apr_table_setn(headers, "Accept", "*/*");
    if (!e->browser.same_origin) {
        apr_table_setn(headers, "Origin", e->ask->fetch.origin);
    }
    if (is_trustworthy(e->ask->fetch.url_origin)) {
        apr_table_setn(headers, "Sec-Fetch-Mode", "cors");
        apr_table_setn(headers, "Sec-Fetch-Site",
                       e->browser.same_origin ? "same-origin" : "cross-site");
    }
    return headers;
}

/* Whether a lookup can do without knowing whose the request is. */
static int is_personal(const char *name)
{
    return !strcasecmp(name, "Authorization");
}

/* Those of the script. What it leaves open gets some value. */
static void add_script_headers(const cors_explained_t *e, apr_table_t *headers)
{
    const apr_array_header_t *asked = e->ask->fetch.headers;
    int i;

    for (i = 0; i < asked->nelts; i++) {
        const cors_fetch_header_t *h = &APR_ARRAY_IDX(asked, i,
                                                      cors_fetch_header_t);
        const char *value = h->value;

        if (!value) {
            value = strcasecmp(h->name, "Content-Type") ? "1"
                                                        : "application/json";
        }
        if (cors_fetch_header(h) != CORS_HEADER_FORBIDDEN
            && !is_personal(h->name)) {
            apr_table_setn(headers, h->name, value);
        }
    }
}

/* "proxy:http://backend/…" as it would be asked. */
static const char *backend_of(const request_rec *sub)
{
    return sub->filename && !strncmp(sub->filename, "proxy:", 6)
               ? sub->filename + 6 : "its backend";
}

static const char *who_answers(const cors_lookup_t *l, apr_pool_t *pool)
{
    const request_rec *sub = l->r;

    if (l->state && l->state->answered) {
        return "mod_cors answers it, before authentication and any handler";
    }
    if (l->state && l->state->forbidden) {
        return "CORSRefusal answers it, before any handler";
    }
    if (l->on_to) {
        return apr_pstrcat(pool, "httpd goes on to ", l->on_to, ", which alone "
                           "has a policy", NULL);
    }
    if (sub->proxyreq) {
        return apr_pstrcat(pool, "the proxy hands it on to ", backend_of(sub),
                           ", whose own answer is not known here", NULL);
    }
    if (sub->handler && sub->status == HTTP_OK) {
        return apr_pstrcat(pool, "the handler ", sub->handler,
                           " answers it; what it says itself is not known "
                           "here", NULL);
    }
    if (l->status == HTTP_UNAUTHORIZED) {
        return "httpd asks for a user: the lookup has none";
    }
    return l->status ? "httpd itself answers it"
                     : "another module answers it, before any handler";
}

static void look_up(cors_explained_t *e, cors_exchange_t *x,
                    const char *method, apr_table_t *headers,
                    cors_settings_t *settings)
{
    cors_lookup_t *l = &x->lookup;

    memset(x, 0, sizeof(*x));
    x->looked = 1;
    l->method = method;
    l->uri = e->ask->target;
    l->host = e->ask->host;
    l->headers = headers;
    l->settings = settings;
    cors_lookup_run(l, e->r);
    if (l->state) {
        x->result = cors_result_name(
            cors_decision_result(l->state->decision));
    }
    x->by = who_answers(l, e->r->pool);
}

static void preflight(cors_explained_t *e, cors_settings_t *settings)
{
    cors_browser_t *b = &e->browser;
    apr_table_t *headers = common_headers(e);

    apr_table_setn(headers, "Access-Control-Request-Method", b->method);
    if (b->unsafe) {
        apr_table_setn(headers, "Access-Control-Request-Headers", b->unsafe);
    }
    look_up(e, &e->preflight, "OPTIONS", headers, settings);
    e->preflight.sent = 1;
    cors_browser_preflight(b, e->preflight.lookup.status,
                           e->preflight.lookup.response);
}

void cors_explain_judge(cors_explained_t *e, cors_settings_t *settings)
{
    cors_browser_t *b = &e->browser;
    apr_table_t *headers;

    cors_browser_begin(b, e->r->pool, &e->ask->fetch);
    e->preflight.looked = 0;
    if (!b->failed && b->needs_preflight) {
        preflight(e, settings);
    }
    headers = common_headers(e);
    add_script_headers(e, headers);
    /* Looked up even where it is not sent: what would come of it shows why. */
    look_up(e, &e->actual,
            b->failed_at == CORS_STAGE_REQUEST && b->failed ? "GET"
                                                            : b->method,
            headers, settings);
    if (!b->failed) {
        e->actual.sent = 1;
        cors_browser_response(b, e->actual.lookup.response);
    }
    e->allowed = !b->failed;
}

const cors_exchange_t *cors_explain_decisive(const cors_explained_t *e)
{
    return e->browser.failed && e->browser.failed_at == CORS_STAGE_PREFLIGHT
               ? &e->preflight : &e->actual;
}

const char *cors_explain_status(const cors_exchange_t *x)
{
    const char *line = x->lookup.status
                           ? ap_get_status_line(x->lookup.status) : NULL;

    return line ? line : "(the handler's own status)";
}

const char *cors_explain_stage(cors_stage_e stage)
{
    static const char *const names[] = {"request", "preflight", "actual"};

    return names[stage];
}

const char *cors_explain_step(cors_step_e result)
{
    static const char *const names[] = {"passed", "failed", "note"};

    return names[result];
}

const char *cors_explain_time(apr_time_t at, apr_pool_t *pool)
{
    apr_time_exp_t t;

    apr_time_exp_gmt(&t, at);
    return apr_psprintf(pool, "%04d-%02d-%02dT%02d:%02d:%02dZ",
                        t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
                        t.tm_min, t.tm_sec);
}
