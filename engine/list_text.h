/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_text.h: a list of origins in a text of its own, one on a line.
 */
#ifndef CORS_LIST_TEXT_H
#define CORS_LIST_TEXT_H

#include "origins.h"

/* Findings of one list that are worth keeping: those of a file that is no list
 * at all would fill the memory. */
#define CORS_LIST_FINDINGS 100

/**
 * Read a list: an origin or a pattern on each line, blanks around it, a comment
 * from a '#' on that begins the line or stands behind a blank; empty lines.
 * Neither "*" nor "null".
 * @param list Gets the entries, with their lines as places.
 * @param file The text's name in those places, kept by reference.
 * @param text NUL-terminated at len; changed.
 * @param findings Gets what is wrong, as far as it can be told: after
 *                 CORS_LIST_FINDINGS errors the rest is not read. Where there
 *                 is an error among it, the list is not to be used.
 */
void cors_list_text_read(cors_origins_t *list, const char *file, char *text,
                         apr_size_t len, cors_findings_t *findings);

#endif /* CORS_LIST_TEXT_H */
