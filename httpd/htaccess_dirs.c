/* SPDX-License-Identifier: Apache-2.0 */
/*
 * htaccess_dirs.c: as httpd's core does it for a request, from what the core
 * shows of itself in http_core.h.
 */
#include "httpd/htaccess_dirs.h"

#include <stdlib.h>

#include "apr_file_info.h"
#include "apr_fnmatch.h"
#include "apr_strings.h"
#include "http_core.h"

#include "httpd/registry.h"

static const cors_settings_t *settings_of(const ap_conf_vector_t *section)
{
    return ap_get_module_config(section, &cors_module);
}

/* A copy with a slash at its end. */
static void add_path(apr_array_header_t *paths, const char *path)
{
    apr_size_t len = strlen(path);

    APR_ARRAY_PUSH(paths, const char *) =
        len && path[len - 1] == '/'
            ? apr_pstrdup(paths->pool, path)
            : apr_pstrcat(paths->pool, path, "/", NULL);
}

/* ---- scopes ------------------------------------------------------------ */

static void make_scope(cors_scope_t *scope, server_rec *s, apr_pool_t *pool)
{
    const core_server_config *core =
        ap_get_core_module_config(s->module_config);
    const core_dir_config *level =
        ap_get_core_module_config(s->lookup_defaults);

    memset(scope, 0, sizeof(*scope));
    scope->server = s;
    scope->document_roots = apr_array_make(pool, 1, sizeof(const char *));
    if (core->ap_document_root && *core->ap_document_root == '/') {
        add_path(scope->document_roots, core->ap_document_root);
    }
    scope->access_names = core->access_name ? core->access_name
                                            : DEFAULT_ACCESS_FNAME;
    scope->sections = core->sec_dir;
    scope->level.override = (int)level->override;
    scope->level.override_opts = (int)level->override_opts;
    scope->level.override_list = level->override_list;
    scope->level.merged = settings_of(s->lookup_defaults);
    if (!scope->level.merged) {
        scope->level.merged = cors_settings_make(pool);
    }
}

/* Whether for both the same holds in every directory. */
static int is_equal(const cors_scope_t *a, const cors_scope_t *b)
{
    if (strcmp(a->access_names, b->access_names)
        || a->sections->nelts != b->sections->nelts
        || cors_registry_has_policies(a->server)
        || cors_registry_has_policies(b->server)) {
        return 0;
    }
    if (a->level.merged != b->level.merged
        && (a->level.merged->touched || b->level.merged->touched)) {
        return 0;
    }
    return !memcmp(a->sections->elts, b->sections->elts,
                   (apr_size_t)(a->sections->nelts * a->sections->elt_size));
}

apr_array_header_t *cors_scopes_make(server_rec *servers, apr_pool_t *pool)
{
    apr_array_header_t *scopes = apr_array_make(pool, 4, sizeof(cors_scope_t));
    server_rec *s;
    int i;

    for (s = servers; s; s = s->next) {
        cors_scope_t scope;

        make_scope(&scope, s, pool);
        for (i = 0; i < scopes->nelts; i++) {
            cors_scope_t *there = &APR_ARRAY_IDX(scopes, i, cors_scope_t);

            if (is_equal(there, &scope)) {
                apr_array_cat(there->document_roots, scope.document_roots);
                break;
            }
        }
        if (i == scopes->nelts) {
            APR_ARRAY_PUSH(scopes, cors_scope_t) = scope;
        }
    }
    return scopes;
}

int cors_scope_serves(const cors_scope_t *scope, const char *path)
{
    int i;

    for (i = 0; i < scope->document_roots->nelts; i++) {
        const char *root = APR_ARRAY_IDX(scope->document_roots, i,
                                         const char *);

        if (!strncmp(path, root, strlen(root))) {
            return 1;
        }
    }
    return 0;
}

/* ---- roots ------------------------------------------------------------- */

/* <Directory "/home/?/public_html">: from the part before the first wildcard
 * on, one component after another. */
static void add_matching(apr_array_header_t *roots, const char *path,
                         const char *pattern)
{
    const char *slash = strchr(pattern, '/');
    const char *part, *rest;
    apr_finfo_t info;
    apr_dir_t *dir;

    if (!slash) {
        add_path(roots, path);
        return;
    }
    part = apr_pstrmemdup(roots->pool, pattern, (apr_size_t)(slash - pattern));
    rest = slash + 1;
    if (!apr_fnmatch_test(part)) {
        add_matching(roots, apr_pstrcat(roots->pool, path, part, "/", NULL),
                     rest);
        return;
    }
    if (apr_dir_open(&dir, path, roots->pool) != APR_SUCCESS) {
        return;
    }
    while (apr_dir_read(&info, APR_FINFO_NAME | APR_FINFO_TYPE, dir)
           == APR_SUCCESS) {
        if (strcmp(info.name, ".") && strcmp(info.name, "..")
            && (info.filetype == APR_DIR || info.filetype == APR_UNKFILE)
            && apr_fnmatch(part, info.name, 0) == APR_SUCCESS) {
            add_matching(roots, apr_pstrcat(roots->pool, path, info.name, "/",
                                            NULL), rest);
        }
    }
    apr_dir_close(dir);
}

static int by_length(const void *a, const void *b)
{
    const char *one = *(const char *const *)a;
    const char *other = *(const char *const *)b;
    apr_size_t len = strlen(one), other_len = strlen(other);

    return len != other_len ? (len < other_len ? -1 : 1) : strcmp(one, other);
}

static int has_section(const cors_scope_t *scope, const void *section)
{
    int i;

    for (i = 0; scope && i < scope->sections->nelts; i++) {
        if (APR_ARRAY_IDX(scope->sections, i, const void *) == section) {
            return 1;
        }
    }
    return 0;
}

apr_array_header_t *cors_scope_roots(const cors_scope_t *scope,
                                     const cors_scope_t *main,
                                     apr_pool_t *pool)
{
    apr_array_header_t *roots = apr_array_copy(pool, scope->document_roots);
    int i;

    for (i = 0; i < scope->sections->nelts; i++) {
        const ap_conf_vector_t *section =
            APR_ARRAY_IDX(scope->sections, i, const ap_conf_vector_t *);
        const core_dir_config *core = ap_get_core_module_config(section);

        if (core->r || *core->d != '/' || has_section(main, section)) {
            continue;
        }
        if (core->d_is_fnmatch) {
            add_matching(roots, "/", core->d + 1);
        }
        else {
            add_path(roots, core->d);
        }
    }
    qsort(roots->elts, (size_t)roots->nelts, sizeof(const char *), by_length);
    return roots;
}

/* ---- one directory ----------------------------------------------------- */

static int matches(const core_dir_config *core, const char *path,
                   unsigned slashes)
{
    if (core->r) {
        /* httpd looks at these when it has read all .htaccess files. */
        return 0;
    }
    if (!core->d_components) {
        return slashes == 1;
    }
    if (core->d_components != slashes) {
        return 0;
    }
    return core->d_is_fnmatch
               ? apr_fnmatch(core->d, path, APR_FNM_PATHNAME) == APR_SUCCESS
               : !strcmp(core->d, path);
}

void cors_dir_enter(cors_dir_t *dir, const cors_scope_t *scope,
                    const char *path, apr_pool_t *pool)
{
    unsigned slashes = ap_count_dirs(path);
    int i;

    for (i = 0; i < scope->sections->nelts; i++) {
        const ap_conf_vector_t *section =
            APR_ARRAY_IDX(scope->sections, i, const ap_conf_vector_t *);
        const core_dir_config *core = ap_get_core_module_config(section);
        const cors_settings_t *settings = settings_of(section);

        if (!matches(core, path, slashes)) {
            continue;
        }
        if (!(core->override & OR_UNSET)) {
            dir->override = (int)core->override;
            dir->override_opts = (int)core->override_opts;
        }
        if (core->override_list) {
            dir->override_list = core->override_list;
        }
        if (settings) {
            dir->merged = cors_settings_merge(pool, dir->merged, settings);
        }
    }
}

int cors_dir_reads_files(const cors_dir_t *dir)
{
    return dir->override
           || (dir->override_list && !apr_is_empty_table(dir->override_list));
}
