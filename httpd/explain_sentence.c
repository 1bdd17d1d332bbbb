/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_sentence.c: the browser's verdict in words.
 */
#include "httpd/explain.h"

#include "apr_strings.h"

static const char *lack(const cors_explained_t *e)
{
    const cors_browser_t *b = &e->browser;
    const cors_exchange_t *x = cors_explain_decisive(e);
    apr_pool_t *pool = e->r->pool;

    switch (b->failed) {
    case CORS_FAIL_ANY:
        return "with Access-Control-Allow-Origin: *, which a request with "
               "credentials does not take";
    case CORS_FAIL_CREDENTIALS:
        return "without Access-Control-Allow-Credentials, and the request has "
               "credentials";
    case CORS_FAIL_STATUS:
        return apr_psprintf(pool, "with status %d, which is none of 200 to 299",
                            x->lookup.status);
    case CORS_FAIL_LIST:
        return "with a list that is no list of names";
    case CORS_FAIL_METHOD:
        return apr_pstrcat(pool, "without the method ", b->at, NULL);
    case CORS_FAIL_HEADER:
        return apr_pstrcat(pool, "without the header ", b->at, NULL);
    default:
        return apr_table_get(x->lookup.response, "Access-Control-Allow-Origin")
                   ? "with another origin than the page's in "
                     "Access-Control-Allow-Origin"
                   : "without Access-Control-Allow-Origin";
    }
}

static const char *refused(const cors_explained_t *e)
{
    const cors_browser_t *b = &e->browser;
    apr_pool_t *pool = e->r->pool;

    switch (b->failed_at) {
    case CORS_STAGE_REQUEST:
        return apr_pstrcat(pool, "Refused: no script may use the method ",
                           b->at, ", so the browser does not send the request",
                           NULL);
    case CORS_STAGE_PREFLIGHT:
        return apr_pstrcat(pool, "Refused: the preflight would be answered ",
                           lack(e), ", so the browser will not send the "
                           "request", NULL);
    default:
        return apr_pstrcat(pool, "Refused: the response would come ", lack(e),
                           ", so the script could not read it; the request "
                           "itself is sent", NULL);
    }
}

static const char *allowed(const cors_explained_t *e)
{
    const int status = e->actual.lookup.status;
    const char *text = "Allowed: the browser sends the request, and the "
                       "script may read the response";

    if (e->browser.same_origin) {
        text = "Allowed: the page and the URL are of the same origin, so CORS "
               "does not apply";
    }
    else if (e->browser.needs_preflight) {
        text = "Allowed: the preflight passes, the browser sends the request, "
               "and the script may read the response";
    }
    return status >= 300
               ? apr_psprintf(e->r->pool, "%s, which has status %d", text,
                              status) : text;
}

const char *cors_explain_sentence(const cors_explained_t *e)
{
    return e->allowed ? allowed(e) : refused(e);
}
