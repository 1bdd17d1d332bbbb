/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_trial.c: the sections of an answer before and after they are changed;
 * where none holds, one that is made.
 */
#include "httpd/explain_change.h"

#include "apr_strings.h"
#include "http_core.h"

/* A <Location> for what was asked for, where httpd reads its path as it is. */
static const char *new_location(const cors_explained_t *e)
{
    char *path = apr_pstrmemdup(e->r->pool, e->ask->target,
                                strcspn(e->ask->target, "?"));
    const char *c;

    if (ap_unescape_url(path) != OK) {
        return NULL;
    }
    for (c = path; *c; c++) {
        if (*c < ' ' || *c > '~' || strchr("\"\\*?[$%", *c)) {
            return NULL;
        }
    }
    return apr_pstrcat(e->r->pool, "<Location \"", path, "\">", NULL);
}

/* Nothing holds: a section is made. */
static void begin_location(cors_trial_t *t, const cors_explained_t *e)
{
    const server_rec *s = e->r->server;
    cors_shown_t *shown = apr_pcalloc(t->pool, sizeof(*shown));

    t->location = new_location(e);
    if (!t->location) {
        return;
    }
    shown->title = s->defn_name ? "the virtual host"
                                : "the server's configuration";
    shown->where.file = s->defn_name;
    shown->where.line = s->defn_name ? (int)s->defn_line_number : 0;
    shown->settings = cors_settings_make(t->pool);
    shown->lines = cors_lines_make(t->pool);
    t->shown = shown;
    t->n = 1;
}

void cors_change_begin(cors_trial_t *t, const cors_explained_t *e)
{
    int i;

    memset(t, 0, sizeof(*t));
    t->pool = e->r->pool;
    t->e = *e;
    t->said = cors_explain_decisive(e)->lookup.said;
    t->shown = (const cors_shown_t *)e->sections->elts;
    t->n = e->sections->nelts;
    if (!t->n) {
        begin_location(t, e);
    }
    t->now = apr_pcalloc(t->pool, (apr_size_t)(t->n + 1) * sizeof(*t->now));
    for (i = 0; i < t->n; i++) {
        t->now[i] = (cors_settings_t *)t->shown[i].settings;
    }
    t->merged = (cors_settings_t *)t->said;
    t->lines = apr_array_make(t->pool, 8, sizeof(cors_suggested_t));
    t->findings = cors_findings_make(t->pool);
}

apr_array_header_t *cors_change_lines(cors_trial_t *t)
{
    apr_array_header_t *all;
    int i;

    if (!t->location) {
        return t->lines;
    }
    all = apr_array_make(t->pool, t->lines->nelts + 2,
                         sizeof(cors_suggested_t));
    for (i = 0; i < t->lines->nelts + 2; i++) {
        cors_suggested_t *line = apr_array_push(all);
        const int inner = i && i <= t->lines->nelts;

        *line = APR_ARRAY_IDX(t->lines, inner ? i - 1 : 0, cors_suggested_t);
        line->text = !i      ? t->location
                     : inner ? apr_pstrcat(t->pool, "    ", line->text, NULL)
                             : "</Location>";
    }
    return all;
}
