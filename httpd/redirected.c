/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redirected.c: paths above and below each other.
 */
#include "httpd/redirected.h"

#include <string.h>

#include "apr_strings.h"

/* Whether one path is another, or below it. */
static int is_below(const char *path, const char *above)
{
    const apr_size_t len = strlen(above);

    return !strncmp(path, above, len)
           && (!path[len] || path[len] == '/' || above[len - 1] == '/');
}

static int is_all(const char *path)
{
    return !strcmp(path, "/");
}

int cors_prefix_reaches(const char *prefix, const char *path)
{
    if (is_all(prefix) || !path) {
        return is_all(prefix);
    }
    return is_below(path, prefix) || (!is_all(path) && is_below(prefix, path));
}

/* What a path that an expression matches can begin with. */
static const char *literal(const char *pattern, apr_pool_t *pool)
{
    return *pattern == '^'
               ? apr_pstrmemdup(pool, pattern + 1,
                                strcspn(pattern + 1, "\\.[](){}|*+?^$"))
               : "";
}

int cors_pattern_reaches(const char *pattern, const char *path,
                         apr_pool_t *pool)
{
    ap_regex_t *regex = path ? ap_pregcomp(pool, pattern, 0) : NULL;
    const char *inside;

    if (!regex) {
        return 0;
    }
    if (!ap_regexec(regex, path, 0, NULL, 0)) {
        return 1;
    }
    if (is_all(path)) {
        return 0;
    }
    inside = path[strlen(path) - 1] == '/' ? path
                                           : apr_pstrcat(pool, path, "/", NULL);
    return !ap_regexec(regex, inside, 0, NULL, 0)
           || !strncmp(literal(pattern, pool), inside, strlen(inside));
}
