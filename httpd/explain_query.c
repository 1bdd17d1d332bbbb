/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_query.c: the query, field by field. Whatever is wrong is told in one
 * sentence; nothing of it goes on to a lookup.
 */
#include "httpd/explain_query.h"

#include "apr_lib.h"
#include "apr_strings.h"
#include "http_core.h"
#include "http_protocol.h"

#include "engine/escape.h"
#include "engine/origin.h"
#include "engine/paste.h"
#include "engine/token.h"

#define FIELD_MAX 8192
#define HEADERS_MAX 64
#define METHOD_MAX 64

/* ---- application/x-www-form-urlencoded --------------------------------- */

/* NULL for a broken escape or a NUL. */
static const char *decode(apr_pool_t *pool, const char *text, apr_size_t len)
{
    char *out = apr_pstrmemdup(pool, text, len);

    return ap_unescape_urlencoded(out) == OK ? out : NULL;
}

/* Blanks around it are a paste's, not meant. */
static const char *trim(apr_pool_t *pool, const char *text)
{
    apr_size_t len;

    while (apr_isspace(*text)) {
        text++;
    }
    len = strlen(text);
    while (len && apr_isspace(text[len - 1])) {
        len--;
    }
    return apr_pstrmemdup(pool, text, len);
}

/* The sentence that tells what is wrong. */
#define wrong(r, ...) apr_psprintf((r)->pool, __VA_ARGS__)

static const char *quoted(request_rec *r, const char *text)
{
    return cors_escape(r->pool, text, strlen(text));
}

static const char *set_credentials(cors_ask_t *ask, request_rec *r,
                                   const char *value)
{
    ask->credentials = !strcmp(value, "include");
    if (ask->credentials || !*value || !strcmp(value, "omit")
        || !strcmp(value, "same-origin")) {
        return NULL;
    }
    return wrong(r, "credentials is %s: write include or omit",
                 quoted(r, value));
}

static const char *set_format(cors_ask_t *ask, request_rec *r,
                              const char *value)
{
    static const char *const names[] = {"html", "json", "text"};
    int i;

    for (i = 0; i < 3; i++) {
        if (!strcmp(value, names[i])) {
            ask->format = (cors_format_e)i;
            return NULL;
        }
    }
    return *value ? wrong(r, "format is %s: write html, json or text",
                          quoted(r, value)) : NULL;
}

/* One name=value; a name that is not ours is nobody's. */
static const char *set_field(cors_ask_t *ask, request_rec *r,
                             const char *name, const char *value)
{
    const struct {
        const char *name;
        const char **to;
    } texts[] = {{"url", &ask->url}, {"origin", &ask->origin},
                 {"method", &ask->method}, {"paste", &ask->paste}};
    apr_size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (!strcmp(name, texts[i].name)) {
            *texts[i].to = trim(r->pool, value);
            return NULL;
        }
    }
    if (!strcmp(name, "headers")) {
        ask->headers = value;
    }
    if (!strcmp(name, "credentials")) {
        return set_credentials(ask, r, value);
    }
    return !strcmp(name, "format") ? set_format(ask, r, value) : NULL;
}

static const char *read_fields(cors_ask_t *ask, request_rec *r)
{
    const char *at = r->args ? r->args : "", *error = NULL, *one;

    for (; *at; at += strcspn(at, "&"), at += (*at == '&')) {
        apr_size_t len = strcspn(at, "&"), key = strcspn(at, "=&");
        const char *name = decode(r->pool, at, key);
        const char *value = decode(r->pool, at + key + (key < len),
                                   len - key - (key < len));

        if (!name || !value) {
            one = "the query has a percent sign that is no escape, or a NUL "
                  "byte: write %25 for a percent sign";
        }
        else if (strlen(value) > FIELD_MAX) {
            one = wrong(r, "%s is longer than %d bytes", quoted(r, name),
                        FIELD_MAX);
        }
        else {
            one = set_field(ask, r, name, value);
        }
        if (!error) {
            error = one;
        }
    }
    return error;
}

/* ---- who, and what ----------------------------------------------------- */

static const char *read_origin(cors_ask_t *ask, request_rec *r)
{
    cors_origin_t o;

    ask->fetch.origin = ask->origin;
    if (!*ask->origin) {
        return "origin is missing: write the origin of the page that makes "
               "the request, such as https://app.example.com";
    }
    switch (cors_origin_parse(&o, ask->origin, strlen(ask->origin))) {
    case CORS_ORIGIN_OK:
        return NULL;
    case CORS_ORIGIN_PATH:
        return wrong(r, "origin is %s: take away what follows the host and "
                     "port, the last slash too", quoted(r, ask->origin));
    case CORS_ORIGIN_DEFAULT:
        return wrong(r, "origin is %s: browsers leave out the scheme's own "
                     "port; take it away", quoted(r, ask->origin));
    case CORS_ORIGIN_UPPER:
        return wrong(r, "origin is %s: browsers send it in lower case",
                     quoted(r, ask->origin));
    case CORS_ORIGIN_NON_ASCII:
        return wrong(r, "origin is %s: browsers send its host as punycode, "
                     "xn--...", quoted(r, ask->origin));
    default:
        return wrong(r, "origin is %s, which no browser sends: write "
                     "scheme://host or scheme://host:port, or null",
                     quoted(r, ask->origin));
    }
}

static const char *read_method(cors_ask_t *ask, request_rec *r)
{
    const char *method = *ask->method ? ask->method : "GET";

    ask->fetch.method = method;
    return strlen(method) <= METHOD_MAX && cors_is_token(method, strlen(method))
               ? NULL
               : wrong(r, "method is %s, which is no method: write one, such "
                       "as PUT", quoted(r, method));
}

/* One element of the list; what begins with no name goes on with the value of
 * the header before it, which has a comma in it. */
static const char *add_header(cors_ask_t *ask, request_rec *r,
                              const char *text)
{
    apr_array_header_t *headers = (apr_array_header_t *)ask->fetch.headers;
    const char *colon = strchr(text, ':'), *c;
    apr_size_t len = colon ? (apr_size_t)(colon - text) : strlen(text);
    cors_fetch_header_t *h;

    for (c = text; *c; c++) {
        if (apr_iscntrl(*c) && *c != '\t') {
            return wrong(r, "headers has %s: control bytes stand in no header",
                         quoted(r, text));
        }
    }
    if (!cors_is_token(text, len)) {
        h = headers->nelts ? &APR_ARRAY_IDX(headers, headers->nelts - 1,
                                            cors_fetch_header_t) : NULL;
        if (!h || !h->value) {
            return wrong(r, "headers has %s, which is no header's name: write "
                         "names, separated by commas", quoted(r, text));
        }
        h->value = apr_pstrcat(r->pool, h->value, ", ", text, NULL);
        return NULL;
    }
    if (headers->nelts == HEADERS_MAX) {
        return wrong(r, "headers names more than %d headers", HEADERS_MAX);
    }
    h = apr_array_push(headers);
    h->name = apr_pstrmemdup(r->pool, text, len);
    h->value = colon ? trim(r->pool, colon + 1) : NULL;
    return NULL;
}

static const char *read_headers(cors_ask_t *ask, request_rec *r)
{
    const char *at = ask->headers, *error = NULL;

    ask->fetch.headers = apr_array_make(r->pool, 8,
                                        sizeof(cors_fetch_header_t));
    while (*at && !error) {
        apr_size_t len = strcspn(at, ",\r\n");
        const char *text = trim(r->pool, apr_pstrmemdup(r->pool, at, len));

        if (*text) {
            error = add_header(ask, r, text);
        }
        at += len + (at[len] != '\0');
    }
    return error;
}

/* What was pasted fills what was left empty. */
static const char *read_paste(cors_ask_t *ask, request_rec *r)
{
    cors_pasted_t found;

    if (!*ask->paste) {
        return NULL;
    }
    if (!cors_paste_read(&found, ask->paste, r->pool)) {
        return "nothing was found in what was pasted: paste the whole message "
               "of the browser's console, or a curl command";
    }
    ask->url = *ask->url || !found.url ? ask->url : found.url;
    ask->origin = *ask->origin || !found.origin ? ask->origin : found.origin;
    ask->method = *ask->method || !found.method ? ask->method : found.method;
    ask->headers = *ask->headers || !found.headers ? ask->headers
                                                   : found.headers;
    ask->credentials |= found.credentials;
    return NULL;
}

void cors_ask_read(cors_ask_t *ask, request_rec *r)
{
    memset(ask, 0, sizeof(*ask));
    ask->url = ask->origin = ask->method = ask->headers = ask->paste = "";
    ask->error = read_fields(ask, r);
    if (!ask->error) {
        ask->error = read_paste(ask, r);
    }
    ask->is_empty = !ask->error && !*ask->url && !*ask->origin
                    && !*ask->method && !*ask->headers && !*ask->paste
                    && !ask->credentials;
    ask->fetch.credentials = ask->credentials;
    if (!ask->error) {
        ask->error = cors_ask_url(ask, r);
    }
    if (!ask->error) {
        ask->error = read_origin(ask, r);
    }
    if (!ask->error) {
        ask->error = read_method(ask, r);
    }
    if (!ask->error) {
        ask->error = read_headers(ask, r);
    }
}
