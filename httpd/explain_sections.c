/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_sections.c: which sections were merged. A merge keeps both of its
 * sides, so all sections can be read off its result, outermost first.
 */
#include "httpd/explain.h"

#include "apr_strings.h"

#include "engine/print.h"
#include "httpd/registry.h"

static const cors_section_t *find_section(const cors_settings_t *settings)
{
    const apr_array_header_t *all = cors_registry_sections();
    int i;

    for (i = 0; i < all->nelts; i++) {
        const cors_section_t *s = &APR_ARRAY_IDX(all, i, cors_section_t);

        if (s->settings == settings) {
            return s;
        }
    }
    return NULL;
}

static cors_shown_t *add(apr_array_header_t *shown, apr_pool_t *pool,
                         const cors_settings_t *settings)
{
    cors_shown_t *one = apr_array_push(shown);

    memset(one, 0, sizeof(*one));
    one->settings = settings;
    one->lines = cors_print_own(settings, 0, pool);
    return one;
}

/* Where the first of its lines stands: the .htaccess file. */
static const cors_where_t *first_place(const apr_array_header_t *lines)
{
    const cors_where_t *where = NULL;
    int i;

    for (i = 0; i < lines->nelts && !where; i++) {
        where = APR_ARRAY_IDX(lines, i, cors_printed_t).where;
    }
    return where;
}

static void describe(cors_shown_t *one, apr_pool_t *pool)
{
    const cors_section_t *s = find_section(one->settings);
    const ap_directive_t *c = s ? s->parent : NULL;
    const cors_where_t *where;

    if (c) {
        one->title = apr_pstrcat(pool, c->directive, *c->args == '>' ? "" : " ",
                                 c->args, NULL);
        one->where.file = c->filename;
        one->where.line = c->line_num;
    }
    else if (s) {
        one->title = "the server's configuration";
        one->where = s->where;
    }
    else {
        one->title = ".htaccess";
        if ((where = first_place(one->lines)) != NULL) {
            one->where = *where;
        }
    }
}

static void add_policies(apr_array_header_t *shown, apr_pool_t *pool,
                         const cors_use_t *use)
{
    int i;

    for (i = 0; use && use->policies && i < use->n; i++) {
        cors_shown_t *one = add(shown, pool, use->policies[i]->settings);

        one->title = apr_pstrcat(pool, "<CORSPolicy ", use->policies[i]->name,
                                 ">", NULL);
        one->where = use->policies[i]->where;
        one->is_policy = 1;
    }
}

static void walk(apr_array_header_t *shown, apr_pool_t *pool,
                 const cors_settings_t *s)
{
    cors_shown_t *one;

    if (!s || !s->touched) {
        return;
    }
    if (s->outer) {
        walk(shown, pool, s->outer);
        walk(shown, pool, s->inner);
        return;
    }
    one = add(shown, pool, s);
    describe(one, pool);
    add_policies(shown, pool, s->use);
}

apr_array_header_t *cors_explain_sections(request_rec *r,
                                          const cors_settings_t *said)
{
    apr_array_header_t *shown = apr_array_make(r->pool, 8,
                                               sizeof(cors_shown_t));

    walk(shown, r->pool, said);
    return shown;
}
