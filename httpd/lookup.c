/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup.c: a subrequest made to look like a request.
 */
#include "httpd/lookup.h"

#include "apr_strings.h"
#include "http_core.h"
#include "http_protocol.h"
#include "http_request.h"
#include "mod_core.h"
#include "util_filter.h"

#include "httpd/answer.h"
#include "httpd/lookup_parts.h"
#include "httpd/state.h"

#define KEY "cors-lookup"

/* Hooks that httpd runs for no subrequest, of modules that only look at the
 * request. Others count requests there, and wait for their end. */
static const char *const readers[] = {"mod_setenvif.c", "mod_headers.c", NULL};
/* Whose filters write headers, and do nothing else. */
static const char *const writers[] = {"mod_headers.c", "mod_cors.c", NULL};

static ap_filter_rec_t *sink;

static apr_status_t swallow(ap_filter_t *f, apr_bucket_brigade *bb)
{
    (void)f;
    apr_brigade_cleanup(bb);
    return APR_SUCCESS;
}

void cors_lookup_register(void)
{
    sink = ap_register_output_filter("CORS_NOWHERE", swallow, NULL,
                                     AP_FTYPE_NETWORK);
}

static ap_filter_t *make_sink(request_rec *r)
{
    ap_filter_t *f = apr_pcalloc(r->pool, sizeof(*f));

    f->frec = sink;
    f->r = r;
    f->c = r->connection;
    return f;
}

const cors_lookup_t *cors_lookup_of_sub(const request_rec *r)
{
    void *lookup = NULL;

    /* Of its own subrequests (MultiViews, DirectoryIndex) the pool is another's
     * child: they are ordinary ones. */
    apr_pool_userdata_get(&lookup, KEY, apr_pool_parent_get(r->pool));
    return lookup;
}

cors_settings_t *cors_lookup_settings(const request_rec *r)
{
    const cors_lookup_t *lookup = cors_lookup_of(r);

    return lookup && lookup->settings ? lookup->settings
                                      : cors_state_settings(r);
}

static int is_one_of(const char *name, const char *const *names)
{
    for (; name && *names; names++) {
        if (!strcmp(name, *names)) {
            return 1;
        }
    }
    return 0;
}

/* Run the hooks of those named, in httpd's order. */
#define RUN(hook, names, r) \
    do { \
        apr_array_header_t *all = ap_hook_get_##hook(); \
        int i; \
        for (i = 0; all && i < all->nelts; i++) { \
            ap_LINK_##hook##_t *one = &APR_ARRAY_IDX(all, i, \
                                                     ap_LINK_##hook##_t); \
            if (is_one_of(one->szName, names)) { \
                one->pFunc(r); \
            } \
        } \
    } while (0)

void cors_lookup_alone(request_rec *r)
{
    if (cors_lookup_of(r)) {
        r->main = NULL;
    }
}

void cors_lookup_headers(request_rec *r)
{
    static const char *const setenvif[] = {"mod_setenvif.c", NULL};
    const cors_lookup_t *lookup = cors_lookup_of(r);

    if (lookup) {
        r->main = lookup->asker;
        /* The first call repeats what the server level says. */
        RUN(post_read_request, setenvif, r);
        RUN(header_parser, setenvif, r);
    }
}

/* What mod_ssl says of the connection; the rest is of the other request. */
static int keep_variable(void *env, const char *name, const char *value)
{
    if (!strncmp(name, "SSL_", 4) || !strcmp(name, "HTTPS")) {
        apr_table_setn(env, name, value);
    }
    return 1;
}

/* Of the request that asks: what its client says of itself, and proxies of it,
 * stays; what belongs to the request itself goes. */
static int keep_header(void *headers, const char *name, const char *value)
{
    static const char *const gone[] = {
        "Accept", "Authorization", "Cache-Control", "Connection",
        "Content-Length", "Content-Type", "Cookie", "Cookie2", "Expect",
        "Host", "Keep-Alive", "Origin", "Pragma", "Priority",
        "Proxy-Authorization", "Range", "Referer", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade", "Upgrade-Insecure-Requests", NULL
    };
    const char *const *n;

    for (n = gone; *n; n++) {
        if (!strcasecmp(name, *n)) {
            return 1;
        }
    }
    if (strncasecmp(name, "Sec-", 4) && strncasecmp(name, "If-", 3)
        && !cors_is_cors_header(name)) {
        apr_table_addn(headers, name, value);
    }
    return 1;
}

static apr_table_t *environment_of(const cors_lookup_t *lookup,
                                   const request_rec *r)
{
    apr_table_t *env = apr_table_make(r->pool, 10);

    apr_table_do(keep_variable, env, r->subprocess_env, NULL);
    return lookup->redirected ? apr_table_overlay(r->pool, lookup->redirected,
                                                  env) : env;
}

static apr_table_t *headers_of(const cors_lookup_t *lookup,
                               const request_rec *r)
{
    apr_table_t *headers = apr_table_make(r->pool, 20);

    apr_table_setn(headers, "Host", lookup->host);
    apr_table_do(keep_header, headers, r->headers_in, NULL);
    return apr_table_overlay(r->pool, headers, lookup->headers);
}

/* What httpd keeps of the request that asks, and a subrequest takes over. */
static void disguise(request_rec *r, const cors_lookup_t *lookup)
{
    request_rec as_sent;

    r->subprocess_env = environment_of(lookup, r);
    r->headers_in = headers_of(lookup, r);
    r->hostname = apr_pstrmemdup(r->pool, lookup->host,
                                 *lookup->host == '['
                                     ? strcspn(lookup->host, "]") + 1
                                     : strcspn(lookup->host, ":"));
    r->the_request = apr_pstrcat(r->pool, lookup->method, " ", lookup->uri,
                                 " HTTP/1.1", NULL);
    r->proto_output_filters = make_sink(r);
    /* Where it is the same, httpd does not ask for a user again. */
    r->per_dir_config = r->server->lookup_defaults;
    r->kept_body = NULL;

    /* SetEnvIf and RequestHeader early see a request before its sections are
     * known. */
    as_sent = *r;
    as_sent.main = NULL;
    as_sent.prev = NULL;
    as_sent.method = lookup->method;
    as_sent.method_number = ap_method_number_of(lookup->method);
    as_sent.notes = apr_table_make(r->pool, 1);
    as_sent.headers_out = apr_table_make(r->pool, 1);
    as_sent.err_headers_out = apr_table_make(r->pool, 1);
    as_sent.request_config = ap_create_request_config(r->pool);
    ap_parse_uri(&as_sent, lookup->uri);
    RUN(post_read_request, readers, &as_sent);
}

/* mod_dav takes what has neither a status line nor a main request for HTTP/0.9,
 * and leaves it alone. Its hook names the handler, and does nothing else. */
static void let_dav_look(request_rec *sub)
{
    static const char *const dav[] = {"mod_dav.c", NULL};

    if (!sub->handler && sub->status == HTTP_OK) {
        sub->assbackwards = 0;
        RUN(fixups, dav, sub);
        sub->assbackwards = 1;
    }
}

request_rec *cors_lookup_send(const cors_lookup_t *lookup, request_rec *r,
                              const char *method, const char *uri)
{
    const request_rec real = *r;
    request_rec *sub;

    disguise(r, lookup);
    sub = ap_sub_req_method_uri(method, uri, r, NULL);
    let_dav_look(sub);
    sub->main = r;
    *r = real;
    return sub;
}

/* ---- the answer -------------------------------------------------------- */

/* 0: it is one, and ends the walk. */
static int is_no_condition(void *unused, const char *name, const char *value)
{
    (void)unused;
    (void)value;
    return strncasecmp(name, "If-", 3) && strcasecmp(name, "Range");
}

/* Whether a file is asked for, with nothing behind its name. */
static int is_file(const request_rec *sub)
{
    return sub->finfo.filetype == APR_REG
           && (!sub->path_info || !*sub->path_info
               || sub->used_path_info == AP_REQ_ACCEPT_PATH_INFO);
}

int cors_lookup_default_status(const request_rec *sub)
{
    if (sub->handler || sub->proxyreq
        || !apr_table_do(is_no_condition, NULL, sub->headers_in, NULL)) {
        return 0;
    }
    switch (sub->method_number) {
    case M_GET:
    case M_POST:
        return is_file(sub) ? HTTP_OK : HTTP_NOT_FOUND;
    case M_OPTIONS:
        return HTTP_OK;
    case M_INVALID:
        return HTTP_NOT_IMPLEMENTED;
    default:
        return HTTP_METHOD_NOT_ALLOWED;
    }
}

static void pass_headers(request_rec *sub, int is_error)
{
    apr_bucket_alloc_t *alloc = sub->connection->bucket_alloc;
    apr_bucket_brigade *bb = apr_brigade_create(sub->pool, alloc);

    sub->output_filters = sub->proto_output_filters = make_sink(sub);
    if (is_error) {
        RUN(insert_error_filter, writers, sub);
    }
    else {
        RUN(insert_filter, writers, sub);
    }
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(alloc));
    ap_pass_brigade(sub->output_filters, bb);
}

/* An error is sent with the headers that errors carry. */
static void drop_success(request_rec *sub)
{
    const char *location = apr_table_get(sub->headers_out, "Location");

    sub->headers_out = sub->err_headers_out;
    sub->err_headers_out = apr_table_make(sub->pool, 1);
    if (location) {
        apr_table_setn(sub->headers_out, "Location", location);
    }
}

/* An ErrorDocument on another server is a redirect. */
static void redirect(cors_lookup_t *lookup, request_rec *sub)
{
    const char *page = ap_is_HTTP_ERROR(lookup->status) && !lookup->on_to
                           ? cors_lookup_error_page(sub, lookup->status) : NULL;

    if (page && ap_is_url(page)) {
        lookup->status = HTTP_MOVED_TEMPORARILY;
        apr_table_setn(sub->headers_out, "Location", page);
    }
}

static void answer(cors_lookup_t *lookup, request_rec *sub)
{
    cors_state_t *state = lookup->state;
    const int ended = sub->status;
    int is_error = 1;

    if (state && state->forbidden) {
        /* Sent already, into nowhere. */
        lookup->status = HTTP_FORBIDDEN;
        return;
    }
    if (state && state->answered) {
        lookup->status = cors_answer_status(state->rules,
                                            cors_state_decide(sub, state));
    }
    else if (ended == HTTP_OK) {
        is_error = 0;
        if (!lookup->status) {
            lookup->status = cors_lookup_default_status(sub);
            is_error = ap_is_HTTP_ERROR(lookup->status);
        }
    }
    else {
        lookup->status = ended > 0 ? ended : 0;
    }
    if (!(state && state->answered)) {
        redirect(lookup, sub);
    }
    sub->status = lookup->status ? lookup->status : HTTP_OK;
    if (is_error && !(state && state->answered)) {
        drop_success(sub);
    }
    pass_headers(sub, is_error);
}

void cors_lookup_run(cors_lookup_t *lookup, request_rec *r)
{
    request_rec *sub;

    lookup->asker = r;
    apr_pool_userdata_setn(lookup, KEY, NULL, r->pool);
    sub = cors_lookup_send(lookup, r, lookup->method, lookup->uri);
    sub = cors_lookup_follow(lookup, r, sub);
    lookup->r = sub;
    lookup->state = cors_lookup_decide(sub);
    answer(lookup, sub);
    lookup->said = lookup->state ? lookup->state->rules->settings
                                 : cors_lookup_settings(sub);
    apr_pool_userdata_setn(NULL, KEY, NULL, r->pool);
    lookup->response = apr_table_overlay(r->pool, sub->err_headers_out,
                                         sub->headers_out);
}
