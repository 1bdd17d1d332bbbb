/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_json.c: the answer as JSON (docs/explain.schema.json).
 */
#include "httpd/explain.h"

#include "apr_strings.h"
#include "http_protocol.h"

#include "engine/utf8.h"
#include "httpd/refused.h"

/* Written member by member: the comma goes in front of each but the first. */
typedef struct out_t {
    request_rec *r;
    int more;
} out_t;

static void open_with(out_t *out, const char *name, const char *bracket)
{
    ap_rvputs(out->r, out->more ? ",\n" : "",
              name ? cors_json(out->r->pool, name) : "", name ? ":" : "",
              bracket, NULL);
    out->more = 0;
}

static void close_with(out_t *out, const char *bracket)
{
    ap_rputs(bracket, out->r);
    out->more = 1;
}

static void put_raw(out_t *out, const char *name, const char *value)
{
    open_with(out, name, value);
    out->more = 1;
}

static void put_text(out_t *out, const char *name, const char *value)
{
    put_raw(out, name, value ? cors_json(out->r->pool, value) : "null");
}

static void put_bool(out_t *out, const char *name, int value)
{
    put_raw(out, name, value ? "true" : "false");
}

/* 0 is none. */
static void put_number(out_t *out, const char *name, int value)
{
    put_raw(out, name, value ? apr_itoa(out->r->pool, value) : "null");
}

static void put_place(out_t *out, const cors_where_t *where)
{
    put_text(out, "file", where ? where->file : NULL);
    put_number(out, "line", where && where->file ? where->line : 0);
}

static void put_strings(out_t *out, const char *name,
                        const apr_array_header_t *strings)
{
    int i;

    open_with(out, name, "[");
    for (i = 0; i < strings->nelts; i++) {
        put_text(out, NULL, APR_ARRAY_IDX(strings, i, const char *));
    }
    close_with(out, "]");
}

static int put_header(void *data, const char *name, const char *value)
{
    out_t *out = data;

    open_with(out, NULL, "{");
    put_text(out, "name", name);
    put_text(out, "value", value);
    close_with(out, "}");
    return 1;
}

static void put_headers(out_t *out, const char *host,
                        const apr_table_t *headers)
{
    open_with(out, "headers", "[");
    if (host) {
        put_header(out, "Host", host);
    }
    apr_table_do(put_header, out, headers, NULL);
    close_with(out, "]");
}

static void put_exchange(out_t *out, const char *name,
                         const cors_exchange_t *x)
{
    const cors_lookup_t *l = &x->lookup;

    if (!x->looked) {
        put_raw(out, name, "null");
        return;
    }
    open_with(out, name, "{");
    put_bool(out, "sent", x->sent);
    open_with(out, "request", "{");
    put_text(out, "method", l->method);
    put_text(out, "target", l->uri);
    put_headers(out, l->host, l->headers);
    close_with(out, "}");
    open_with(out, "response", "{");
    put_number(out, "status", l->status);
    put_headers(out, NULL, l->response);
    close_with(out, "}");
    put_text(out, "result", x->result);
    put_text(out, "by", x->by);
    close_with(out, "}");
}

static void put_question(out_t *out, const cors_ask_t *ask)
{
    int i;

    open_with(out, "question", "{");
    put_text(out, "url", ask->target);
    put_text(out, "url_origin", ask->fetch.url_origin);
    put_text(out, "origin", ask->fetch.origin);
    put_text(out, "method", ask->fetch.method);
    open_with(out, "headers", "[");
    for (i = 0; i < ask->fetch.headers->nelts; i++) {
        const cors_fetch_header_t *h = &APR_ARRAY_IDX(
            ask->fetch.headers, i, cors_fetch_header_t);

        put_header(out, h->name, h->value);
    }
    close_with(out, "]");
    put_text(out, "credentials", ask->credentials ? "include" : "omit");
    close_with(out, "}");
}

static void put_steps(out_t *out, const cors_browser_t *b)
{
    int i;

    open_with(out, "steps", "[");
    for (i = 0; i < b->steps->nelts; i++) {
        const cors_browser_step_t *s = &APR_ARRAY_IDX(b->steps, i,
                                                      cors_browser_step_t);

        open_with(out, NULL, "{");
        put_text(out, "stage", cors_explain_stage(s->stage));
        put_text(out, "rule", s->rule);
        put_text(out, "section",
                 apr_pstrcat(out->r->pool, CORS_FETCH_URL, s->anchor, NULL));
        put_text(out, "saw", s->saw);
        put_text(out, "result", cors_explain_step(s->result));
        close_with(out, "}");
    }
    close_with(out, "]");
}

static void put_sections(out_t *out, const cors_explained_t *e)
{
    int i, l;

    open_with(out, "sections", "[");
    for (i = 0; i < e->sections->nelts; i++) {
        const cors_shown_t *s = &APR_ARRAY_IDX(e->sections, i, cors_shown_t);

        open_with(out, NULL, "{");
        put_text(out, "title", s->title);
        put_place(out, &s->where);
        put_bool(out, "policy", s->is_policy);
        open_with(out, "lines", "[");
        for (l = 0; l < s->lines->nelts; l++) {
            const cors_printed_t *line = &APR_ARRAY_IDX(s->lines, l,
                                                        cors_printed_t);

            open_with(out, NULL, "{");
            put_text(out, "text", line->text);
            put_place(out, line->where);
            put_bool(out, "decided", cors_explain_decided(e, line));
            close_with(out, "}");
        }
        close_with(out, "]");
        close_with(out, "}");
    }
    close_with(out, "]");
}

static void put_candidate(out_t *out, const cors_candidate_verdict_t *c)
{
    if (!c) {
        put_text(out, "candidate", NULL);
        return;
    }
    open_with(out, "candidate", "{");
    put_text(out, "policy", c->policy);
    put_text(out, "verdict", c->allowed ? "allowed" : "refused");
    put_text(out, "sentence", c->sentence);
    put_text(out, "reason", c->reason);
    put_place(out, &c->where);
    close_with(out, "}");
}

static void put_suggested(out_t *out, const cors_explained_t *e)
{
    int i;

    open_with(out, "suggested", "[");
    for (i = 0; i < e->suggested->nelts; i++) {
        const cors_suggested_t *s = &APR_ARRAY_IDX(e->suggested, i,
                                                   cors_suggested_t);

        open_with(out, NULL, "{");
        put_text(out, "text", s->text);
        put_text(out, "in", s->in);
        put_place(out, &s->after);
        close_with(out, "}");
    }
    close_with(out, "]");
    put_strings(out, "warnings", e->warnings);
    put_text(out, "advice", e->advice);
}

static void put_refused_one(out_t *out, const cors_refused_t *one)
{
    apr_pool_t *pool = out->r->pool;
    int i;

    open_with(out, NULL, "{");
    put_text(out, "origin", one->origin);
    put_bool(out, "cut", one->is_cut);
    put_raw(out, "count", apr_psprintf(pool, "%" APR_UINT64_T_FMT,
                                       one->count));
    put_raw(out, "error", apr_psprintf(pool, "%" APR_UINT64_T_FMT,
                                       one->error));
    put_text(out, "last", cors_explain_time(one->last, pool));
    put_text(out, "method", one->method);
    put_text(out, "header", one->header);
    put_text(out, "policy", one->policy);
    put_text(out, "reason", cors_reason_name(one->reason));
    put_text(out, "why", one->remedy.why);
    open_with(out, "lines", "[");
    for (i = 0; i < 2 && one->remedy.lines[i]; i++) {
        put_text(out, NULL, one->remedy.lines[i]);
    }
    close_with(out, "]");
    close_with(out, "}");
}

static void put_refused(out_t *out)
{
    apr_uint64_t missed = 0;
    const apr_array_header_t *rows = cors_refused_list(out->r->pool, &missed);
    int i;

    open_with(out, "refused_lately", "{");
    open_with(out, "rows", "[");
    for (i = 0; i < rows->nelts; i++) {
        put_refused_one(out, &APR_ARRAY_IDX(rows, i, cors_refused_t));
    }
    close_with(out, "]");
    put_raw(out, "missed", apr_psprintf(out->r->pool, "%" APR_UINT64_T_FMT,
                                        missed));
    close_with(out, "}");
}

void cors_explain_put_json_refused(request_rec *r)
{
    out_t out = {0};

    out.r = r;
    open_with(&out, NULL, "{");
    put_refused(&out);
    close_with(&out, "}\n");
}

void cors_explain_put_json(const cors_explained_t *e)
{
    out_t out = {0};

    out.r = e->r;
    open_with(&out, NULL, "{");
    put_question(&out, e->ask);
    put_text(&out, "verdict", e->allowed ? "allowed" : "refused");
    put_text(&out, "sentence", e->sentence);
    put_text(&out, "stage", e->allowed
                                ? NULL
                                : cors_explain_stage(e->browser.failed_at));
    put_text(&out, "reason", e->reason);
    put_place(&out, &e->where);
    put_text(&out, "directive", e->directive);
    put_candidate(&out, e->candidate);
    put_steps(&out, &e->browser);
    put_exchange(&out, "preflight", &e->preflight);
    put_exchange(&out, "actual", &e->actual);
    put_sections(&out, e);
    put_suggested(&out, e);
    put_strings(&out, "notes", e->notes);
    put_refused(&out);
    close_with(&out, "}\n");
}

void cors_explain_put_json_error(request_rec *r, const char *error)
{
    out_t out = {0};

    out.r = r;
    open_with(&out, NULL, "{");
    put_text(&out, "error", error);
    close_with(&out, "}\n");
}
