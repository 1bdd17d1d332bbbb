/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_fuzz.c: any bytes as a list of origins in a file. Whatever it holds
 * stands on a line of its own there, and it is never everybody.
 */
#include "fuzz.h"

#include <string.h>

#include "apr_strings.h"

#include "engine/list_text.h"
#include "engine/origin_entries.h"

/* The number-th line of a text, as its own bytes; NULL: there is none. */
static const char *line_of(const char *text, size_t size, int number,
                           size_t *len)
{
    const char *end = text + size, *newline;

    for (; text < end; text = newline + 1) {
        newline = memchr(text, '\n', (size_t)(end - text));
        if (!newline) {
            newline = end;
        }
        if (!--number) {
            *len = (size_t)(newline - text);
            return text;
        }
    }
    return NULL;
}

static int is_blank(char c)
{
    return c && strchr(" \t\v\f\r", c);
}

/* Blanks, the word, blanks, and perhaps a comment behind one of them. */
static int stands_alone(const char *line, size_t len, const char *word)
{
    const char *end = line + len;
    size_t n = strlen(word);

    if (len >= 3 && !memcmp(line, "\xef\xbb\xbf", 3)) {
        line += 3;
    }
    while (line < end && is_blank(*line)) {
        line++;
    }
    if ((size_t)(end - line) < n || memcmp(line, word, n)) {
        return 0;
    }
    line += n;
    if (line < end && !is_blank(*line)) {
        return 0;
    }
    while (line < end && is_blank(*line)) {
        line++;
    }
    return line == end || *line == '#';
}

static void check_entries(const cors_origins_t *list, const char *text,
                          size_t size, apr_pool_t *pool)
{
    apr_array_header_t *entries = cors_origin_set_entries(list->set, pool);
    int i;

    for (i = 0; i < entries->nelts; i++) {
        const cors_entry_t *e = &APR_ARRAY_IDX(entries, i, cors_entry_t);
        size_t len = 0;
        const char *line = line_of(text, size, e->where->line, &len);

        HOLDS(!e->is_regex);
        HOLDS(line && !memchr(line, '\0', len));
        HOLDS(line && stands_alone(line, len, e->text));
    }
}

static void check_subject(const cors_origins_t *list, const char *origin,
                          apr_pool_t *pool)
{
    cors_subject_t subject = {0};

    subject.text = origin;
    subject.len = strlen(origin);
    subject.scratch = pool;
    HOLDS(!cors_origins_allow(list, &subject));
}

void fuzz_one(const uint8_t *data, size_t size, apr_pool_t *pool)
{
    static const cors_where_t where = {"fuzz", 1};
    static const unsigned tolerate = ~0u;
    char *text = fuzz_text(data, size, pool);
    const char *before = apr_pmemdup(pool, text, size + 1);
    cors_origins_t *list = cors_origins_make(pool, &where, &tolerate, 0);
    cors_findings_t *findings = cors_findings_make(pool);

    cors_list_text_read(list, "list.txt", text, size, findings);
    cors_origins_seal(list);
    HOLDS(!list->fault.id);
    HOLDS(!cors_origin_set_any(list->set));
    HOLDS(!cors_origin_set_null(list->set));
    HOLDS(findings->list->nelts <= 200);
    check_entries(list, before, size, pool);
    check_subject(list, "null", pool);
    check_subject(list, "file://", pool);
    check_subject(list, "*", pool);
    check_subject(list, "", pool);
}
