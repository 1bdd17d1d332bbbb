/* SPDX-License-Identifier: Apache-2.0 */
/*
 * safelist.c: Fetch, section "HTTP extensions" and 2.2.2, as far as a header
 * or a method alone can tell.
 */
#include "safelist.h"

#include <string.h>

#include "apr_lib.h"

#define VALUE_MAX_LEN 128

const char cors_safelisted_response[]
    = "Cache-Control, Content-Language, Content-Length, Content-Type, Expires, "
      "Last-Modified, Pragma";

static int is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++) {
        if (!strcasecmp(name, *names)) {
            return 1;
        }
    }
    return 0;
}

/* Fetch, "forbidden request-header". Narrower than what CORSAllowHeaders
 * drops: scripts do set Access-Control-Allow-Origin, by mistake, and browsers
 * then ask for it. */
static int is_forbidden(const cors_fetch_header_t *header)
{
    static const char *const names[] = {"Accept-Charset",
                                        "Accept-Encoding",
                                        "Access-Control-Request-Headers",
                                        "Access-Control-Request-Method",
                                        "Connection",
                                        "Content-Length",
                                        "Cookie",
                                        "Cookie2",
                                        "Date",
                                        "DNT",
                                        "Expect",
                                        "Host",
                                        "Keep-Alive",
                                        "Origin",
                                        "Referer",
                                        "Set-Cookie",
                                        "TE",
                                        "Trailer",
                                        "Transfer-Encoding",
                                        "Upgrade",
                                        "Via",
                                        NULL};

    return !strncasecmp(header->name, "Proxy-", 6)
           || !strncasecmp(header->name, "Sec-", 4)
           || is_one_of(header->name, names);
}

/* Fetch, "CORS-unsafe request-header byte". */
static int has_unsafe_byte(const char *value)
{
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;

        if ((c < 0x20 && c != '\t') || c == 0x7f
            || strchr("\"():<>?@[\\]{}", c)) {
            return 1;
        }
    }
    return 0;
}

static int is_language(const char *value)
{
    return !value[strspn(value, "0123456789abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ *,-.;=")];
}

/* The essence of a MIME type is one that a form can have. */
static int is_form_type(const char *value)
{
    static const char *const types[] = {"application/x-www-form-urlencoded",
                                        "multipart/form-data", "text/plain"};
    apr_size_t i, len;

    value += strspn(value, " \t");
    len = strcspn(value, ";");
    while (len && (value[len - 1] == ' ' || value[len - 1] == '\t')) {
        len--;
    }
    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (len == strlen(types[i]) && !strncasecmp(value, types[i], len)) {
            return 1;
        }
    }
    return 0;
}

/* Two numbers of digits alone, of any length. */
static int is_greater(const char *a, apr_size_t a_len, const char *b,
                      apr_size_t b_len)
{
    for (; a_len > 1 && *a == '0'; a++, a_len--) {
    }
    for (; b_len > 1 && *b == '0'; b++, b_len--) {
    }
    return a_len != b_len ? a_len > b_len : memcmp(a, b, a_len) > 0;
}

/* Fetch, "simple range header value": one range that begins somewhere. */
static int is_simple_range(const char *value)
{
    static const char digits[] = "0123456789";
    const char *start, *end;
    apr_size_t start_len, end_len;

    if (strncmp(value, "bytes=", 6)) {
        return 0;
    }
    start = value + 6;
    start_len = strspn(start, digits);
    if (!start_len || start[start_len] != '-') {
        return 0;
    }
    end = start + start_len + 1;
    end_len = strspn(end, digits);
    return !end[end_len]
           && (!end_len || !is_greater(start, start_len, end, end_len));
}

int cors_is_safelisted_request_name(const char *name)
{
    static const char *const names[]
        = {"Accept",       "Accept-Language", "Content-Language",
           "Content-Type", "Range",           NULL};

    return is_one_of(name, names);
}

static int is_safe_value(const char *name, const char *value)
{
    if (strlen(value) > VALUE_MAX_LEN) {
        return 0;
    }
    if (!strcasecmp(name, "Accept")) {
        return !has_unsafe_byte(value);
    }
    if (!strcasecmp(name, "Content-Type")) {
        return !has_unsafe_byte(value) && is_form_type(value);
    }
    if (!strcasecmp(name, "Range")) {
        return is_simple_range(value);
    }
    return is_language(value);
}

cors_header_e cors_fetch_header(const cors_fetch_header_t *header)
{
    if (is_forbidden(header)) {
        return CORS_HEADER_FORBIDDEN;
    }
    if (!cors_is_safelisted_request_name(header->name)) {
        return CORS_HEADER_UNSAFE;
    }
    if (!header->value) {
        return strcasecmp(header->name, "Content-Type") ? CORS_HEADER_SAFELISTED
                                                        : CORS_HEADER_UNSAFE;
    }
    return is_safe_value(header->name, header->value) ? CORS_HEADER_SAFELISTED
                                                      : CORS_HEADER_UNSAFE;
}

const char *cors_normalize_method(const char *method)
{
    static const char *const names[]
        = {"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT", NULL};
    const char *const *name;

    for (name = names; *name; name++) {
        if (!strcasecmp(method, *name)) {
            return *name;
        }
    }
    return method;
}
