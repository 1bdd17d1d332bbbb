/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lists.c: directives that take lists. RAW_ARGS, because AP_INIT_TAKE_ARGV
 * drops what follows the 64th argument: a cut deny list would widen.
 */
#include "httpd/directives.h"

#include "httpd/sources.h"

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

/* Puts one word, or None, where it belongs. */
typedef void take_fn(cors_line_t *line, seen_t *seen, const char *word);

static const char *read_list(cmd_parms *cmd, void *s, const char *args,
                             int split, take_fn *take)
{
    const char *word, *rest = NULL, *error;
    seen_t seen = {0};
    cors_line_t line;

    if ((error = cors_line_begin(&line, cmd, s)) != NULL) {
        return error;
    }
    while ((word = cors_line_word(&line, &args, &rest, split)) != NULL) {
        seen.words++;
        take(&line, &seen, word);
    }
    return end_list(&line, &seen);
}

static int is_none(seen_t *seen, const char *word)
{
    int none = !strcasecmp(word, "None");

    seen->none |= none;
    return none;
}

static void take_allowed(cors_line_t *line, seen_t *seen, const char *word)
{
    cors_origins_t *list = allow_list(line);

    if (is_none(seen, word)) {
        list->none = line->where;
        return;
    }
    seen->any |= !strcmp(word, "*");
    cors_origins_add(list, word, line->where, line->findings);
}

static void take_regex(cors_line_t *line, seen_t *seen, const char *word)
{
    cors_origins_t *list = allow_list(line);

    if (is_none(seen, word)) {
        list->none = line->where;
        return;
    }
    cors_origins_add_regex(list, word, line->where, line->findings);
}

static void take_source(cors_line_t *line, seen_t *seen, const char *word)
{
    cors_origins_t *list = allow_list(line);
    const cors_source_t *source;

    if (line->is_htaccess) {
        /* AllowOverrideList lets it in. */
        cors_finding_add(line->findings, CORS_F_PLACE, line->where,
                         line->cmd->cmd->name,
                         "write it in the server's configuration, into a "
                         "<CORSPolicy>, and CORSUsePolicy here");
        return;
    }
    if (is_none(seen, word)) {
        list->none = line->where;
        return;
    }
    source = cors_source_make(line, word);
    if (source) {
        cors_origins_add_source(list, source, line->findings);
    }
}

static void take_denied(cors_line_t *line, seen_t *seen, const char *word)
{
    (void)seen;
    if (!strcasecmp(word, "None")) {
        cors_finding_add(line->findings, CORS_F_DENY_NONE, line->where, word,
                         NULL);
        return;
    }
    cors_origins_add(cors_settings_deny_list(line->settings, line->pool,
                                             line->where),
                     word, line->where, line->findings);
}

const char *cors_set_allow_origin(cmd_parms *cmd, void *s, const char *args)
{
    return read_list(cmd, s, args, 1, take_allowed);
}

/* A regex is never split. */
const char *cors_set_allow_match(cmd_parms *cmd, void *s, const char *args)
{
    return read_list(cmd, s, args, 0, take_regex);
}

/* Nor is a path. */
const char *cors_set_allow_from(cmd_parms *cmd, void *s, const char *args)
{
    return read_list(cmd, s, args, 0, take_source);
}

const char *cors_set_deny_origin(cmd_parms *cmd, void *s, const char *args)
{
    return read_list(cmd, s, args, 1, take_denied);
}

typedef void add_fn(cors_list_t *list, const char *name,
                    const cors_where_t *where, cors_findings_t *findings);

/* Methods and field-names differ only in what may stand in them. */
static void take_name(cors_line_t *line, seen_t *seen, const char *word,
                      cors_list_t **list, add_fn *add)
{
    if (!*list) {
        *list = cors_list_make(line->pool, line->where);
    }
    if (is_none(seen, word)) {
        (*list)->none = line->where;
        return;
    }
    add(*list, word, line->where, line->findings);
}

static void take_method(cors_line_t *line, seen_t *seen, const char *word)
{
    take_name(line, seen, word, &line->settings->methods,
              cors_list_add_method);
}

static void take_header(cors_line_t *line, seen_t *seen, const char *word)
{
    take_name(line, seen, word, &line->settings->headers,
              cors_list_add_header);
}

static void take_exposed(cors_line_t *line, seen_t *seen, const char *word)
{
    take_name(line, seen, word, &line->settings->expose,
              cors_list_add_expose);
}

const char *cors_set_methods(cmd_parms *cmd, void *s, const char *args)
{
    return read_list(cmd, s, args, 1, take_method);
}

const char *cors_set_headers(cmd_parms *cmd, void *s, const char *args)
{
    return read_list(cmd, s, args, 1, take_header);
}

const char *cors_set_expose(cmd_parms *cmd, void *s, const char *args)
{
    return read_list(cmd, s, args, 1, take_exposed);
}
