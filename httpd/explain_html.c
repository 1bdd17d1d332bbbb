/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_html.c: the answer as a page: no script, nothing from elsewhere. All
 * text from outside goes through esc().
 */
#include "httpd/explain.h"

#include "apr_strings.h"
#include "http_protocol.h"

#include "engine/utf8.h"
#include "httpd/registry.h"

static const char *esc(const request_rec *r, const char *text)
{
    return cors_html(r->pool, text);
}

static const char *place(const request_rec *r, const cors_where_t *where)
{
    return esc(r, cors_place(r->pool, where));
}

/* ---- the answer -------------------------------------------------------- */

static void put_answer(const cors_explained_t *e)
{
    request_rec *r = e->r;

    ap_rvputs(r, "<p class=\"answer ", e->allowed ? "yes" : "no", "\">",
              esc(r, e->sentence), ".</p>\n<dl>\n", NULL);
    if (e->reason) {
        ap_rvputs(r, "<dt>Reason</dt><dd><code>", e->reason,
                  "</code></dd>\n", NULL);
    }
    ap_rvputs(r, "<dt>Decided at</dt><dd><code>", place(r, &e->where),
              "</code>", NULL);
    if (e->directive) {
        ap_rvputs(r, "<br><code><mark>", esc(r, e->directive),
                  "</mark></code>", NULL);
    }
    ap_rputs("</dd>\n</dl>\n", r);
}

static void put_candidate(const cors_explained_t *e)
{
    const cors_candidate_verdict_t *c = e->candidate;
    request_rec *r = e->r;

    ap_rvputs(r, "<section aria-labelledby=\"candidate\">\n<h2 id="
              "\"candidate\">Under the candidate policy</h2>\n<p>",
              esc(r, c->sentence), ".</p>\n<dl>\n<dt>Policy</dt><dd><code>",
              esc(r, c->policy), "</code>, named at <code>",
              place(r, &c->named), "</code></dd>\n", NULL);
    if (c->reason) {
        ap_rvputs(r, "<dt>Reason</dt><dd><code>", c->reason,
                  "</code></dd>\n", NULL);
    }
    ap_rvputs(r, "<dt>Decided at</dt><dd><code>", place(r, &c->where),
              "</code></dd>\n</dl>\n</section>\n", NULL);
}

static void put_list(request_rec *r, const char *level, const char *title,
                     const apr_array_header_t *texts)
{
    int i;

    if (!texts->nelts) {
        return;
    }
    ap_rvputs(r, "<", level, ">", title, "</", level, ">\n<ul>\n", NULL);
    for (i = 0; i < texts->nelts; i++) {
        ap_rvputs(r, "<li>",
                  esc(r, APR_ARRAY_IDX(texts, i, const char *)), "</li>\n",
                  NULL);
    }
    ap_rputs("</ul>\n", r);
}

static void put_suggested(const cors_explained_t *e)
{
    request_rec *r = e->r;
    int i;

    if (!e->suggested->nelts && !e->advice) {
        return;
    }
    ap_rputs("<section aria-labelledby=\"write\">\n<h2 id=\"write\">What to "
             "write</h2>\n", r);
    if (e->suggested->nelts) {
        ap_rputs("<p>Tried: with this the same request is allowed. Whoever is "
                 "listed may read.</p>\n<ul>\n", r);
    }
    for (i = 0; i < e->suggested->nelts; i++) {
        const cors_suggested_t *s = &APR_ARRAY_IDX(e->suggested, i,
                                                   cors_suggested_t);

        ap_rvputs(r, "<li><code class=\"write\">", esc(r, s->text),
                  "</code> in <code>", esc(r, s->in), "</code>",
                  s->after.file ? ", behind <code>" : "",
                  s->after.file ? place(r, &s->after) : "",
                  s->after.file ? "</code>" : "", "</li>\n", NULL);
    }
    if (e->suggested->nelts) {
        ap_rputs("</ul>\n", r);
    }
    if (e->advice) {
        ap_rvputs(r, "<p>", esc(r, e->advice), ".</p>\n", NULL);
    }
    put_list(r, "h3", "configtest would warn", e->warnings);
    ap_rputs("</section>\n", r);
}

/* ---- how it came about ------------------------------------------------- */

static void put_steps(const cors_explained_t *e)
{
    request_rec *r = e->r;
    const apr_array_header_t *steps = e->browser.steps;
    int i;

    ap_rputs("<section aria-labelledby=\"steps\">\n<h2 id=\"steps\">What the "
             "browser does</h2>\n<ol class=\"steps\">\n", r);
    for (i = 0; i < steps->nelts; i++) {
        const cors_browser_step_t *s = &APR_ARRAY_IDX(steps, i,
                                                      cors_browser_step_t);
        const char *result = cors_explain_step(s->result);

        ap_rvputs(r, "<li class=\"", result, "\"><b>", result, "</b> (",
                  cors_explain_stage(s->stage), "): ", esc(r, s->saw),
                  " <span>(Fetch, <a href=\"" CORS_FETCH_URL, s->anchor, "\">",
                  esc(r, s->rule), "</a>)</span></li>\n", NULL);
    }
    ap_rputs("</ol>\n</section>\n", r);
}

static int put_header(void *data, const char *name, const char *value)
{
    request_rec *r = data;
    const int ours = cors_is_cors_header(name)
                     || !strcasecmp(name, "Origin")
                     || !strcasecmp(name, "Vary");

    ap_rvputs(r, ours ? "<b>" : "", esc(r, name), ": ", esc(r, value),
              ours ? "</b>" : "", "\n", NULL);
    return 1;
}

static void put_exchange(const cors_explained_t *e, const char *title,
                         const cors_exchange_t *x, const char *none)
{
    request_rec *r = e->r;
    const cors_lookup_t *l = &x->lookup;

    ap_rvputs(r, "<section>\n<h3>", title, "</h3>\n", NULL);
    if (!x->looked) {
        ap_rvputs(r, "<p>", none, "</p>\n</section>\n", NULL);
        return;
    }
    if (!x->sent) {
        ap_rputs("<p>The browser does not send it; if it did:</p>\n", r);
    }
    ap_rvputs(r, "<h4>Request</h4>\n<pre>", esc(r, l->method), " ",
              esc(r, l->uri), "\nHost: ", esc(r, l->host), "\n", NULL);
    apr_table_do(put_header, r, l->headers, NULL);
    ap_rvputs(r, "</pre>\n<h4>Response</h4>\n<pre>",
              cors_explain_status(x), "\n", NULL);
    apr_table_do(put_header, r, l->response, NULL);
    ap_rvputs(r, "</pre>\n<p>", esc(r, x->by), ".", NULL);
    if (x->result) {
        ap_rvputs(r, " <code>CORS_RESULT</code> is <code>", x->result,
                  "</code>.", NULL);
    }
    ap_rputs("</p>\n</section>\n", r);
}

static void put_exchanges(const cors_explained_t *e)
{
    ap_rputs("<section aria-labelledby=\"requests\">\n<h2 id=\"requests\">"
             "Requests and responses</h2>\n<div class=\"pair\">\n", e->r);
    put_exchange(e, "Preflight", &e->preflight, "None is needed.");
    put_exchange(e, "The request itself", &e->actual, "");
    ap_rputs("</div>\n</section>\n", e->r);
}

static void put_section(const cors_explained_t *e, const cors_shown_t *s)
{
    request_rec *r = e->r;
    int i;

    ap_rvputs(r, "<h3><code>", esc(r, s->title), "</code></h3>\n<p><code>",
              place(r, &s->where), "</code></p>\n<ol class=\"lines\">\n",
              NULL);
    for (i = 0; i < s->lines->nelts; i++) {
        const cors_printed_t *line = &APR_ARRAY_IDX(s->lines, i,
                                                    cors_printed_t);
        const int decided = cors_explain_decided(e, line);

        ap_rvputs(r, "<li><code>", decided ? "<mark>" : "",
                  esc(r, line->text), decided ? "</mark>" : "", "</code> ",
                  "<small>", line->where ? place(r, line->where) : "",
                  decided ? ", this decided" : "", "</small></li>\n", NULL);
    }
    ap_rputs("</ol>\n", r);
}

static void put_sections(const cors_explained_t *e)
{
    int i;

    ap_rputs("<section aria-labelledby=\"sections\">\n<h2 id=\"sections\">What "
             "the configuration says, outermost first</h2>\n", e->r);
    if (!e->sections->nelts) {
        ap_rputs("<p>No directive of mod_cors holds for this URL.</p>\n",
                 e->r);
    }
    for (i = 0; i < e->sections->nelts; i++) {
        put_section(e, &APR_ARRAY_IDX(e->sections, i, cors_shown_t));
    }
    ap_rputs("</section>\n", e->r);
}

void cors_explain_put_html(const cors_explained_t *e)
{
    cors_explain_put_head(e->r, e->allowed ? "Allowed" : "Refused");
    put_answer(e);
    if (e->candidate) {
        put_candidate(e);
    }
    put_suggested(e);
    if (e->notes->nelts) {
        ap_rputs("<section>\n", e->r);
        put_list(e->r, "h2", "What is not known here", e->notes);
        ap_rputs("</section>\n", e->r);
    }
    cors_explain_put_form(e->r, e->ask);
    put_steps(e);
    put_exchanges(e);
    put_sections(e);
    cors_explain_put_refused(e->r);
    cors_explain_put_foot(e->r);
}

void cors_explain_put_html_form(request_rec *r, const cors_ask_t *ask)
{
    cors_explain_put_head(r, ask->is_empty ? "Ask" : "Wrong question");
    if (!ask->is_empty) {
        ap_rvputs(r, "<p class=\"answer no\" role=\"alert\">",
                  esc(r, ask->error), ".</p>\n", NULL);
    }
    cors_explain_put_form(r, ask);
    cors_explain_put_refused(r);
    cors_explain_put_foot(r);
}
