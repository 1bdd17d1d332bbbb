/* SPDX-License-Identifier: Apache-2.0 */
/*
 * htaccess_file.h: one .htaccess file, which anybody may have written: what
 * htaccess.c finds, htaccess_text.c reads and htaccess_file.c checks.
 */
#ifndef CORS_HTACCESS_FILE_H
#define CORS_HTACCESS_FILE_H

#include "httpd/module.h"

#include "engine/settings.h"

/* What holds in a directory, from the server's configuration and from the
 * .htaccess files above. */
typedef struct cors_dir_t {
    int override;                   /* AllowOverride, as httpd keeps it */
    int override_opts;
    apr_table_t *override_list;     /* AllowOverrideList */
    const cors_settings_t *merged;
} cors_dir_t;

/* One file. */
typedef struct cors_access_file_t {
    apr_pool_t *pool;               /* for this file alone */
    server_rec *server;
    const char *dir;                /* with the slash at its end */
    const char *shown;              /* its path, fit for a terminal */
    cors_findings_t *findings;
    const apr_array_header_t *left_out; /* see cors_access_left_out */
    const char *text;               /* NUL-terminated */
    int has_lines;                  /* it has a line of ours */
} cors_access_file_t;

typedef enum {
    CORS_ACCESS_NONE,               /* there is no such file */
    CORS_ACCESS_SKIPPED,            /* a finding says why it was not read */
    CORS_ACCESS_READ
} cors_access_e;

/**
 * Read a file, bounded and without waiting for anybody.
 * @param fd Of its directory.
 * @param name In that directory.
 * @param root The real path of the tree: a link out of it is not followed.
 */
cors_access_e cors_access_read(cors_access_file_t *file, int fd,
                               const char *name, const char *root);

/** The directives that httpd carries out while it reads a file, but for those
 *  that only decide whether lines hold: const char *, in pool. */
apr_array_header_t *cors_access_left_out(apr_pool_t *pool);

/**
 * Leave of the text only the lines of ours and the containers around them, all
 * with their line numbers: no other directive will be carried out.
 * @return The text. NULL: there is no line of ours (has_lines is 0), or a
 *         finding says what is wrong.
 */
const char *cors_access_condense(cors_access_file_t *file);

/**
 * Check the lines of ours, each alone, together, and over what holds in the
 * directory.
 * @return The file's settings, or NULL where it has none.
 */
const cors_settings_t *cors_access_check(cors_access_file_t *file,
                                         const cors_dir_t *dir);

/** Add CORS061: why something was not checked. line 0: all of it. */
void cors_access_skip(cors_access_file_t *file, int line, const char *why,
                      ...) __attribute__((format(printf, 3, 4)));

/** Whether a path is a directory or lies in it; both absolute, real and
 *  without a slash at the end. */
int cors_path_is_within(const char *path, const char *dir);

/** A path whose bytes cannot do anything to a terminal, in pool. */
const char *cors_path_shown(apr_pool_t *pool, const char *path);

/** A configuration file in memory, as httpd's parser reads it. */
ap_configfile_t *cors_access_open(cors_access_file_t *file, const char *text);

#endif /* CORS_HTACCESS_FILE_H */
