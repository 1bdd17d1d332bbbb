/* SPDX-License-Identifier: Apache-2.0 */
/*
 * print.c: each part of the settings as one or more lines.
 */
#include "print.h"

#include <stddef.h>
#include <string.h>

#include "apr_strings.h"

#include "origin_entries.h"

typedef struct printer_t {
    apr_pool_t *pool;
    int all;
    const cors_settings_t *except;  /* parts of these are not printed */
    apr_array_header_t *lines;
    apr_array_header_t *denies;     /* lists already printed */
} printer_t;

static void add(printer_t *p, const char *name, const char *value,
                const cors_where_t *where)
{
    cors_lines_add(p->lines, apr_pstrcat(p->pool, name, " ", value, NULL),
                   where);
}

/* Of a list too long to print: an error where it is read again. */
static void add_count(printer_t *p, const char *name, int count,
                      const char *kinds, const cors_where_t *where)
{
    add(p, name, apr_psprintf(p->pool, "(%d entries%s: -D DUMP_CORS_ALL "
                              "prints them)", count, kinds), where);
}

/* ---- values ------------------------------------------------------------ */

/* Each by the value that the settings hold. */
static const char *const on_off[] = {"Off", "On"};
static const char *const engines[] = {"None", "Off", "On", "ReportOnly"};
static const char *const send_origins[] = {"Matching", "Always"};
static const char *const preflights[] = {"204", "200", "PassThrough"};
static const char *const backends[] = {"Replace", "Keep"};
static const char *const refusals[] = {"Silent", "ForbidUpgrades", "Forbid"};

static const struct {
    unsigned bit;
    const char *name;
} tolerances[] = {
    {CORS_TOLERATE_INSECURE, "insecure-origins"},
    {CORS_TOLERATE_SUFFIXES, "public-suffixes"},
    {CORS_TOLERATE_NULL, "null-origin"},
    {CORS_TOLERATE_BROAD, "broad-patterns"},
};

static void print_value(printer_t *p, const char *name,
                        const cors_value_t *value, const cors_value_t *except,
                        const char *const *texts)
{
    if (value && value != except) {
        add(p, name, texts[value->value], &value->where);
    }
}

/* A value that CORSUsePolicy does not drop: the section's own, or one of the
 * sections around. NULL also where it is the section's policy that says it. */
static const cors_value_t *how(const cors_settings_t *s, apr_size_t field)
{
    const cors_use_t *from;
    const cors_value_t *v = cors_settings_how(s, field, &from);

    return v && from && from == s->use ? NULL : v;
}

#define HOW(p, s, part, name, texts) \
    print_value(p, name, how(s, offsetof(cors_settings_t, part)), \
                (p)->except ? (p)->except->part : NULL, texts)
#define WHAT(p, s, part, name, texts) \
    print_value(p, name, (s)->part, (p)->except ? (p)->except->part : NULL, \
                texts)

static void print_max_age(printer_t *p, const cors_settings_t *s)
{
    const cors_value_t *v = s->max_age;

    if (v && !(p->except && v == p->except->max_age)) {
        add(p, "CORSMaxAge", v->text ? v->text : "None", &v->where);
    }
}

/* A section's tolerances are its entries': inherited with them alone. */
static void print_tolerate(printer_t *p, const cors_settings_t *s)
{
    const cors_where_t *where = s->tolerate_at;
    unsigned bits = s->tolerate;
    const char *text = "CORSTolerate";
    apr_size_t i;

    if (p->except) {
        where = NULL;
        bits = s->origins && s->origins != p->except->origins
                   ? *s->origins->tolerate : 0;
    }
    for (i = 0; i < sizeof(tolerances) / sizeof(tolerances[0]); i++) {
        if (bits & tolerances[i].bit) {
            text = apr_pstrcat(p->pool, text, " ", tolerances[i].name, NULL);
        }
    }
    if (bits) {
        cors_lines_add(p->lines, text, where);
    }
}

/* ---- lists ------------------------------------------------------------- */

/* What stands in one place is printed as one line. */
static void go_to(cors_words_t *w, const cors_where_t *where)
{
    if (!cors_same_place(w->where, where)) {
        cors_words_end(w);
    }
    w->where = where;
}

static void print_entries(printer_t *p, const char *name,
                          const cors_origin_set_t *set)
{
    apr_array_header_t *entries = cors_origin_set_entries(set, p->pool);
    cors_words_t w;
    int i;

    cors_words_begin(&w, p->lines, name, NULL);
    for (i = 0; i < entries->nelts; i++) {
        const cors_entry_t *e = &APR_ARRAY_IDX(entries, i, cors_entry_t);

        go_to(&w, e->where);
        if (e->is_regex) {
            add(p, "CORSAllowOriginMatch", cors_quote(e->text, p->pool),
                e->where);
        }
        else {
            cors_words_add(&w, e->text);
        }
    }
    cors_words_end(&w);
}

static void print_sources(printer_t *p, const apr_array_header_t *sources)
{
    cors_words_t w;
    int i;

    cors_words_begin(&w, p->lines, "CORSAllowOriginFrom", NULL);
    for (i = 0; sources && i < sources->nelts; i++) {
        const cors_source_t *s = APR_ARRAY_IDX(sources, i,
                                               const cors_source_t *);

        go_to(&w, &s->where);
        cors_words_add(&w, strpbrk(s->text, " \t\"'\\")
                               ? cors_quote(s->text, p->pool) : s->text);
    }
    cors_words_end(&w);
}

static void print_origins(printer_t *p, const char *name,
                          const cors_origins_t *list)
{
    int count = (int)cors_origin_set_count(list->set);

    if (!count && !list->sources) {
        /* Entries that were all refused allow nobody either. */
        add(p, name, "None", list->none ? list->none : &list->where);
    }
    else if (count >= CORS_PRINT_MOST && !p->all) {
        add_count(p, name, count,
                  apr_psprintf(p->pool, ", %d of them exact origins",
                               (int)cors_origin_set_count_exact(list->set)),
                  &list->where);
    }
    else {
        print_entries(p, name, list->set);
    }
    print_sources(p, list->sources);
}

static void print_names(printer_t *p, const char *name,
                        const cors_list_t *list, const cors_list_t *except)
{
    cors_words_t w;
    int i;

    if (!list || list == except) {
        return;
    }
    if (list->names->nelts >= CORS_PRINT_MOST && !p->all) {
        add_count(p, name, list->names->nelts, "", &list->where);
        return;
    }
    cors_words_begin(&w, p->lines, name, &list->where);
    if (list->any) {
        cors_words_add(&w, "*");
    }
    for (i = 0; i < list->names->nelts; i++) {
        cors_words_add(&w, cors_word(APR_ARRAY_IDX(list->names, i,
                                                   const char *), p->pool));
    }
    if (!list->any && !list->names->nelts) {
        cors_words_add(&w, "None");
    }
    cors_words_end(&w);
}

static int has_list(const apr_array_header_t *lists,
                    const cors_origins_t *list)
{
    int i;

    for (i = 0; i < lists->nelts; i++) {
        if (APR_ARRAY_IDX(lists, i, const cors_origins_t *) == list) {
            return 1;
        }
    }
    return 0;
}

/* Each list once: several levels may hold the same. */
static void print_denies(printer_t *p, const cors_denies_t *d)
{
    if (!d) {
        return;
    }
    print_denies(p, d->outer);
    print_denies(p, d->inner);
    if (d->list && !has_list(p->denies, d->list)
        && cors_origin_set_count(d->list->set)) {
        APR_ARRAY_PUSH(p->denies, const cors_origins_t *) = d->list;
        print_origins(p, "CORSDenyOrigin", d->list);
    }
}

static void print_all_denies(printer_t *p, const cors_settings_t *s)
{
    const cors_settings_t *level;

    if (p->except && p->except->denies) {
        APR_ARRAY_PUSH(p->denies, const cors_origins_t *) =
            p->except->denies->list;
    }
    for (level = s; level; level = level->below) {
        print_denies(p, level->denies);
        /* The policies that s itself uses say theirs. */
        if (level != s && cors_settings_single(level)) {
            print_denies(p, cors_settings_single(level)->denies);
        }
    }
}

static void print_use(printer_t *p, const char *name, const cors_use_t *use,
                      const cors_use_t *except)
{
    cors_words_t w;
    int i;

    if (!use || use == except) {
        return;
    }
    cors_words_begin(&w, p->lines, name, &use->where);
    for (i = 0; i < use->n; i++) {
        cors_words_add(&w, APR_ARRAY_IDX(use->names, i, const char *));
    }
    if (!use->n) {
        cors_words_add(&w, "None");
    }
    cors_words_end(&w);
}

/* ---- sections ---------------------------------------------------------- */

static void print(printer_t *p, const cors_settings_t *s)
{
    const cors_settings_t *except = p->except;

    print_use(p, "CORSUsePolicy", s->use, except ? except->use : NULL);
    HOW(p, s, engine, "CORSEngine", engines);
    if (s->origins && !(except && s->origins == except->origins)) {
        print_origins(p, "CORSAllowOrigin", s->origins);
    }
    print_all_denies(p, s);
    WHAT(p, s, credentials, "CORSAllowCredentials", on_off);
    print_names(p, "CORSAllowMethods", s->methods,
                except ? except->methods : NULL);
    print_names(p, "CORSAllowHeaders", s->headers,
                except ? except->headers : NULL);
    print_names(p, "CORSExposeHeaders", s->expose,
                except ? except->expose : NULL);
    print_max_age(p, s);
    WHAT(p, s, send_origin, "CORSSendOrigin", send_origins);
    HOW(p, s, preflight, "CORSPreflight", preflights);
    HOW(p, s, backend, "CORSBackendHeaders", backends);
    HOW(p, s, refusal, "CORSRefusal", refusals);
    WHAT(p, s, timing, "CORSTimingAllowOrigin", on_off);
    print_use(p, "CORSCandidatePolicy", s->trial,
              except ? except->trial : NULL);
    print_tolerate(p, s);
}

static apr_array_header_t *print_except(const cors_settings_t *s,
                                        const cors_settings_t *except, int all,
                                        apr_pool_t *pool)
{
    printer_t p = {0};

    p.pool = pool;
    p.all = all;
    p.except = except;
    p.lines = cors_lines_make(pool);
    p.denies = apr_array_make(pool, 4, sizeof(const cors_origins_t *));
    print(&p, s);
    return p.lines;
}

apr_array_header_t *cors_print_own(const cors_settings_t *s, int all,
                                   apr_pool_t *pool)
{
    return print_except(s, NULL, all, pool);
}

apr_array_header_t *cors_print_inherited(const cors_settings_t *merged,
                                         const cors_settings_t *own, int all,
                                         apr_pool_t *pool)
{
    return print_except(merged, own, all, pool);
}

const char *cors_print_taken(const cors_settings_t *s, int i, apr_pool_t *pool)
{
    const cors_settings_t *p = s->use->policies[i]->settings;
    const int one = (s->use->n == 1);
    /* The section's own list starts "who" afresh. */
    const int who = !s->origins;
    const struct {
        const char *name;
        int taken;
    } parts[] = {
        {"CORSEngine", one && p->engine && !s->engine},
        {"CORSAllowOrigin", who && p->origins},
        {"CORSDenyOrigin", p->denies != NULL},
        {"CORSAllowCredentials", who && p->credentials && !s->credentials},
        {"CORSAllowMethods", p->methods && !s->methods},
        {"CORSAllowHeaders", p->headers && !s->headers},
        {"CORSExposeHeaders", p->expose && !s->expose},
        {"CORSMaxAge", p->max_age && !s->max_age},
        {"CORSSendOrigin", one && who && p->send_origin && !s->send_origin},
        {"CORSPreflight", one && p->preflight && !s->preflight},
        {"CORSBackendHeaders", one && p->backend && !s->backend},
        {"CORSRefusal", one && p->refusal && !s->refusal},
        {"CORSTimingAllowOrigin", p->timing && !s->timing},
    };
    const char *names = "";
    apr_size_t n;

    for (n = 0; n < sizeof(parts) / sizeof(parts[0]); n++) {
        if (parts[n].taken) {
            names = apr_pstrcat(pool, names, *names ? " " : "", parts[n].name,
                                NULL);
        }
    }
    return names;
}
