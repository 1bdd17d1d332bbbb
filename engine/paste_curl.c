/* SPDX-License-Identifier: Apache-2.0 */
/*
 * paste_curl.c: a curl command, split as a shell would, without running a
 * thing.
 */
#include "paste.h"

#include <string.h>

#include "apr_lib.h"
#include "apr_strings.h"

#include "safelist.h"

typedef struct curl_t {
    cors_pasted_t *found;
    apr_pool_t *pool;
    const char *at;             /* the rest of the command */
    int data, form, head;
    const char *asked_method, *asked_headers;   /* a preflight's own */
    const char *referer;
} curl_t;

/* ---- the shell's words ------------------------------------------------- */

/* In $'…'; Chromium writes \uXXXX and \' there. Others stand for themselves. */
static const char *dollar(const char *at, char **out)
{
    for (at++; *at && *at != '\''; at++) {
        if (*at == '\\' && at[1]) {
            at++;
            *(*out)++ = *at == 'n' ? '\n' : *at == 't' ? '\t' : *at;
        }
        else {
            *(*out)++ = *at;
        }
    }
    return *at ? at + 1 : at;
}

static const char *quoted(const char *at, char quote, char **out)
{
    for (at++; *at && *at != quote; at++) {
        if (quote == '"' && *at == '\\' && at[1]
            && strchr("\"\\$`\n", at[1])) {
            at++;
        }
        *(*out)++ = *at;
    }
    return *at ? at + 1 : at;
}

/* The next word, or NULL at the end of the command. */
static const char *next_word(curl_t *c)
{
    char *word, *out;

    for (;;) {
        if (c->at[0] == '\\' && (c->at[1] == '\n' || c->at[1] == '\r')) {
            c->at += 2;
        }
        else if (apr_isspace(*c->at)) {
            c->at++;
        }
        else {
            break;
        }
    }
    if (!*c->at || *c->at == ';' || *c->at == '|' || *c->at == '&') {
        return NULL;
    }
    word = out = apr_palloc(c->pool, strlen(c->at) + 1);
    while (*c->at && !apr_isspace(*c->at)
           && !strchr(";|&", *c->at)) {
        if (*c->at == '$' && c->at[1] == '\'') {
            c->at = dollar(c->at + 1, &out);
        }
        else if (*c->at == '\'' || *c->at == '"') {
            c->at = quoted(c->at, *c->at, &out);
        }
        else {
            if (*c->at == '\\' && c->at[1]) {
                c->at++;
            }
            *out++ = *c->at++;
        }
    }
    *out = '\0';
    return word;
}

/* ---- options ----------------------------------------------------------- */

static void add_header(curl_t *c, const char *line)
{
    const char *before = c->found->headers;

    c->found->headers = before ? apr_pstrcat(c->pool, before, "\n", line, NULL)
                               : line;
}

/* What the developer tools copy beside what the script set. */
static int is_browsers(const char *name)
{
    static const char *const names[] = {
        "Accept", "Accept-Language", "Cache-Control", "Pragma", "Priority",
        "Upgrade-Insecure-Requests", "User-Agent", NULL
    };
    const cors_fetch_header_t header = {name, NULL};
    const char *const *n;

    for (n = names; *n; n++) {
        if (!strcasecmp(name, *n)) {
            return 1;
        }
    }
    return cors_fetch_header(&header) == CORS_HEADER_FORBIDDEN;
}

static void take_header(curl_t *c, const char *line)
{
    const char *colon = strchr(line, ':'), *value;
    const char *name;

    if (!colon) {
        return;
    }
    name = apr_pstrmemdup(c->pool, line, (apr_size_t)(colon - line));
    for (value = colon + 1; apr_isspace(*value); value++) {
    }
    if (!strcasecmp(name, "Origin")) {
        c->found->origin = value;
    }
    else if (!strcasecmp(name, "Referer")) {
        c->referer = value;
    }
    else if (!strcasecmp(name, "Cookie")) {
        c->found->credentials = 1;
    }
    else if (!strcasecmp(name, "Access-Control-Request-Method")) {
        c->asked_method = value;
    }
    else if (!strcasecmp(name, "Access-Control-Request-Headers")) {
        c->asked_headers = value;
    }
    else if (!is_browsers(name)) {
        add_header(c, line);
    }
}

/* Long and short names of options that we read, and of those whose argument
 * must not be taken for the URL. */
static const struct {
    const char *name;
    char letter;
    char what;                  /* X, H, d, F, b, u, U(RL); 0: passed over */
} options[] = {
    {"--request", 'X', 'X'}, {"--header", 'H', 'H'}, {"--data", 'd', 'd'},
    {"--data-raw", 0, 'd'}, {"--data-binary", 0, 'd'},
    {"--data-ascii", 0, 'd'}, {"--data-urlencode", 0, 'd'},
    {"--json", 0, 'j'}, {"--form", 'F', 'F'}, {"--form-string", 0, 'F'},
    {"--cookie", 'b', 'b'}, {"--user", 'u', 'b'}, {"--url", 0, 'U'},
    {"--output", 'o', 0}, {"--user-agent", 'A', 0}, {"--referer", 'e', 0},
    {"--cookie-jar", 'c', 0}, {"--max-time", 'm', 0}, {"--proxy", 'x', 0},
    {"--connect-timeout", 0, 0}, {"--cacert", 0, 0}, {"--cert", 'E', 0},
    {"--key", 0, 0}, {"--resolve", 0, 0}, {"--connect-to", 0, 0},
    {"--write-out", 'w', 0}, {"--retry", 0, 0}, {"--range", 'r', 0},
    {"--dump-header", 'D', 0}, {"--upload-file", 'T', 'T'}
};

static void take_option(curl_t *c, char what, const char *value)
{
    switch (what) {
    case 'X':
        c->found->method = value;
        break;
    case 'H':
        take_header(c, value);
        break;
    case 'j':
        add_header(c, "Content-Type: application/json");
        c->data = 2;
        break;
    case 'd':
        c->data = c->data ? c->data : 1;
        break;
    case 'F':
        c->form = 1;
        break;
    case 'b':
        c->found->credentials = 1;
        break;
    case 'T':
        c->found->method = "PUT";
        break;
    case 'U':
        c->found->url = value;
        break;
    default:
        break;
    }
}

/* One word that begins with a dash. */
static void read_option(curl_t *c, const char *word)
{
    apr_size_t i;

    if (!strcmp(word, "--head") || !strcmp(word, "-I")) {
        c->head = 1;
    }
    for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        const char *value = NULL;

        if (word[1] == '-' ? strcmp(word, options[i].name)
                           : !options[i].letter
                                 || word[1] != options[i].letter) {
            continue;
        }
        /* -XPUT: the argument may stand in the same word. */
        value = word[1] != '-' && word[2] ? word + 2 : next_word(c);
        if (value) {
            take_option(c, options[i].what, value);
        }
        return;
    }
}

/* ---- what it comes to -------------------------------------------------- */

static int has_header(const char *headers, const char *name)
{
    const apr_size_t len = strlen(name);

    while (headers) {
        if (!strncasecmp(headers, name, len) && headers[len] == ':') {
            return 1;
        }
        headers = strchr(headers, '\n');
        headers = headers ? headers + 1 : NULL;
    }
    return 0;
}

static const char *origin_of(const char *url, apr_pool_t *pool)
{
    const char *host = strstr(url, "://");

    return host ? apr_pstrmemdup(pool, url,
                                 (apr_size_t)(host - url) + 3
                                     + strcspn(host + 3, "/?#"))
                : NULL;
}

static void conclude(curl_t *c)
{
    cors_pasted_t *f = c->found;

    if (c->asked_method) {
        /* The preflight itself was copied. */
        f->method = c->asked_method;
        f->headers = c->asked_headers;
    }
    else if (!f->method && (c->data || c->form)) {
        f->method = "POST";
    }
    else if (!f->method && c->head) {
        f->method = "HEAD";
    }
    if ((c->data || c->form) && !has_header(f->headers, "Content-Type")) {
        add_header(c, c->form ? "Content-Type: multipart/form-data"
                              : "Content-Type: "
                                "application/x-www-form-urlencoded");
    }
    if (!f->origin && c->referer) {
        f->origin = origin_of(c->referer, c->pool);
    }
}

int cors_paste_curl(cors_pasted_t *found, const char *text, apr_pool_t *pool)
{
    curl_t c = {0};
    const char *word;

    c.found = found;
    c.pool = pool;
    c.at = text;
    while ((word = next_word(&c)) != NULL) {
        if (word[0] == '-' && word[1]) {
            read_option(&c, word);
        }
        else if (!found->url) {
            found->url = word;
        }
    }
    conclude(&c);
    return found->url || found->origin || found->headers;
}
