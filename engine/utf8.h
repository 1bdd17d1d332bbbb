/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8.h: texts from outside in the forms that pages are written in. Pure and
 * thread-safe.
 */
#ifndef CORS_UTF8_H
#define CORS_UTF8_H

#include "apr_pools.h"

/** The number of bytes of the UTF-8 character at text, which ends in NUL;
 *  0: it is none. */
int cors_utf8_len(const char *text);

/**
 * For HTML's text and quoted attributes: markup is escaped. A byte that is no
 * UTF-8, and a control character but tab and line feed, become U+FFFD.
 */
const char *cors_html(apr_pool_t *pool, const char *text);

/** A JSON string, quotes included; what is no UTF-8 becomes U+FFFD. */
const char *cors_json(apr_pool_t *pool, const char *text);

#endif /* CORS_UTF8_H */
