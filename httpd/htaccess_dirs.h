/* SPDX-License-Identifier: Apache-2.0 */
/*
 * htaccess_dirs.h: which directories have .htaccess files that httpd reads, and
 * what holds in them: ap_directory_walk without a request.
 */
#ifndef CORS_HTACCESS_DIRS_H
#define CORS_HTACCESS_DIRS_H

#include "httpd/htaccess_file.h"

/* One server, or several that are the same to every directory. */
typedef struct cors_scope_t {
    server_rec *server;
    apr_array_header_t *document_roots; /* const char *, with their slashes */
    const char *access_names;       /* AccessFileName */
    const apr_array_header_t *sections; /* httpd's <Directory>s, in its order:
                                           ap_conf_vector_t * */
    cors_dir_t level;               /* what holds outside all of them */
} cors_scope_t;

/** An array of cors_scope_t, the main server's first. */
apr_array_header_t *cors_scopes_make(server_rec *servers, apr_pool_t *pool);

/**
 * Document roots, and the directories of <Directory> sections; wildcards are
 * filled in with what there is.
 * @param main Sections that this scope has too are not this one's; NULL: they
 *             are.
 * @return An array of const char *, each with a slash at its end, those above
 *         others first.
 */
apr_array_header_t *cors_scope_roots(const cors_scope_t *scope,
                                     const cors_scope_t *main,
                                     apr_pool_t *pool);

/** Whether a directory is a document root of the scope, or below one. */
int cors_scope_serves(const cors_scope_t *scope, const char *path);

/**
 * Step into a directory: what its <Directory> sections say is added.
 * @param dir What holds above it; becomes what holds in it.
 * @param path With a slash at its end.
 * @param pool As long as dir is used.
 */
void cors_dir_enter(cors_dir_t *dir, const cors_scope_t *scope,
                    const char *path, apr_pool_t *pool);

/** Whether httpd looks for .htaccess files there. */
int cors_dir_reads_files(const cors_dir_t *dir);

#endif /* CORS_HTACCESS_DIRS_H */
