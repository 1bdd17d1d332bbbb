/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status.c: mod_status shows the totals by result.
 */
#include "httpd/status.h"

#include "http_protocol.h"
/* Wants httpd.h before it. */
#include "apr_optional_hooks.h"
#include "mod_status.h"

#include "httpd/counters.h"

/* In the order of the page. The keys of ?auto are for scripts: never rename
 * one. */
static const struct {
    cors_result_e result;
    const char *key;
} rows[] = {
    {CORS_RESULT_ALLOWED, "CORSAllowed"},
    {CORS_RESULT_PREFLIGHT_ALLOWED, "CORSPreflightAllowed"},
    {CORS_RESULT_SAME_ORIGIN, "CORSSameOrigin"},
    {CORS_RESULT_REFUSED_ORIGIN, "CORSRefusedOrigin"},
    {CORS_RESULT_REFUSED_METHOD, "CORSRefusedMethod"},
    {CORS_RESULT_REFUSED_HEADER, "CORSRefusedHeader"},
    {CORS_RESULT_REFUSED_MALFORMED, "CORSRefusedMalformed"},
    {CORS_RESULT_SOURCE_ERROR, "CORSSourceError"},
};

static apr_uint64_t total(const apr_array_header_t *policies,
                          cors_result_e result)
{
    apr_uint64_t sum = 0;
    int i, reason;

    for (i = 0; i < policies->nelts; i++) {
        const cors_counted_t *c = &APR_ARRAY_IDX(policies, i, cors_counted_t);

        for (reason = 0; reason < CORS_REASONS; reason++) {
            if (cors_reason_result(reason) == result) {
                sum += c->counts[reason];
            }
        }
    }
    return sum;
}

static int show(request_rec *r, int flags)
{
    const apr_array_header_t *policies = cors_counters_read(r->pool);
    const int is_short = flags & AP_STATUS_SHORT;
    apr_size_t i;

    if (!is_short) {
        ap_rputs("<hr />\n<h2>CORS: requests with an Origin</h2>\n<dl>\n", r);
    }
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ap_rprintf(r, is_short ? "%s: %" APR_UINT64_T_FMT "\n"
                               : "<dt>%s: %" APR_UINT64_T_FMT "</dt>\n",
                   is_short ? rows[i].key : cors_result_name(rows[i].result),
                   total(policies, rows[i].result));
    }
    if (!is_short) {
        ap_rputs("</dl>\n", r);
    }
    return OK;
}

void cors_status_register(void)
{
    APR_OPTIONAL_HOOK(ap, status_hook, show, NULL, NULL, APR_HOOK_MIDDLE);
}
