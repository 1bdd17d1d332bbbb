/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8.c: RFC 3629, and what HTML and JSON escape.
 */
#include "utf8.h"

#include <stdio.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"
/* What one byte becomes at most: \u001f, &quot;. */
#define LONGEST 6

int cors_utf8_len(const char *in)
{
    const unsigned char *text = (const unsigned char *)in;
    int n = *text < 0x80 ? 1 : *text < 0xc2 ? 0 : *text < 0xe0 ? 2
            : *text < 0xf0 ? 3 : *text < 0xf5 ? 4 : 0;
    int i;

    for (i = 1; i < n; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    /* Overlong, a surrogate, or beyond U+10FFFF. */
    if ((text[0] == 0xe0 && text[1] < 0xa0)
        || (text[0] == 0xed && text[1] > 0x9f)
        || (text[0] == 0xf0 && text[1] < 0x90)
        || (text[0] == 0xf4 && text[1] > 0x8f)) {
        return 0;
    }
    return n;
}

static int is_control(char c)
{
    return (c >= 0 && c < ' ') || c == 0x7f;
}

static const char *html_byte(char c, char *buffer)
{
    (void)buffer;
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\t':
    case '\n':
        return NULL;
    default:
        return is_control(c) ? REPLACEMENT : NULL;
    }
}

static const char *json_byte(char c, char *buffer)
{
    if (c == '"' || c == '\\') {
        buffer[0] = '\\';
        buffer[1] = c;
        buffer[2] = '\0';
        return buffer;
    }
    if (!is_control(c)) {
        return NULL;
    }
    snprintf(buffer, LONGEST + 1, "\\u%04x", (unsigned)c);
    return buffer;
}

/* byte: what stands for an ASCII byte, or NULL: itself. */
static char *escape(char *o, const char *text,
                    const char *(*byte)(char c, char *buffer))
{
    char buffer[LONGEST + 1];

    while (*text) {
        const int n = cors_utf8_len(text);
        const char *as = n == 1 ? byte(*text, buffer) : n ? NULL : REPLACEMENT;
        const apr_size_t len = as ? strlen(as) : (apr_size_t)n;

        memcpy(o, as ? as : text, len);
        o += len;
        text += n ? n : 1;
    }
    return o;
}

const char *cors_html(apr_pool_t *pool, const char *text)
{
    char *out = apr_palloc(pool, LONGEST * strlen(text) + 1);

    *escape(out, text, html_byte) = '\0';
    return out;
}

const char *cors_json(apr_pool_t *pool, const char *text)
{
    char *out = apr_palloc(pool, LONGEST * strlen(text) + 3), *end;

    *out = '"';
    end = escape(out + 1, text, json_byte);
    *end++ = '"';
    *end = '\0';
    return out;
}
