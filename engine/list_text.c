/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_text.c: one line after another.
 */
#include "list_text.h"

#include <string.h>

#include "apr_lib.h"
#include "apr_strings.h"

/* The line without its comment and the blanks around it. A '#' in the middle
 * of a word begins none: that would make an origin of a URL. */
static char *trim(char *line, char *end)
{
    char *c;

    while (line < end && apr_isspace(*line)) {
        line++;
    }
    for (c = line; c < end; c++) {
        if (*c == '#' && (c == line || apr_isspace(c[-1]))) {
            end = c;
        }
    }
    while (line < end && apr_isspace(end[-1])) {
        end--;
    }
    *end = '\0';
    return line;
}

static int is_several(const char *entry)
{
    while (*entry && *entry != ',' && !apr_isspace(*entry)) {
        entry++;
    }
    return *entry;
}

static void add(cors_origins_t *list, const char *entry,
                const cors_where_t *where, cors_findings_t *findings)
{
    if (!strcmp(entry, "*") || !strcmp(entry, "null")) {
        cors_finding_add(findings, CORS_F_SOURCE_ENTRY, where, entry, NULL);
    }
    else if (is_several(entry)) {
        cors_finding_add(findings, CORS_F_NOT_AN_ORIGIN, where, entry,
                         "write one origin on each line, and a # before what "
                         "is a comment");
    }
    else {
        cors_origins_add(list, entry, where, findings);
    }
}

/* A NUL would hide what follows it. */
static int has_nul(const char *line, const char *end, const cors_where_t *where,
                   cors_findings_t *findings)
{
    if (!memchr(line, '\0', (size_t)(end - line))) {
        return 0;
    }
    cors_finding_add(findings, CORS_F_NOT_AN_ORIGIN, where, line,
                     "take the NUL byte out of the line, or save the file as "
                     "plain text (ASCII or UTF-8)");
    return 1;
}

void cors_list_text_read(cors_origins_t *list, const char *file, char *text,
                         apr_size_t len, cors_findings_t *findings)
{
    /* More errors would say nothing new. */
    const int enough = findings->errors + CORS_LIST_FINDINGS;
    char *end = text + len, *next;
    cors_where_t here = {file, 0};

    /* Editors of some systems begin with a byte order mark. */
    if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
        text += 3;
    }
    for (; text < end && findings->errors < enough; text = next) {
        char *newline = memchr(text, '\n', (size_t)(end - text));
        char *last = newline ? newline : end, *entry;

        next = newline ? newline + 1 : end;
        here.line++;
        if (has_nul(text, last, &here, findings)) {
            continue;
        }
        entry = trim(text, last);
        if (*entry) {
            add(list, entry, apr_pmemdup(list->pool, &here, sizeof(here)),
                findings);
        }
    }
}
