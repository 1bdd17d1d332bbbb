/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics.c: SetHandler cors-metrics.
 *
 * OpenMetrics 1.0, or the older text format of Prometheus for clients that ask
 * for text/plain alone. No label holds what came from a request: their number
 * is that of the configuration's policies.
 */
#include "httpd/metrics.h"

#include "apr_hash.h"
#include "apr_lib.h"
#include "apr_strings.h"
#include "http_core.h"
#include "http_protocol.h"

#include "engine/utf8.h"
#include "httpd/counters.h"
#include "httpd/handlers.h"

#define OPEN_METRICS "application/openmetrics-text"

/* One counter and its labels beside the policy. */
typedef struct sample_t {
    unsigned what;
    const char *label, *value;      /* NULL: no second label */
} sample_t;

typedef struct page_t {
    request_rec *r;
    int open;                       /* OpenMetrics */
    const apr_array_header_t *policies;     /* cors_counted_t, their labels
                                               escaped */
} page_t;

/* A label's value: UTF-8 with \\, \" and \n escaped. A path may hold anything
 * else; '?' stands for it. */
static const char *escape_label(apr_pool_t *pool, const char *text)
{
    const char *t = text;
    char *out = apr_palloc(pool, 2 * strlen(text) + 1), *o = out;

    while (*t) {
        int n = cors_utf8_len(t);

        if (*t == '\\' || *t == '"') {
            *o++ = '\\';
            *o++ = *t++;
        }
        else if (*t == '\n') {
            *o++ = '\\';
            *o++ = 'n';
            t++;
        }
        else if (!n || apr_iscntrl(*t)) {
            *o++ = '?';
            t++;
        }
        else {
            memcpy(o, t, (apr_size_t)n);
            o += n;
            t += n;
        }
    }
    *o = '\0';
    return out;
}

static void add_to(cors_counted_t *to, const cors_counted_t *from)
{
    int i;

    for (i = 0; i < CORS_COUNTS; i++) {
        to->counts[i] += from->counts[i];
    }
}

/* Names that are the same once they are escaped count together: a series may
 * stand there once. */
static apr_array_header_t *by_label(const apr_array_header_t *counted,
                                    apr_pool_t *pool)
{
    apr_array_header_t *all = apr_array_make(pool, counted->nelts,
                                             sizeof(cors_counted_t));
    apr_hash_t *seen = apr_hash_make(pool);
    int i;

    for (i = 0; i < counted->nelts; i++) {
        const cors_counted_t *c = &APR_ARRAY_IDX(counted, i, cors_counted_t);
        const char *label = escape_label(pool, c->label);
        cors_counted_t *one = apr_hash_get(seen, label, APR_HASH_KEY_STRING);

        if (one) {
            add_to(one, c);
            continue;
        }
        /* There is room for all: none of them moves. */
        one = apr_array_push(all);
        *one = *c;
        one->label = label;
        apr_hash_set(seen, label, APR_HASH_KEY_STRING, one);
    }
    return all;
}

/* The older format knows a counter by its sample's name. */
static void put_family(page_t *page, const char *name, const char *help)
{
    const char *total = page->open ? "" : "_total";

    ap_rprintf(page->r, "# HELP %s%s %s\n# TYPE %s%s counter\n", name, total,
               help, name, total);
}

static void put_sample(page_t *page, const char *name, int policy,
                       const sample_t *s)
{
    const cors_counted_t *c = &APR_ARRAY_IDX(page->policies, policy,
                                             cors_counted_t);

    ap_rvputs(page->r, name, "_total{policy=\"", c->label, "\"",
              NULL);
    if (s->label) {
        ap_rvputs(page->r, ",", s->label, "=\"", s->value, "\"", NULL);
    }
    ap_rprintf(page->r, "} %" APR_UINT64_T_FMT "\n", c->counts[s->what]);
}

/* A family of one sample a policy. */
static void put_simple(page_t *page, const char *name, unsigned what,
                       const char *help)
{
    sample_t sample = {0};
    int i;

    sample.what = what;
    put_family(page, name, help);
    for (i = 0; i < page->policies->nelts; i++) {
        put_sample(page, name, i, &sample);
    }
}

static void put_requests(page_t *page)
{
    int i, reason;

    put_family(page, "cors_requests",
               "Requests with an Origin header, by the policy that decided, "
               "the result (CORS_RESULT) and the reason of a refusal.");
    for (i = 0; i < page->policies->nelts; i++) {
        const cors_counted_t *c = &APR_ARRAY_IDX(page->policies, i,
                                                 cors_counted_t);

        for (reason = 0; reason < CORS_REASONS; reason++) {
            ap_rprintf(page->r, "cors_requests_total{policy=\"%s\",result="
                       "\"%s\",reason=\"%s\"} %" APR_UINT64_T_FMT "\n",
                       c->label,
                       cors_result_name(cors_reason_result(reason)),
                       cors_reason_name(reason), c->counts[reason]);
        }
    }
}

static void put_candidates(page_t *page)
{
    int i, change;

    put_family(page, "cors_candidate_requests",
               "Requests that a CORSCandidatePolicy was evaluated for, by what "
               "it would change.");
    for (i = 0; i < page->policies->nelts; i++) {
        for (change = 0; change < CORS_CHANGES; change++) {
            sample_t sample;

            sample.what = CORS_COUNT_CANDIDATE + (unsigned)change;
            sample.label = "change";
            sample.value = cors_change_name((cors_change_e)change);
            put_sample(page, "cors_candidate_requests", i, &sample);
        }
    }
}

static void put_build(page_t *page)
{
    request_rec *r = page->r;

    if (page->open) {
        ap_rputs("# HELP cors_build The version of mod_cors.\n"
                 "# TYPE cors_build info\n", r);
    }
    else {
        ap_rputs("# HELP cors_build_info The version of mod_cors.\n"
                 "# TYPE cors_build_info gauge\n", r);
    }
    ap_rputs("cors_build_info{version=\"" CORS_VERSION "\"} 1\n", r);
}

static void put_page(page_t *page)
{
    put_requests(page);
    put_simple(page, "cors_forbidden", CORS_COUNT_FORBIDDEN,
               "Requests answered 403 by CORSRefusal.");
    put_simple(page, "cors_backend_headers_removed", CORS_COUNT_REMOVED,
               "Responses that lost headers of a backend, handler or "
               "mod_headers to the policy (CORSBackendHeaders Replace).");
    put_simple(page, "cors_source_errors", CORS_COUNT_SOURCE_ERRORS,
               "Requests for which a list kept elsewhere was asked and did not "
               "answer.");
    put_candidates(page);
    put_build(page);
    if (page->open) {
        ap_rputs("# EOF\n", page->r);
    }
}

/* Prometheus names both forms where it knows both; who names neither gets
 * OpenMetrics. */
static int wants_open(request_rec *r)
{
    const char *accept = apr_table_get(r->headers_in, "Accept");

    return !accept || ap_strcasestr(accept, OPEN_METRICS)
           || !ap_strcasestr(accept, "text/plain");
}

int cors_metrics_handler(request_rec *r)
{
    int status = cors_handler_check(r, "cors-metrics");
    page_t page = {0};

    if (status != OK) {
        return status;
    }
    page.r = r;
    page.open = wants_open(r);
    ap_set_content_type(r, page.open
                               ? OPEN_METRICS "; version=1.0.0; charset=utf-8"
                               : "text/plain; version=0.0.4; charset=utf-8");
    apr_table_mergen(r->headers_out, "Vary", "Accept");
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    if (r->header_only) {
        return OK;
    }
    page.policies = by_label(cors_counters_read(r->pool), r->pool);
    put_page(&page);
    return OK;
}
