/* SPDX-License-Identifier: Apache-2.0 */
/*
 * htaccess_file.c: the lines of a .htaccess file, given one by one to the
 * handlers that a request would give them to.
 */
#include "httpd/htaccess_file.h"

#include "apr_strings.h"
#include "http_core.h"

#include "engine/check.h"
#include "engine/escape.h"

/* The file's own level, or a section in it. */
typedef struct part_t {
    cors_settings_t *settings;
    ap_conf_vector_t *vector;       /* holds the settings */
    cors_where_t where;             /* the first line of ours */
    apr_array_header_t *parts;      /* of part_t *: sections in it */
} part_t;

typedef struct checker_t {
    cors_access_file_t *file;
    cmd_parms cmd;
} checker_t;

static part_t *make_part(checker_t *c)
{
    apr_pool_t *pool = c->file->pool;
    part_t *part = apr_pcalloc(pool, sizeof(*part));

    part->settings = cors_settings_make(pool);
    part->vector = ap_create_per_dir_config(pool);
    ap_set_module_config(part->vector, &cors_module, part->settings);
    part->parts = apr_array_make(pool, 2, sizeof(part_t *));
    return part;
}

static void set_parms(checker_t *c, const cors_dir_t *dir)
{
    cmd_parms *cmd = &c->cmd;

    cmd->override = dir->override;
    cmd->override_opts = dir->override_opts;
    cmd->override_list = dir->override_list;
    cmd->limited = -1;
    /* The same pool twice: that is how handlers tell .htaccess. */
    cmd->pool = cmd->temp_pool = c->file->pool;
    cmd->server = c->file->server;
    cmd->path = apr_pstrdup(c->file->pool, c->file->dir);
}

/* Findings of one line, all of them: a request would hear only the first
 * error. What httpd itself refuses has no number of ours. */
static void check_line(checker_t *c, part_t *part, const ap_directive_t *d)
{
    cors_access_file_t *file = c->file;
    cors_findings_t *found = cors_findings_make(file->pool);
    ap_directive_t *alone = apr_pmemdup(file->pool, d, sizeof(*d));
    const char *error;
    cors_where_t where;

    where.file = d->filename;
    where.line = d->line_num;
    if (!part->where.file) {
        part->where = where;
    }
    alone->next = NULL;
    alone->data = found;
    error = ap_walk_config(alone, &c->cmd, part->vector);
    if (error && !found->errors) {
        cors_finding_add(found, CORS_F_HTACCESS, &where, error, NULL);
    }
    apr_array_cat(file->findings->list, found->list);
    file->findings->errors += found->errors;
}

static int is_any_of(const char *name, const char *const *names)
{
    for (; *names && strcasecmp(name, *names); names++) {
    }
    return *names != NULL;
}

/* What httpd's own containers tell the directives in them. */
static void enter_container(cmd_parms *cmd, const char *name)
{
    if (!strncasecmp(name, "<Limit", 6)) {
        cmd->limited = 1;
    }
    else if (!strncasecmp(name, "<Require", 8)) {
        cmd->limited = 1;
        cmd->override = OR_AUTHCFG;
    }
}

static void check_lines(checker_t *c, part_t *part, const ap_directive_t *d)
{
    static const char *const sections[] = {
        "<Files", "<FilesMatch", "<If", "<ElseIf", "<Else", NULL
    };
    const cmd_parms cmd = c->cmd;
    part_t *inner;

    for (; d; d = d->next) {
        if (!strncasecmp(d->directive, "CORS", 4)
            || !strncasecmp(d->directive, "<CORS", 5)) {
            check_line(c, part, d);
        }
        else if (is_any_of(d->directive, sections)) {
            inner = make_part(c);
            APR_ARRAY_PUSH(part->parts, part_t *) = inner;
            check_lines(c, inner, d->first_child);
        }
        else {
            enter_container(&c->cmd, d->directive);
            check_lines(c, part, d->first_child);
            c->cmd = cmd;
        }
    }
}

/* A part over what is around it, then those in it. */
static void check_part(checker_t *c, const part_t *part,
                       const cors_settings_t *outer)
{
    const cors_settings_t *merged = outer;
    cors_rules_t rules;
    int i;

    if (part->settings->touched) {
        cors_settings_seal(part->settings);
        merged = cors_settings_merge(c->file->pool, outer, part->settings);
        cors_rules_gather(&rules, merged);
        cors_check_rules(&rules, part->settings, &part->where, 0,
                         c->file->findings);
    }
    for (i = 0; i < part->parts->nelts; i++) {
        check_part(c, APR_ARRAY_IDX(part->parts, i, part_t *), merged);
    }
}

const cors_settings_t *cors_access_check(cors_access_file_t *file,
                                         const cors_dir_t *dir)
{
    const char *text = cors_access_condense(file), *error;
    ap_directive_t *tree = NULL;
    checker_t c = {0};
    part_t *part;

    if (!text) {
        return NULL;
    }
    c.file = file;
    set_parms(&c, dir);
    c.cmd.config_file = cors_access_open(file, text);
    error = ap_build_config(&c.cmd, file->pool, file->pool, &tree);
    if (error) {
        const ap_directive_t *at = c.cmd.err_directive;

        cors_access_skip(file, at ? at->line_num
                                  : (int)c.cmd.config_file->line_number,
                         "httpd answers 500 here: %s",
                         cors_escape(file->pool, error, strlen(error)));
        return NULL;
    }
    part = make_part(&c);
    check_lines(&c, part, tree);
    check_part(&c, part, dir->merged);
    return part->settings->touched ? part->settings : NULL;
}
