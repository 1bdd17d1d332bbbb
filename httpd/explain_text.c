/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_text.c: the answer for a terminal: what came from outside is escaped.
 */
#include "httpd/explain.h"

#include "apr_strings.h"
#include "http_protocol.h"

#include "httpd/registry.h"

/* Nothing but printable ASCII, and nothing cut: lines are copied from here. */
static const char *safe(const cors_explained_t *e, const char *text)
{
    char *out = apr_palloc(e->r->pool, 4 * strlen(text) + 1), *o = out;

    for (; *text; text++) {
        if (*text >= ' ' && *text < 0x7f) {
            *o++ = *text;
        }
        else {
            o += apr_snprintf(o, 5, "\\x%02x", (unsigned char)*text);
        }
    }
    *o = '\0';
    return out;
}

static void put_candidate(const cors_explained_t *e)
{
    const cors_candidate_verdict_t *c = e->candidate;

    ap_rprintf(e->r, "candidate policy %s: %s\n", safe(e, c->policy),
               safe(e, c->sentence));
    if (c->reason) {
        ap_rprintf(e->r, "       reason: %s, decided at: %s\n", c->reason,
                   safe(e, cors_place(e->r->pool, &c->where)));
    }
}

static void put_suggested(const cors_explained_t *e)
{
    int i;

    for (i = 0; i < e->suggested->nelts; i++) {
        const cors_suggested_t *s = &APR_ARRAY_IDX(e->suggested, i,
                                                   cors_suggested_t);

        ap_rprintf(e->r, "write: %s\n       in %s%s%s\n", safe(e, s->text),
                   safe(e, s->in), s->after.file ? ", behind " : "",
                   s->after.file ? safe(e, cors_place(e->r->pool, &s->after))
                                 : "");
    }
    for (i = 0; i < e->warnings->nelts; i++) {
        ap_rprintf(e->r, "configtest would warn: %s\n",
                   safe(e, APR_ARRAY_IDX(e->warnings, i, const char *)));
    }
    if (e->advice) {
        ap_rprintf(e->r, "advice: %s\n", safe(e, e->advice));
    }
}

void cors_explain_put_text(const cors_explained_t *e)
{
    int i;

    ap_rprintf(e->r, "%s\n", safe(e, e->sentence));
    if (e->reason) {
        ap_rprintf(e->r, "reason: %s\n", e->reason);
    }
    ap_rprintf(e->r, "decided at: %s%s%s\n",
               safe(e, cors_place(e->r->pool, &e->where)),
               e->directive ? ": " : "",
               e->directive ? safe(e, e->directive) : "");
    if (e->candidate) {
        put_candidate(e);
    }
    put_suggested(e);
    for (i = 0; i < e->notes->nelts; i++) {
        ap_rprintf(e->r, "note: %s\n",
                   safe(e, APR_ARRAY_IDX(e->notes, i, const char *)));
    }
}
