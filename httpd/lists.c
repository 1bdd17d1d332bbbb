/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lists.c: directives that take lists. RAW_ARGS, because AP_INIT_TAKE_ARGV
 * drops what follows the 64th argument: a cut deny list would widen.
 */
#include "httpd/directives.h"

/* One line's elements, as far as a single line can contradict itself. */
typedef struct seen_t {
    int words;
    int none;
    int any;
} seen_t;

/* Faults of a single line. In the server's configuration the sealed list tells
 * the contradictions, over all lines of the section. */
static const char *end_list(cors_line_t *line, const seen_t *seen)
{
    if (!seen->words) {
        cors_finding_add(line->findings, CORS_F_EMPTY_LIST, line->where, NULL,
                         NULL);
    }
    else if (seen->words > 1 && line->is_htaccess) {
        if (seen->none) {
            cors_finding_add(line->findings, CORS_F_NONE_BESIDE_OTHERS,
                             line->where, "None", NULL);
        }
        if (seen->any) {
            cors_finding_add(line->findings, CORS_F_ANY_BESIDE_OTHERS,
                             line->where, "*", NULL);
        }
    }
    return cors_line_end(line);
}

static cors_origins_t *allow_list(cors_line_t *line)
{
    cors_settings_t *s = line->settings;

    if (!s->origins) {
        s->origins = cors_origins_make(line->pool, line->where, &s->tolerate,
                                       0);
        s->origins->from_htaccess = line->is_htaccess;
    }
    return s->origins;
}

const char *cors_set_allow_origin(cmd_parms *cmd, void *s, const char *args)
{
    const char *word, *rest = NULL, *error;
    seen_t seen = {0};
    cors_line_t line;

    if ((error = cors_line_begin(&line, cmd, s)) != NULL) {
        return error;
    }
    while ((word = cors_line_word(&line, &args, &rest, 1)) != NULL) {
        cors_origins_t *list = allow_list(&line);

        seen.words++;
        if (!strcasecmp(word, "None")) {
            list->none = line.where;
            seen.none = 1;
        }
        else {
            seen.any |= !strcmp(word, "*");
            cors_origins_add(list, word, line.where, line.findings);
        }
    }
    return end_list(&line, &seen);
}

const char *cors_set_allow_match(cmd_parms *cmd, void *s, const char *args)
{
    const char *word, *rest = NULL, *error;
    seen_t seen = {0};
    cors_line_t line;

    if ((error = cors_line_begin(&line, cmd, s)) != NULL) {
        return error;
    }
    while ((word = cors_line_word(&line, &args, &rest, 0)) != NULL) {
        cors_origins_t *list = allow_list(&line);

        seen.words++;
        if (!strcasecmp(word, "None")) {
            list->none = line.where;
            seen.none = 1;
        }
        else {
            cors_origins_add_regex(list, word, line.where, line.findings);
        }
    }
    return end_list(&line, &seen);
}

const char *cors_set_deny_origin(cmd_parms *cmd, void *s, const char *args)
{
    const char *word, *rest = NULL, *error;
    seen_t seen = {0};
    cors_line_t line;

    if ((error = cors_line_begin(&line, cmd, s)) != NULL) {
        return error;
    }
    while ((word = cors_line_word(&line, &args, &rest, 1)) != NULL) {
        seen.words++;
        if (!strcasecmp(word, "None")) {
            cors_finding_add(line.findings, CORS_F_DENY_NONE, line.where,
                             word, NULL);
            continue;
        }
        cors_origins_add(cors_settings_deny_list(s, line.pool, line.where),
                         word, line.where, line.findings);
    }
    return end_list(&line, &seen);
}

typedef void add_fn(cors_list_t *list, const char *name,
                    const cors_where_t *where, cors_findings_t *findings);

/* Methods and field-names differ only in what may stand in them. */
static const char *set_names(cmd_parms *cmd, cors_settings_t *s,
                             cors_list_t **list, add_fn *add,
                             const char *args)
{
    const char *word, *rest = NULL, *error;
    seen_t seen = {0};
    cors_line_t line;

    if ((error = cors_line_begin(&line, cmd, s)) != NULL) {
        return error;
    }
    while ((word = cors_line_word(&line, &args, &rest, 1)) != NULL) {
        if (!*list) {
            *list = cors_list_make(line.pool, line.where);
        }
        seen.words++;
        if (!strcasecmp(word, "None")) {
            (*list)->none = line.where;
            seen.none = 1;
        }
        else {
            add(*list, word, line.where, line.findings);
        }
    }
    return end_list(&line, &seen);
}

const char *cors_set_methods(cmd_parms *cmd, void *s, const char *args)
{
    return set_names(cmd, s, &((cors_settings_t *)s)->methods,
                     cors_list_add_method, args);
}

const char *cors_set_headers(cmd_parms *cmd, void *s, const char *args)
{
    return set_names(cmd, s, &((cors_settings_t *)s)->headers,
                     cors_list_add_header, args);
}

const char *cors_set_expose(cmd_parms *cmd, void *s, const char *args)
{
    return set_names(cmd, s, &((cors_settings_t *)s)->expose,
                     cors_list_add_expose, args);
}
