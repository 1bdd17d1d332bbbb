/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dump.c: the policies as they were understood, in a form that can be pasted
 * back.
 *
 * A section's own directives are lines. What it inherits stands in comments,
 * ready to be written out elsewhere: as a line in the same place it would win
 * over sections that today win over the outer one, and could let somebody in.
 */
#include "httpd/dump.h"

#include "apr_hash.h"
#include "apr_lib.h"
#include "apr_strings.h"
#include "http_core.h"

#include "engine/print.h"
#include "httpd/registry.h"

typedef struct dump_t {
    apr_pool_t *pool;           /* cleared behind each section */
    apr_file_t *out;
    int all;                    /* lists of any length */
    int depth;                  /* containers that are open */
    apr_hash_t *told;           /* findings printed: "place text" */
} dump_t;

/* A line at the depth of the open containers. What was written may hold any
 * byte: none of them ends the line. */
static void put(dump_t *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(dump_t *d, const char *format, ...)
{
    va_list args;
    char *line, *c;
    int i;

    va_start(args, format);
    line = apr_pvsprintf(d->pool, format, args);
    va_end(args);
    for (c = line; *c; c++) {
        if (apr_iscntrl(*c)) {
            *c = ' ';
        }
    }
    for (i = 0; *line && i < d->depth; i++) {
        apr_file_puts("    ", d->out);
    }
    apr_file_puts(line, d->out);
    apr_file_puts("\n", d->out);
}

/* ---- containers -------------------------------------------------------- */

static int is_vhost(const ap_directive_t *c)
{
    return !strcasecmp(c->directive, "<VirtualHost");
}

static void put_open(dump_t *d, const ap_directive_t *c)
{
    put(d, "%s%s%s", c->directive, *c->args == '>' ? "" : " ", c->args);
    d->depth++;
}

static void put_close(dump_t *d, const ap_directive_t *c)
{
    d->depth--;
    put(d, "</%s>", c->directive + 1);
}

/* <ElseIf> and <Else> mean nothing without what they are the else of. */
static void put_conditions(dump_t *d, const ap_directive_t *of)
{
    const ap_directive_t *first = of->parent ? of->parent->first_child
                                             : ap_conftree;
    const ap_directive_t *c, *start = NULL;

    for (c = first; c && c != of; c = c->next) {
        if (!strcasecmp(c->directive, "<If")) {
            start = c;
        }
    }
    for (c = start; c && c != of; c = c->next) {
        if (c == start || !strcasecmp(c->directive, "<ElseIf")) {
            put_open(d, c);
            put_close(d, c);
        }
    }
}

/* All containers from c outwards, but not `until` and what is around it. */
static void open_containers(dump_t *d, const ap_directive_t *c,
                            const ap_directive_t *until)
{
    if (!c || c == until) {
        return;
    }
    open_containers(d, c->parent, until);
    if (is_vhost(c)) {
        return;
    }
    if (!strncasecmp(c->directive, "<Else", 5)) {
        put_conditions(d, c);
    }
    put_open(d, c);
}

static void close_containers(dump_t *d, const ap_directive_t *c,
                             const ap_directive_t *until)
{
    for (; c && c != until; c = c->parent) {
        if (!is_vhost(c)) {
            put_close(d, c);
        }
    }
}

/* ---- warnings ---------------------------------------------------------- */

/* Whether a finding is about a line of the section itself. */
static int is_own_line(const ap_directive_t *first, const cors_where_t *where)
{
    for (; first; first = first->next) {
        if (!strncasecmp(first->directive, "CORS", 4)
            && first->line_num == where->line && where->file
            && !strcmp(first->filename, where->file)) {
            return 1;
        }
    }
    return 0;
}

static void put_finding(dump_t *d, apr_hash_t *here, const cors_finding_t *f)
{
    const char *key = apr_psprintf(apr_hash_pool_get(d->told), "%s %s",
                                   cors_place(d->pool, &f->where), f->text);

    if (apr_hash_get(here, key, APR_HASH_KEY_STRING)) {
        return;
    }
    apr_hash_set(here, key, APR_HASH_KEY_STRING, f);
    apr_hash_set(d->told, key, APR_HASH_KEY_STRING, f);
    put(d, "# %s: %s: %s", f->is_error ? "error" : "warning",
        cors_place(d->pool, &f->where), f->text);
}

static void put_findings(dump_t *d, const cors_section_t *section,
                         const cors_findings_t *found)
{
    const ap_directive_t *first = section->parent
                                      ? section->parent->first_child
                                      : ap_conftree;
    const apr_array_header_t *all = cors_registry_findings()->list;
    apr_hash_t *here = apr_hash_make(d->pool);
    int i;

    for (i = 0; i < all->nelts; i++) {
        const cors_finding_t *f = &APR_ARRAY_IDX(all, i, cors_finding_t);

        if (is_own_line(first, &f->where)) {
            put_finding(d, here, f);
        }
    }
    for (i = 0; i < found->list->nelts; i++) {
        put_finding(d, here, &APR_ARRAY_IDX(found->list, i, cors_finding_t));
    }
}

/* ---- sections ---------------------------------------------------------- */

static const char *state_of(const cors_section_t *section,
                            const cors_rules_t *rules)
{
    if (section->is_policy) {
        return "a policy for CORSUsePolicy";
    }
    switch (rules->engine) {
    case CORS_ENGINE_REPORT:
        return "ReportOnly";
    case CORS_ENGINE_ON:
        return rules->in_force ? "On" : "On for WebSocket handshakes alone";
    default:
        return rules->engine_where ? "Off" : "no policy is in force here";
    }
}

/* Lines, each place named once above those that come from it. */
static void put_lines(dump_t *d, const apr_array_header_t *lines,
                      int inherited)
{
    const char *last = "";
    int i;

    for (i = 0; i < lines->nelts; i++) {
        const cors_printed_t *line = &APR_ARRAY_IDX(lines, i, cors_printed_t);
        const char *place = line->where ? cors_place(d->pool, line->where)
                                        : "for that list";

        if (strcmp(place, last)) {
            put(d, "# %s%s", place, inherited ? ", inherited:" : "");
        }
        last = place;
        put(d, "%s%s", inherited ? "#" : "", line->text);
    }
}

static void put_policies(dump_t *d, const cors_settings_t *merged)
{
    const cors_use_t *use = merged->use;
    int i;

    for (i = 0; use && use->policies && i < use->n; i++) {
        const cors_named_t *policy = use->policies[i];

        put(d, "# from policy %s, %s: %s", policy->name,
            cors_place(d->pool, &policy->where),
            cors_print_taken(merged, i, d->pool));
    }
}

static void put_sections(dump_t *d, const server_rec *s,
                         const cors_section_t *around);

/* A section, with those that stand in it. */
static void put_section(dump_t *d, const cors_section_t *section,
                        const cors_section_t *around)
{
    const ap_directive_t *c = section->parent;
    const ap_directive_t *until = around ? around->parent : NULL;
    const int has_container = c && !is_vhost(c);
    const cors_settings_t *merged = cors_registry_merged(section, d->pool);
    cors_findings_t *found = cors_findings_make(d->pool);
    cors_where_t where = section->where;
    cors_rules_t rules;

    cors_registry_check_section(section, &rules, found);
    if (has_container) {
        where.file = c->filename;
        where.line = c->line_num;
    }
    put(d, "%s", "");
    put(d, "# %s%s: %s", cors_place(d->pool, &where),
        has_container ? "" : ", server level", state_of(section, &rules));
    open_containers(d, c, until);
    put_policies(d, merged);
    put_lines(d, cors_print_own(section->settings, d->all, d->pool), 0);
    put_lines(d, cors_print_inherited(merged, section->settings, d->all,
                                      d->pool), 1);
    put_findings(d, section, found);
    if (has_container) {
        put_sections(d, section->server, section);
    }
    close_containers(d, c, until);
}

/* Those that stand in a section, or in none. */
static void put_sections(dump_t *d, const server_rec *s,
                         const cors_section_t *around)
{
    const apr_array_header_t *sections = cors_registry_sections();
    int i;

    for (i = 0; i < sections->nelts; i++) {
        const cors_section_t *section =
            &APR_ARRAY_IDX(sections, i, cors_section_t);

        if (section->server == s && section->around == around) {
            put_section(d, section, around);
            if (!around) {
                apr_pool_clear(d->pool);
            }
        }
    }
}

/* A virtual host's container, with what tells it from others. */
static const ap_directive_t *open_vhost(dump_t *d,
                                        const cors_section_t *section)
{
    const ap_directive_t *c = section->parent, *child;
    const server_rec *s = section->server;

    while (c && !is_vhost(c)) {
        c = c->parent;
    }
    if (!c) {
        return NULL;
    }
    put(d, "%s", "");
    put(d, "# %s:%d: virtual host %s", c->filename, c->line_num,
        s->server_hostname ? s->server_hostname : "");
    put_open(d, c);
    for (child = c->first_child; child; child = child->next) {
        if (!strcasecmp(child->directive, "ServerName")
            || !strcasecmp(child->directive, "ServerAlias")) {
            put(d, "%s %s", child->directive, child->args);
        }
    }
    return c;
}

static void put_server(dump_t *d, const cors_section_t *first)
{
    const ap_directive_t *vhost = open_vhost(d, first);

    put_sections(d, first->server, NULL);
    if (vhost) {
        put_close(d, vhost);
    }
}

/* Server by server, in the order of their sections; the main server first, so
 * that what others inherit stands above. */
static void put_servers(dump_t *d, apr_pool_t *pool)
{
    const apr_array_header_t *sections = cors_registry_sections();
    apr_hash_t *done = apr_hash_make(pool);
    int virtuals, i;

    for (virtuals = 0; virtuals < 2; virtuals++) {
        for (i = 0; i < sections->nelts; i++) {
            const cors_section_t *section =
                &APR_ARRAY_IDX(sections, i, cors_section_t);

            if (section->server->is_virtual == virtuals
                && !apr_hash_get(done, &section->server,
                                 sizeof(section->server))) {
                apr_hash_set(done, &section->server, sizeof(section->server),
                             section);
                put_server(d, section);
            }
        }
    }
}

/* What no section of those above has told. */
static void put_rest(dump_t *d)
{
    const apr_array_header_t *all = cors_registry_findings()->list;
    int i;

    for (i = 0; i < all->nelts; i++) {
        put_finding(d, d->told, &APR_ARRAY_IDX(all, i, cors_finding_t));
    }
}

void cors_dump(apr_pool_t *pool, server_rec *servers)
{
    dump_t d = {0};

    (void)servers;
    d.all = ap_exists_config_define("DUMP_CORS_ALL");
    if (!d.all && !ap_exists_config_define("DUMP_CORS")) {
        return;
    }
    apr_file_open_flags_stdout(&d.out, APR_FOPEN_BUFFERED, pool);
    d.told = apr_hash_make(pool);
    apr_pool_create(&d.pool, pool);
    put(&d, "# CORS as mod_cors " CORS_VERSION " understands it. A line that "
        "begins with #CORS");
    put(&d, "# is inherited: it holds here, and has to be written only where "
        "the section");
    put(&d, "# stands without those around it.");
    put_servers(&d, pool);
    if (!cors_registry_sections()->nelts) {
        put(&d, "# No section has a directive of mod_cors.");
    }
    put_rest(&d);
    apr_pool_destroy(d.pool);
    apr_file_close(d.out);
}
