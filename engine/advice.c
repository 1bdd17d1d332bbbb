/* SPDX-License-Identifier: Apache-2.0 */
/*
 * advice.c: take apart what was written, loosely, and put together what an
 * origin can be. The result is shown only where it parses.
 */
#include "advice.h"

#include <string.h>

#include "apr_lib.h"
#include "apr_strings.h"

#include "suffix.h"

static char *lower_case(apr_pool_t *pool, const char *text, apr_size_t len)
{
    char *copy = apr_pstrmemdup(pool, text, len), *c;

    for (c = copy; *c; c++) {
        *c = (char)apr_tolower(*c);
    }
    return copy;
}

static int is_http(const char *scheme)
{
    return !strcmp(scheme, "http") || !strcmp(scheme, "https");
}

/* The port to write: none where it is the default one or missing. */
static const char *correct_port(apr_pool_t *pool, const char *scheme,
                                const char *port)
{
    while (*port == '0') {
        port++;
    }
    if (!*port || (!strcmp(scheme, "http") && !strcmp(port, "80"))
        || (!strcmp(scheme, "https") && !strcmp(port, "443"))) {
        return "";
    }
    return apr_pstrcat(pool, ":", port, NULL);
}

const char *cors_correct_origin(apr_pool_t *pool, const char *text)
{
    const char *sep = strstr(text, "://"), *host, *at, *port = "";
    const char *scheme, *corrected;
    char *authority, *colon;
    cors_pattern_t p;

    if (sep == text) {
        return NULL;
    }
    /* "app.example.com" alone: the scheme was forgotten. */
    scheme = sep ? lower_case(pool, text, (apr_size_t)(sep - text)) : "https";
    host = sep ? sep + 3 : text;
    authority = apr_pstrmemdup(pool, host, strcspn(host, "/?#\\"));
    if ((at = strrchr(authority, '@')) != NULL) {
        authority = apr_pstrdup(pool, at + 1);
    }
    colon = strrchr(authority, ':');
    if (colon && !strchr(colon, ']')) {
        *colon = '\0';
        port = correct_port(pool, scheme, colon + 1);
    }
    if (is_http(scheme)) {
        const char *ascii = NULL, *c;

        for (c = authority; *c && !((unsigned char)*c & 0x80); c++) {
        }
        if (*c) {
            int wild = !strncmp(authority, "*.", 2);

            ascii = cors_host_to_ascii(pool, authority + (wild ? 2 : 0));
            ascii = ascii && wild ? apr_pstrcat(pool, "*.", ascii, NULL)
                                  : ascii;
        }
        else {
            ascii = lower_case(pool, authority, strlen(authority));
        }
        if (!ascii) {
            return NULL;
        }
        authority = apr_pstrdup(pool, ascii);
    }
    if (!sep && !strchr(authority, '.')) {
        return NULL;
    }
    corrected = apr_pstrcat(pool, scheme, "://", authority, port, NULL);
    if (!strcmp(corrected, text)
        || cors_pattern_parse(&p, corrected, pool) != CORS_PATTERN_OK) {
        return NULL;
    }
    return corrected;
}

static cors_finding_e origin_finding(cors_origin_fault_e fault)
{
    switch (fault) {
    case CORS_ORIGIN_UPPER:
        return CORS_F_ORIGIN_CASE;
    case CORS_ORIGIN_NON_ASCII:
        return CORS_F_ORIGIN_NON_ASCII;
    case CORS_ORIGIN_ADDRESS:
        return CORS_F_ORIGIN_IP;
    case CORS_ORIGIN_BAD_PORT:
        return CORS_F_ORIGIN_PORT;
    case CORS_ORIGIN_DEFAULT:
        return CORS_F_ORIGIN_DEFAULT_PORT;
    case CORS_ORIGIN_USER:
        return CORS_F_ORIGIN_USER;
    case CORS_ORIGIN_PATH:
        return CORS_F_ORIGIN_PATH;
    default:
        return CORS_F_NOT_AN_ORIGIN;
    }
}

void cors_report_pattern(cors_findings_t *findings,
                         const cors_pattern_t *pattern,
                         cors_pattern_fault_e fault,
                         const cors_where_t *where)
{
    cors_finding_e id = CORS_F_NOT_AN_ORIGIN;
    const char *corrected;

    if (!findings) {
        return;
    }
    switch (fault) {
    case CORS_PATTERN_WILDCARD:
        id = CORS_F_WILDCARD_PLACE;
        break;
    case CORS_PATTERN_RANGE:
        id = CORS_F_ORIGIN_PORT;
        break;
    case CORS_PATTERN_FILE:
        id = CORS_F_ORIGIN_FILE;
        break;
    default:
        id = origin_finding(pattern->origin_fault);
        break;
    }
    corrected = (fault == CORS_PATTERN_ORIGIN)
                    ? cors_correct_origin(findings->pool, pattern->text)
                    : NULL;
    if (corrected) {
        cors_finding_add(findings, id, where, pattern->text, "write %s",
                         corrected);
    }
    else {
        cors_finding_add(findings, id, where, pattern->text, NULL);
    }
}
