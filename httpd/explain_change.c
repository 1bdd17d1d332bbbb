/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_change.c: a copy of a section, or of a policy, with one line more.
 * What was read stays as it is: other requests use it.
 */
#include "httpd/explain_change.h"

#include <stddef.h>

#include "apr_strings.h"

#include "engine/origin_entries.h"
#include "httpd/registry.h"
#include "httpd/state.h"

/* A list so long is not copied: what a new entry decides, it decides alone. */
#define COPY_MOST 1000

/* ---- places ------------------------------------------------------------ */

/* The innermost section, where no other is the place. */
static int innermost(const cors_trial_t *t)
{
    int i;

    for (i = t->n - 1; i >= 0 && t->shown[i].is_policy; i--) {
    }
    return i;
}

static int index_of_policy(const cors_trial_t *t, const cors_settings_t *s)
{
    int i;

    for (i = 0; i < t->n; i++) {
        if (t->shown[i].is_policy && t->now[i] == s) {
            return i;
        }
    }
    return -1;
}

/* The section that says a part of what was merged. */
static int index_of_part(const cors_trial_t *t, const void *part,
                         apr_size_t offset)
{
    int i;

    for (i = t->n - 1; i >= 0; i--) {
        if (*(void *const *)(const void *)((const char *)t->now[i] + offset)
            == part) {
            return i;
        }
    }
    return -1;
}

#define PART(field) offsetof(cors_settings_t, field)

/* Of several policies, the one that an origin belongs into: with credentials
 * where they are asked for. Never into one for everybody. */
static int choose_policy(const cors_trial_t *t, const cors_use_t *use)
{
    int i, best = -1;

    for (i = use->n - 1; i >= 0; i--) {
        const cors_settings_t *s = use->policies[i]->settings;
        const int with = s->credentials && s->credentials->value;

        if (s->origins && cors_origin_set_any(s->origins->set)) {
            continue;
        }
        if (with == t->e.ask->credentials) {
            return index_of_policy(t, s);
        }
        if (best < 0) {
            best = index_of_policy(t, s);
        }
    }
    return best;
}

/* Where "who" is said. policy: that decided; NULL: none did. */
static int index_of_who(const cors_trial_t *t, const cors_policy_t *policy)
{
    const cors_settings_t *m = t->merged;

    if (m && m->origins) {
        return index_of_part(t, m->origins, PART(origins));
    }
    if (m && m->use && m->use->policies && m->use->n) {
        if (policy && policy->named) {
            return index_of_policy(t, policy->named->settings);
        }
        return m->use->n == 1
                   ? index_of_policy(t, m->use->policies[0]->settings)
                   : choose_policy(t, m->use);
    }
    return innermost(t);
}

static cors_settings_t *change(cors_trial_t *t, int i)
{
    if (t->now[i] == t->shown[i].settings) {
        t->now[i] = apr_pmemdup(t->pool, t->now[i], sizeof(*t->now[i]));
        t->now[i]->rules = NULL;
        t->now[i]->merged = NULL;
    }
    t->now[i]->touched = 1;
    return t->now[i];
}

/* Behind which line: that of the same directive, else the section's first. */
static cors_where_t *place_in(const cors_trial_t *t, int i,
                              const cors_where_t *same)
{
    const apr_array_header_t *lines = t->shown[i].lines;
    const cors_where_t *where = same;
    int l;

    for (l = 0; l < lines->nelts && !where; l++) {
        where = APR_ARRAY_IDX(lines, l, cors_printed_t).where;
    }
    return apr_pmemdup(t->pool, where ? where : &t->shown[i].where,
                       sizeof(*where));
}

static void add_line(cors_trial_t *t, int i, const cors_where_t *after,
                     const char *text)
{
    cors_suggested_t *line = apr_array_push(t->lines);

    line->text = text;
    line->in = t->shown[i].title;
    line->after = *after;
}

/* ---- lines ------------------------------------------------------------- */

static void copy_entries(cors_origins_t *to, const cors_origins_t *from,
                         apr_pool_t *pool)
{
    const apr_array_header_t *entries;
    int i;

    to->from_htaccess = from->from_htaccess;
    to->none = from->none;
    to->named = from->named;
    to->sources = from->sources;
    if (cors_origin_set_count(from->set) > COPY_MOST) {
        return;
    }
    entries = cors_origin_set_entries(from->set, pool);
    for (i = 0; i < entries->nelts; i++) {
        const cors_entry_t *e = &APR_ARRAY_IDX(entries, i, cors_entry_t);

        if (e->is_regex) {
            cors_origins_add_regex(to, e->text, e->where, NULL);
        }
        else {
            cors_origins_add(to, e->text, e->where, NULL);
        }
    }
}

int cors_change_origin(cors_trial_t *t, const char *origin)
{
    const int i = index_of_who(t, NULL);
    const cors_origins_t *old;
    cors_settings_t *s;
    cors_where_t *where;

    if (i < 0) {
        return 0;
    }
    s = change(t, i);
    old = s->origins;
    where = place_in(t, i, old ? &old->where : NULL);
    s->origins = cors_origins_make(t->pool, where, &s->tolerate, 0);
    if (old) {
        copy_entries(s->origins, old, t->pool);
        t->lists = cors_sources_text(old->sources, t->pool);
    }
    cors_origins_add(s->origins, origin, where, t->findings);
    add_line(t, i, where, apr_pstrcat(t->pool, "CORSAllowOrigin ", origin,
                                      NULL));
    return 1;
}

/* A directive that takes names. */
typedef struct names_t {
    const char *directive;
    apr_size_t part;            /* where its list stands in the settings */
    void (*add)(cors_list_t *list, const char *name,
                const cors_where_t *where, cors_findings_t *findings);
} names_t;

static cors_list_t *copy_list(cors_trial_t *t, const names_t *kind,
                              const cors_list_t *old,
                              const cors_where_t *where)
{
    cors_list_t *list = cors_list_make(t->pool, old ? &old->where : where);
    int i;

    for (i = 0; old && i < old->names->nelts; i++) {
        kind->add(list, APR_ARRAY_IDX(old->names, i, const char *),
                  &old->where, NULL);
    }
    if (old && old->any) {
        kind->add(list, "*", &old->where, NULL);
    }
    if (old) {
        list->none = old->none;
        list->named = old->named;
    }
    return list;
}

/* A word that the directive would take for the name that it is. */
static int is_name(const char *name)
{
    return strcasecmp(name, "None") && strcmp(name, "*");
}

/* said: what the policy has; names: what it lacks. */
static int change_names(cors_trial_t *t, const names_t *kind,
                        const cors_policy_t *policy, const cors_list_t *said,
                        const apr_array_header_t *names)
{
    const char *text = kind->directive;
    const int i = said ? index_of_part(t, said, kind->part)
                       : index_of_who(t, policy);
    cors_list_t *list, **at;
    cors_where_t *where;
    int n;

    if (i < 0 || !names->nelts) {
        return 0;
    }
    at = (cors_list_t **)(void *)((char *)change(t, i) + kind->part);
    where = place_in(t, i, *at ? &(*at)->where : NULL);
    list = copy_list(t, kind, *at, where);
    for (n = 0; n < names->nelts; n++) {
        const char *name = APR_ARRAY_IDX(names, n, const char *);

        if (!is_name(name)) {
            return 0;
        }
        kind->add(list, name, where, t->findings);
        text = apr_pstrcat(t->pool, text, " ", cors_word(name, t->pool), NULL);
    }
    *at = list;
    add_line(t, i, where, text);
    return 1;
}

int cors_change_methods(cors_trial_t *t, const cors_policy_t *policy,
                        const apr_array_header_t *names)
{
    static const names_t methods = {"CORSAllowMethods", PART(methods),
                                    cors_list_add_method};

    return change_names(t, &methods, policy, policy->methods, names);
}

int cors_change_headers(cors_trial_t *t, const cors_policy_t *policy,
                        const apr_array_header_t *names)
{
    static const names_t headers = {"CORSAllowHeaders", PART(headers),
                                    cors_list_add_header};

    return change_names(t, &headers, policy, policy->headers, names);
}

static cors_value_t *make_value(cors_trial_t *t, const cors_value_t *old,
                                int value, const cors_where_t *where)
{
    cors_value_t *v = old ? apr_pmemdup(t->pool, old, sizeof(*v))
                          : apr_pcalloc(t->pool, sizeof(*v));

    v->value = value;
    v->where = *where;
    return v;
}

int cors_change_credentials(cors_trial_t *t, const cors_policy_t *policy)
{
    const cors_value_t *said = t->merged->credentials;
    const int i = said ? index_of_part(t, said, PART(credentials))
                       : index_of_who(t, policy);
    cors_settings_t *s;
    cors_where_t *where;

    if (i < 0) {
        return 0;
    }
    s = change(t, i);
    where = place_in(t, i, s->credentials ? &s->credentials->where : NULL);
    s->credentials = make_value(t, s->credentials, 1, where);
    add_line(t, i, where, "CORSAllowCredentials On");
    return 1;
}

/* The line that says Off or ReportOnly, in whatever section or policy. */
static int index_of_engine(const cors_trial_t *t)
{
    const cors_settings_t *level;
    int i = -1;

    for (level = t->merged; level && i < 0; level = level->below) {
        if (level->engine) {
            i = index_of_part(t, level->engine, PART(engine));
        }
        else if (level->use && level->use->n == 1 && level->use->policies
                 && level->use->policies[0]->settings->engine) {
            i = index_of_policy(t, level->use->policies[0]->settings);
        }
    }
    return i;
}

int cors_change_engine(cors_trial_t *t)
{
    const int i = index_of_engine(t);
    cors_settings_t *s;
    cors_where_t *where;

    if (i < 0) {
        return 0;
    }
    s = change(t, i);
    where = place_in(t, i, &s->engine->where);
    s->engine = make_value(t, s->engine, CORS_ENGINE_ON, where);
    add_line(t, i, where, "CORSEngine On");
    return 1;
}

int cors_change_tolerate(cors_trial_t *t)
{
    const int i = index_of_who(t, NULL);
    cors_settings_t *s;

    if (i < 0 || (t->now[i]->tolerate & CORS_TOLERATE_INSECURE)) {
        return 0;
    }
    s = change(t, i);
    s->tolerate |= CORS_TOLERATE_INSECURE;
    if (s->origins) {
        cors_origins_t *list = cors_origins_make(t->pool, &s->origins->where,
                                                 &s->tolerate, 0);

        copy_entries(list, s->origins, t->pool);
        s->origins = list;
    }
    add_line(t, i, place_in(t, i, NULL), "CORSTolerate insecure-origins");
    return 1;
}
