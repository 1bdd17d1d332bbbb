/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.c: breaks lists into lines, quotes words.
 */
#include "lines.h"

#include <string.h>

#include "apr_lib.h"
#include "apr_strings.h"

apr_array_header_t *cors_lines_make(apr_pool_t *pool)
{
    return apr_array_make(pool, 16, sizeof(cors_printed_t));
}

void cors_lines_add(apr_array_header_t *lines, const char *text,
                    const cors_where_t *where)
{
    cors_printed_t *line = apr_array_push(lines);

    line->text = text;
    line->where = where;
}

void cors_words_begin(cors_words_t *w, apr_array_header_t *lines,
                      const char *name, const cors_where_t *where)
{
    w->lines = lines;
    w->name = name;
    w->where = where;
    w->len = 0;
}

void cors_words_end(cors_words_t *w)
{
    if (w->len) {
        cors_lines_add(w->lines,
                       apr_pstrmemdup(w->lines->pool, w->line, w->len),
                       w->where);
        w->len = 0;
    }
}

void cors_words_add(cors_words_t *w, const char *word)
{
    apr_size_t len = strlen(word), name = strlen(w->name);

    if (w->len && w->len + 1 + len > CORS_LINE_WIDTH) {
        cors_words_end(w);
    }
    if (name + 1 + len > CORS_LINE_WIDTH) {
        cors_lines_add(w->lines, apr_pstrcat(w->lines->pool, w->name, " ",
                                             word, NULL), w->where);
        return;
    }
    if (!w->len) {
        memcpy(w->line, w->name, name);
        w->len = name;
    }
    w->line[w->len++] = ' ';
    memcpy(w->line + w->len, word, len);
    w->len += len;
}

/* httpd takes a backslash away before a quote or another backslash, and leaves
 * it elsewhere. So it is doubled where one of these follows, or the end. */
static int is_doubled(const char *backslash, int escaped)
{
    const char next = backslash[1];

    return !next || next == '\\' || next == '"'
           || (apr_iscntrl(next) && escaped);
}

const char *cors_quote(const char *text, apr_pool_t *pool)
{
    char *out = apr_palloc(pool, strlen(text) * 4 + 3), *o = out;
    int escaped = 0;            /* by an odd number of backslashes */

    *o++ = '"';
    for (; *text; text++) {
        if (apr_iscntrl(*text)) {
            /* A backslash before it is the one that is needed. */
            o += apr_snprintf(o, 5, "%sx%02x", escaped ? "" : "\\",
                              (unsigned char)*text);
            escaped = 0;
            continue;
        }
        if (*text == '"' || (*text == '\\' && is_doubled(text, escaped))) {
            *o++ = '\\';
        }
        escaped = (*text == '\\') && !escaped;
        *o++ = *text;
    }
    *o++ = '"';
    *o = '\0';
    return out;
}

const char *cors_word(const char *name, apr_pool_t *pool)
{
    return *name == '\'' ? cors_quote(name, pool) : name;
}
