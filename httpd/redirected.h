/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redirected.h: whether a redirect of the server's reaches into a <Location>.
 */
#ifndef CORS_REDIRECTED_H
#define CORS_REDIRECTED_H

#include "httpd/module.h"

/**
 * Whether a URL path prefix, as Redirect takes it, holds the path or something
 * below it.
 * @param prefix What is no path reaches nothing.
 * @param path Of a <Location>; "/": only what reaches all is told. NULL: where
 *             the section is, nobody knows; again only what reaches all.
 */
int cors_prefix_reaches(const char *prefix, const char *path);

/**
 * The same for an expression, as RewriteRule and RedirectMatch take it: as far
 * as its beginning tells.
 * @param path NULL: nothing is told.
 * @param pool For the compiled expression.
 */
int cors_pattern_reaches(const char *pattern, const char *path,
                         apr_pool_t *pool);

#endif /* CORS_REDIRECTED_H */
