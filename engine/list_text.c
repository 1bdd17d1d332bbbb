/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_text.c: one line after another.
 */
#include "list_text.h"

#include <string.h>

#include "apr_lib.h"

/* The line without its comment and the blanks around it. */
static char *trim(char *line, char *end)
{
    char *comment = memchr(line, '#', (size_t)(end - line));

    if (comment) {
        end = comment;
    }
    while (line < end && apr_isspace(*line)) {
        line++;
    }
    while (line < end && apr_isspace(end[-1])) {
        end--;
    }
    *end = '\0';
    return line;
}

static void add(cors_origins_t *list, const char *entry,
                const cors_where_t *where, cors_findings_t *findings)
{
    if (!strcmp(entry, "*") || !strcmp(entry, "null")) {
        cors_finding_add(findings, CORS_F_SOURCE_ENTRY, where, entry, NULL);
    }
    else {
        cors_origins_add(list, entry, where, findings);
    }
}

void cors_list_text_read(cors_origins_t *list, const char *file, char *text,
                         apr_size_t len, cors_findings_t *findings)
{
    char *end = text + len, *next;
    cors_where_t *where;
    int line = 0;

    /* Editors of some systems begin with a byte order mark. */
    if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
        text += 3;
    }
    for (; text < end; text = next) {
        char *newline = memchr(text, '\n', (size_t)(end - text));
        char *entry;

        line++;
        next = newline ? newline + 1 : end;
        /* A NUL would hide what follows it. */
        if (memchr(text, '\0', (size_t)((newline ? newline : end) - text))) {
            cors_where_t here = {file, line};

            cors_finding_add(findings, CORS_F_NOT_AN_ORIGIN, &here, text,
                             "take the NUL byte out of the line");
            continue;
        }
        entry = trim(text, newline ? newline : end);
        if (!*entry) {
            continue;
        }
        where = apr_palloc(list->pool, sizeof(*where));
        where->file = file;
        where->line = line;
        add(list, entry, where, findings);
    }
}
