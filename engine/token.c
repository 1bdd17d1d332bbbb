/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token.c: what a token is, and which tokens Fetch forbids.
 */
#include "token.h"

#include <string.h>

#include "apr_lib.h"

const unsigned char cors_tchar[256] = {
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

int cors_is_word(const char *text, apr_size_t len, const char *word)
{
    return strlen(word) == len && !strncasecmp(text, word, len);
}

int cors_is_token(const char *text, apr_size_t len)
{
    apr_size_t i;

    for (i = 0; i < len && cors_tchar[(unsigned char)text[i]]; i++) {
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
    return cors_is_word(text, len, "CONNECT")
           || cors_is_word(text, len, "TRACE")
           || cors_is_word(text, len, "TRACK");
}

int cors_is_cors_header(const char *name)
{
    static const char prefix[] = "Access-Control-";

    return !strncasecmp(name, prefix, sizeof(prefix) - 1);
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
        || cors_is_cors_header(name)) {
        return 1;
    }
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        /* Read from .htaccess, this costs each request: seldom call. */
        if (apr_tolower(name[0]) == apr_tolower(names[i][0])
            && !strcasecmp(name, names[i])) {
            return 1;
        }
    }
    return 0;
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

int cors_has_element(const char *list, const char *name,
                     int (*compare)(const char *, const char *, size_t))
{
    apr_size_t len = strlen(name);
    cors_span_t word;

    while (list && cors_next_element(&list, &word)) {
        if (word.len == len && !compare(word.text, name, len)) {
            return 1;
        }
    }
    return 0;
}
