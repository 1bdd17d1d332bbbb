/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sets.h: a set of origins, filled and asked in one line each.
 */
#ifndef CORS_TEST_SETS_H
#define CORS_TEST_SETS_H

#include "engine/origin_set.h"

/** Add an entry. Returns the line of an equal entry that was there, or 0. */
int add(cors_origin_set_t *set, const char *text, int line);

/** Add an expression. */
void add_regex(cors_origin_set_t *set, const char *text, int line);

/** The line of the entry that holds the origin, or 0. */
int match(const cors_origin_set_t *set, const char *origin);

#endif /* CORS_TEST_SETS_H */
