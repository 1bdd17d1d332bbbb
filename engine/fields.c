/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fields.c: tokens and lists of them.
 */
#include "fields.h"

#include <string.h>

#include "apr_lib.h"
#include "apr_strings.h"

/* RFC 9110, section 5.6.2: tchar. The value is the byte in lower case. */
static const unsigned char tchar[256] = {
    ['!'] = '!', ['#'] = '#', ['$'] = '$', ['%'] = '%', ['&'] = '&',
    ['\''] = '\'', ['*'] = '*', ['+'] = '+', ['-'] = '-', ['.'] = '.',
    ['^'] = '^', ['_'] = '_', ['`'] = '`', ['|'] = '|', ['~'] = '~',
    ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4',
    ['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9',
    ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e',
    ['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j',
    ['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n', ['o'] = 'o',
    ['p'] = 'p', ['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't',
    ['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y',
    ['z'] = 'z',
    ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd', ['E'] = 'e',
    ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j',
    ['K'] = 'k', ['L'] = 'l', ['M'] = 'm', ['N'] = 'n', ['O'] = 'o',
    ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r', ['S'] = 's', ['T'] = 't',
    ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y',
    ['Z'] = 'z',
};

/* Longer names are refused; the longest registered field-name has 44 bytes. */
#define NAME_MAX_LEN 256

static int is_word(const char *text, apr_size_t len, const char *word)
{
    return strlen(word) == len && !strncasecmp(text, word, len);
}

int cors_is_token(const char *text, apr_size_t len)
{
    apr_size_t i;

    for (i = 0; i < len && tchar[(unsigned char)text[i]]; i++) {
    }
    return len && i == len;
}

int cors_is_safelisted_method(const char *text, apr_size_t len)
{
    return (len == 3 && !memcmp(text, "GET", 3))
           || (len == 4
               && (!memcmp(text, "HEAD", 4) || !memcmp(text, "POST", 4)));
}

int cors_is_forbidden_method(const char *text, apr_size_t len)
{
    return is_word(text, len, "CONNECT") || is_word(text, len, "TRACE")
           || is_word(text, len, "TRACK");
}

int cors_is_forbidden_request_header(const char *name)
{
    static const char *const names[] = {
        "Accept-Charset", "Accept-Encoding", "Connection", "Content-Length",
        "Cookie", "Cookie2", "Date", "DNT", "Expect", "Host", "Keep-Alive",
        "Origin", "Referer", "Set-Cookie", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade", "Via"
    };
    apr_size_t i;

    if (!strncasecmp(name, "Proxy-", 6) || !strncasecmp(name, "Sec-", 4)
        || !strncasecmp(name, "Access-Control-", 15)) {
        return 1;
    }
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!strcasecmp(name, names[i])) {
            return 1;
        }
    }
    return 0;
}

cors_list_t *cors_list_make(apr_pool_t *pool, const cors_where_t *where)
{
    cors_list_t *list = apr_pcalloc(pool, sizeof(*list));

    list->pool = pool;
    list->where = *where;
    list->names = apr_array_make(pool, 4, sizeof(const char *));
    list->by_name = apr_hash_make(pool);
    return list;
}

/* Lower case into a buffer of NAME_MAX_LEN. Returns 0 where it cannot be the
 * name of any field. */
static int lower(char *to, const char *name, apr_size_t len)
{
    apr_size_t i;

    if (len > NAME_MAX_LEN) {
        return 0;
    }
    for (i = 0; i < len; i++) {
        to[i] = (char)tchar[(unsigned char)name[i]];
        if (!to[i]) {
            return 0;
        }
    }
    return 1;
}

/* Adds under the key as given: methods with their case, names without. */
static void add(cors_list_t *list, const char *name, const char *key,
                const cors_where_t *where, cors_findings_t *findings)
{
    apr_size_t len = strlen(name);

    if (apr_hash_get(list->by_name, key, (apr_ssize_t)len)) {
        cors_finding_add(findings, CORS_F_DUPLICATE, where, name, NULL);
        return;
    }
    name = apr_pstrdup(list->pool, name);
    if (!list->named) {
        list->named = where;
    }
    APR_ARRAY_PUSH(list->names, const char *) = name;
    apr_hash_set(list->by_name, apr_pstrmemdup(list->pool, key, len),
                 (apr_ssize_t)len, name);
    if (len > list->longest) {
        list->longest = len;
    }
}

static void add_any(cors_list_t *list, const cors_where_t *where,
                    cors_findings_t *findings)
{
    if (list->any) {
        cors_finding_add(findings, CORS_F_DUPLICATE, where, "*", NULL);
    }
    list->any = 1;
    if (!list->named) {
        list->named = where;
    }
}

/* The methods that Fetch puts into upper case before it sends them. */
static const char *normalised(const char *name)
{
    static const char *const names[] = {"DELETE", "GET", "HEAD", "OPTIONS",
                                        "POST", "PUT"};
    apr_size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!strcasecmp(name, names[i])) {
            return names[i];
        }
    }
    return strcasecmp(name, "PATCH") ? NULL : "PATCH";
}

void cors_list_add_method(cors_list_t *list, const char *name,
                          const cors_where_t *where,
                          cors_findings_t *findings)
{
    const char *usual;

    if (!strcmp(name, "*")) {
        add_any(list, where, findings);
        return;
    }
    if (!cors_is_token(name, strlen(name))) {
        cors_finding_add(findings, CORS_F_METHOD_TOKEN, where, name, NULL);
        return;
    }
    if (cors_is_forbidden_method(name, strlen(name))) {
        cors_finding_add(findings, CORS_F_METHOD_FORBIDDEN, where, name, NULL);
        return;
    }
    usual = normalised(name);
    if (usual && strcmp(usual, name)) {
        cors_finding_add(findings, CORS_F_METHOD_CASE, where, name,
                         "write %s", usual);
    }
    add(list, name, name, where, findings);
}

/* A field-name, checked and added without case. */
static void add_field(cors_list_t *list, const char *name,
                      const cors_where_t *where, cors_findings_t *findings)
{
    char key[NAME_MAX_LEN];

    if (!strlen(name) || !lower(key, name, strlen(name))) {
        cors_finding_add(findings, CORS_F_FIELD_TOKEN, where, name, NULL);
        return;
    }
    add(list, name, key, where, findings);
}

void cors_list_add_header(cors_list_t *list, const char *name,
                          const cors_where_t *where,
                          cors_findings_t *findings)
{
    if (!strcmp(name, "*")) {
        add_any(list, where, findings);
    }
    else if (cors_is_forbidden_request_header(name)
             && cors_is_token(name, strlen(name))) {
        cors_finding_add(findings, CORS_F_HEADER_DROPPED, where, name, NULL);
    }
    else {
        add_field(list, name, where, findings);
    }
}

void cors_list_add_expose(cors_list_t *list, const char *name,
                          const cors_where_t *where,
                          cors_findings_t *findings)
{
    if (!strcmp(name, "*")) {
        add_any(list, where, findings);
    }
    else if (!strcasecmp(name, "Set-Cookie")
             || !strcasecmp(name, "Set-Cookie2")) {
        cors_finding_add(findings, CORS_F_EXPOSE_COOKIE, where, name, NULL);
    }
    else if (!strncasecmp(name, "Access-Control-", 15)
             && cors_is_token(name, strlen(name))) {
        cors_finding_add(findings, CORS_F_EXPOSE_DROPPED, where, name, NULL);
    }
    else {
        add_field(list, name, where, findings);
    }
}

void cors_list_seal(cors_list_t *list)
{
    const char *names;
    char *text, *t;

    if (list->sealed) {
        return;
    }
    list->sealed = 1;
    names = apr_array_pstrcat(list->pool, list->names, ',');
    text = t = apr_palloc(list->pool, strlen(names) * 2 + 4);
    if (list->any) {
        *t++ = '*';
        if (*names) {
            *t++ = ',';
            *t++ = ' ';
        }
    }
    for (; *names; names++) {
        *t++ = *names;
        if (*names == ',') {
            *t++ = ' ';
        }
    }
    *t = '\0';
    list->text = *text ? text : NULL;
}

int cors_list_has_method(const cors_list_t *list, const char *name,
                         apr_size_t len)
{
    if (cors_is_safelisted_method(name, len)) {
        return 1;
    }
    if (!list) {
        return 0;
    }
    if (apr_hash_get(list->by_name, name, (apr_ssize_t)len)) {
        return 1;
    }
    return list->any && cors_is_token(name, len)
           && !cors_is_forbidden_method(name, len);
}

int cors_list_has_field(const cors_list_t *list, const char *name,
                        apr_size_t len)
{
    char key[NAME_MAX_LEN];

    return len && len <= list->longest && lower(key, name, len)
           && apr_hash_get(list->by_name, key, (apr_ssize_t)len);
}

int cors_list_covers(const cors_list_t *list, const cors_list_t *of)
{
    int i;

    if (!of || of == list || (list && list->any)) {
        return 1;
    }
    if (of->any) {
        return 0;
    }
    for (i = 0; i < of->names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(of->names, i, const char *);

        if (!list || !cors_list_has_field(list, name, strlen(name))) {
            return 0;
        }
    }
    return 1;
}

/* Fetch, "CORS-preflight fetch": "*" covers every name but Authorization. */
static int field_allowed(const cors_list_t *list, const char *name,
                         apr_size_t len)
{
    if (!list) {
        return 0;
    }
    if (list->any && !is_word(name, len, "Authorization")) {
        return 1;
    }
    return cors_list_has_field(list, name, len);
}

int cors_next_element(const char **at, cors_span_t *word)
{
    const char *p = *at, *end;

    while (*p == ' ' || *p == '\t' || *p == ',') {
        p++;
    }
    for (end = p; *end && *end != ','; end++) {
    }
    *at = end;
    while (end > p && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }
    word->text = p;
    word->len = (apr_size_t)(end - p);
    return word->len > 0;
}

/* The pass over a request list: each name goes to allowed names, or is the
 * one at fault. With echo, refused names are left out instead. */
static cors_list_result_e scan(const cors_list_t *list, const char *asked,
                               cors_span_t *at, apr_array_header_t *echo)
{
    const char *p = asked, *limit = asked + CORS_LIST_MAX;
    cors_list_result_e result = CORS_LIST_OK;
    int empty = 0;

    for (;;) {
        const char *name;
        apr_size_t len;

        while (*p == ' ' || *p == '\t') {
            p++;
        }
        for (name = p; tchar[(unsigned char)*p]; p++) {
        }
        len = (apr_size_t)(p - name);
        while (*p == ' ' || *p == '\t') {
            p++;
        }
        if ((*p && *p != ',') || p > limit
            || (!len && ++empty > CORS_LIST_EMPTY_MAX)) {
            at->text = name;
            at->len = (apr_size_t)(p - name);
            return CORS_LIST_MALFORMED;
        }
        if (len && field_allowed(list, name, len)) {
            if (echo) {
                APR_ARRAY_PUSH(echo, const char *) =
                    apr_pstrmemdup(echo->pool, name, len);
            }
        }
        else if (len && result == CORS_LIST_OK) {
            result = CORS_LIST_REFUSED;
            at->text = name;
            at->len = len;
        }
        if (!*p++) {
            return result;
        }
    }
}

cors_list_result_e cors_list_check(const cors_list_t *list, const char *asked,
                                   cors_span_t *at)
{
    return asked ? scan(list, asked, at, NULL) : CORS_LIST_OK;
}

const char *cors_list_echo(const cors_list_t *list, const char *asked,
                           apr_pool_t *pool)
{
    apr_array_header_t *names;
    cors_span_t at;
    cors_list_t joined = {0};

    if (!asked) {
        return NULL;
    }
    names = apr_array_make(pool, 8, sizeof(const char *));
    if (scan(list, asked, &at, names) == CORS_LIST_MALFORMED) {
        return NULL;
    }
    joined.pool = pool;
    joined.names = names;
    cors_list_seal(&joined);
    return joined.text;
}
