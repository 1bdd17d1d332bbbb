/* SPDX-License-Identifier: Apache-2.0 */
/*
 * directives.h: from lines of configuration to settings.
 */
#ifndef CORS_DIRECTIVES_H
#define CORS_DIRECTIVES_H

#include "httpd/module.h"

#include "engine/finding.h"
#include "engine/settings.h"

/* The module's commands. */
extern const command_rec cors_directives[];

/** httpd's create_dir_config. */
void *cors_create_dir_config(apr_pool_t *p, char *dir);

/* One line being read. */
typedef struct cors_line_t {
    cmd_parms *cmd;
    apr_pool_t *pool;           /* as long as the settings */
    cors_settings_t *settings;
    const cors_where_t *where;  /* this line */
    cors_findings_t *findings;  /* about this line (.htaccess) or all */
    int is_htaccess;
} cors_line_t;

/**
 * Start reading a line.
 * @return NULL, or the error to return where a directive of ours cannot stand
 *         there at all.
 */
const char *cors_line_begin(cors_line_t *line, cmd_parms *cmd,
                            cors_settings_t *settings);

/**
 * What a directive handler returns. In the server's configuration always NULL:
 * the faults are told all together by check_config. In .htaccess the text of
 * the line's first fault: httpd answers 500 and logs it.
 */
const char *cors_line_end(cors_line_t *line);

/**
 * The next word of a list: blanks separate, quotes group, and commas separate
 * too where split is set; empty elements are skipped.
 * @param args Moves on; starts as the line's arguments.
 * @param rest Starts as NULL; what remains of a word with commas.
 * @return A string in the line's pool, or NULL at the end.
 */
const char *cors_line_word(cors_line_t *line, const char **args,
                           const char **rest, int split);

/* The handlers of lists (lists.c). */
const char *cors_set_allow_origin(cmd_parms *cmd, void *s, const char *args);
const char *cors_set_allow_match(cmd_parms *cmd, void *s, const char *args);
const char *cors_set_allow_from(cmd_parms *cmd, void *s, const char *args);
const char *cors_set_deny_origin(cmd_parms *cmd, void *s, const char *args);
const char *cors_set_methods(cmd_parms *cmd, void *s, const char *args);
const char *cors_set_headers(cmd_parms *cmd, void *s, const char *args);
const char *cors_set_expose(cmd_parms *cmd, void *s, const char *args);

/* The handlers of policies (policies.c). */
const char *cors_open_policy(cmd_parms *cmd, void *s, const char *args);
const char *cors_set_use_policy(cmd_parms *cmd, void *s, const char *args);
const char *cors_set_candidate(cmd_parms *cmd, void *s, const char *name);

/** Seconds, or a duration in httpd's units; -1 where it is neither. */
apr_int64_t cors_read_seconds(const char *arg);

#endif /* CORS_DIRECTIVES_H */
