/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policies.c: <CORSPolicy name> and CORSUsePolicy.
 */
#include "httpd/directives.h"

#include "apr_strings.h"

#include "httpd/registry.h"

static void find_strangers(cors_line_t *line, const ap_directive_t *d)
{
    for (; d; d = d->next) {
        int ours = !strncasecmp(d->directive, "CORS", 4);

        if (!ours || !strcasecmp(d->directive, "CORSUsePolicy")
            || !strcasecmp(d->directive, "CORSCandidatePolicy")) {
            cors_where_t *where = apr_pcalloc(line->pool, sizeof(*where));

            where->file = apr_pstrdup(line->pool, d->filename);
            where->line = d->line_num;
            cors_finding_add(line->findings, CORS_F_POLICY_CONTENT, where,
                             d->directive, NULL);
        }
    }
}

const char *cors_open_policy(cmd_parms *cmd, void *dummy, const char *args)
{
    const char *end = strrchr(args, '>'), *name, *error;
    ap_conf_vector_t *section;
    cors_settings_t *settings;
    cors_line_t line;
    int errors;

    (void)dummy;
    error = ap_check_cmd_context(cmd, NOT_IN_DIR_CONTEXT);
    if (error) {
        return error;
    }
    if (!end) {
        return "<CORSPolicy> has no closing '>'";
    }
    args = apr_pstrmemdup(cmd->pool, args, (apr_size_t)(end - args));
    name = ap_getword_conf(cmd->pool, &args);
    if (!*name || *args || !strcasecmp(name, "None")
        || strpbrk(name, ", \t")) {
        /* CORSUsePolicy splits its list there. */
        return "<CORSPolicy> takes one name, without blank or comma, which "
               "cannot be None";
    }
    section = ap_create_per_dir_config(cmd->pool);
    settings = cors_settings_make(cmd->pool);
    ap_set_module_config(section, &cors_module, settings);
    cors_line_begin(&line, cmd, settings);
    errors = line.findings->errors;
    find_strangers(&line, cmd->directive->first_child);
    cors_registry_add_policy(cmd, name, settings, line.where);
    if (line.findings->errors > errors) {
        /* The configuration fails anyway; ap_walk_config would take any
         * directive at all, Require too. */
        return NULL;
    }
    return ap_walk_config(cmd->directive->first_child, cmd, section);
}

static cors_use_t *make_use(cors_line_t *line)
{
    cors_settings_t *s = line->settings;

    if (!s->use) {
        s->use = apr_pcalloc(line->pool, sizeof(*s->use));
        s->use->where = *line->where;
        s->use->at_server = !line->cmd->path;
        s->use->names = apr_array_make(line->pool, 2, sizeof(const char *));
        s->cut = 1;
    }
    return s->use;
}

const char *cors_set_use_policy(cmd_parms *cmd, void *s, const char *args)
{
    const char *word, *rest = NULL, *error;
    cors_line_t line;
    cors_use_t *use;
    int words = 0, none = 0;

    if ((error = cors_line_begin(&line, cmd, s)) != NULL) {
        return error;
    }
    use = make_use(&line);
    while ((word = cors_line_word(&line, &args, &rest, 1)) != NULL) {
        words++;
        if (!strcasecmp(word, "None")) {
            use->none = none = 1;
        }
        else {
            APR_ARRAY_PUSH(use->names, const char *) = word;
            use->n = use->names->nelts;
        }
    }
    if (!words) {
        cors_finding_add(line.findings, CORS_F_EMPTY_LIST, line.where, NULL,
                         NULL);
    }
    if (none && words > 1 && line.is_htaccess) {
        cors_finding_add(line.findings, CORS_F_NONE_BESIDE_OTHERS, line.where,
                         "None", NULL);
    }
    if (line.is_htaccess) {
        /* The server's policies are compiled; nothing is at this line. */
        cors_registry_resolve(use, cmd->server, line.pool, line.findings);
    }
    return cors_line_end(&line);
}
