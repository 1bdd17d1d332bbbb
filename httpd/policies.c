/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policies.c: <CORSPolicy name>, CORSUsePolicy and CORSCandidatePolicy.
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

static cors_use_t *make_use(const cors_line_t *line)
{
    cors_use_t *use = apr_pcalloc(line->pool, sizeof(*use));

    use->where = *line->where;
    use->at_server = !line->cmd->path;
    use->names = apr_array_make(line->pool, 2, sizeof(const char *));
    return use;
}

static int has_name(const cors_use_t *use, const char *name)
{
    int i;

    for (i = 0; i < use->n; i++) {
        if (!strcmp(APR_ARRAY_IDX(use->names, i, const char *), name)) {
            return 1;
        }
    }
    return 0;
}

/* Returns 1 where the word is None. */
static int add_name(cors_line_t *line, cors_use_t *use, const char *word)
{
    if (!strcasecmp(word, "None")) {
        use->none = 1;
        return 1;
    }
    if (has_name(use, word)) {
        cors_finding_add(line->findings, CORS_F_DUPLICATE, line->where, word,
                         NULL);
        cors_finding_other(line->findings, &use->where);
        return 0;
    }
    APR_ARRAY_PUSH(use->names, const char *) = word;
    use->n = use->names->nelts;
    return 0;
}

/* In .htaccess the server's policies are compiled, and nothing is at this
 * line; in the server's configuration a policy may follow. */
static const char *end_use(cors_line_t *line, cors_use_t *use)
{
    if (line->is_htaccess) {
        cors_registry_resolve(use, line->cmd->server, line->pool,
                              line->findings);
    }
    return cors_line_end(line);
}

const char *cors_set_use_policy(cmd_parms *cmd, void *s, const char *args)
{
    const char *word, *rest = NULL, *error;
    cors_line_t line;
    cors_settings_t *settings = s;
    int words = 0, none = 0;

    if ((error = cors_line_begin(&line, cmd, s)) != NULL) {
        return error;
    }
    if (!settings->use) {
        settings->use = make_use(&line);
        settings->cut = 1;
    }
    while ((word = cors_line_word(&line, &args, &rest, 1)) != NULL) {
        words++;
        none |= add_name(&line, settings->use, word);
    }
    if (!words) {
        cors_finding_add(line.findings, CORS_F_EMPTY_LIST, line.where, NULL,
                         NULL);
    }
    if (none && words > 1 && line.is_htaccess) {
        cors_finding_add(line.findings, CORS_F_NONE_BESIDE_OTHERS, line.where,
                         "None", NULL);
    }
    return end_use(&line, settings->use);
}

const char *cors_set_candidate(cmd_parms *cmd, void *s, const char *name)
{
    cors_settings_t *settings = s;
    cors_line_t line;
    const char *error = cors_line_begin(&line, cmd, s);

    if (error) {
        return error;
    }
    settings->trial = make_use(&line);
    add_name(&line, settings->trial, name);
    return end_use(&line, settings->trial);
}
