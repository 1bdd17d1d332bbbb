/* SPDX-License-Identifier: Apache-2.0 */
/*
 * print.h: settings as the directives that make them: read again in the same
 * place, the lines give the same settings.
 */
#ifndef CORS_PRINT_H
#define CORS_PRINT_H

#include "lines.h"
#include "settings.h"

/* A list of so many entries is only counted, unless all are asked for. The
 * line that tells the count is an error where it is read again: a policy with
 * half of its denied origins would be a wider one. */
#define CORS_PRINT_MOST 1000

/**
 * The lines of one section's own directives, or of a policy's. What the
 * policies that it uses say is not among them.
 * @param s Sealed, policies resolved.
 * @param all Whether long lists are printed too.
 * @return An array of cors_printed_t, in pool.
 */
apr_array_header_t *cors_print_own(const cors_settings_t *s, int all,
                                   apr_pool_t *pool);

/**
 * The lines that a section inherits.
 * @param merged The section merged over those around it.
 * @param own The section alone.
 */
apr_array_header_t *cors_print_inherited(const cors_settings_t *merged,
                                         const cors_settings_t *own, int all,
                                         apr_pool_t *pool);

/**
 * The names of those directives of a policy that hold in a section using it,
 * separated by blanks.
 * @param i Which one of merged->use.
 */
const char *cors_print_taken(const cors_settings_t *merged, int i,
                             apr_pool_t *pool);

#endif /* CORS_PRINT_H */
