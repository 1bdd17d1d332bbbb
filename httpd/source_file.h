/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_file.h: CORSAllowOriginFrom file:PATH: a list in a file, reread when
 * it changes.
 *
 * Each process has the list in memory, and looks at the file once a second at
 * most. A version is read as a whole or not at all; requests that began with
 * one version end with it.
 */
#ifndef CORS_SOURCE_FILE_H
#define CORS_SOURCE_FILE_H

#include "httpd/module.h"

#include "engine/origins.h"

typedef struct cors_file_t cors_file_t;

/**
 * A file's list.
 * @param path Absolute.
 * @param tolerate The section's CORSTolerate, read whenever the file is.
 * @param pconf Where it lives; its versions go with it.
 */
cors_file_t *cors_file_make(const char *path, const unsigned *tolerate,
                            apr_pool_t *pconf);

/**
 * Read the file, once, and report what is wrong with it.
 * @param credentials The line that switches them on where the list is used, or
 *                    NULL. May be called for each such place.
 * @param where The line of the CORSAllowOriginFrom.
 */
void cors_file_check(cors_file_t *file, const cors_where_t *credentials,
                     const cors_where_t *where, cors_findings_t *findings);

/** cors_source_ask_fn; source->data is the cors_file_t. */
cors_source_answer_e cors_file_ask(const cors_source_t *source,
                                   cors_subject_t *subject,
                                   const cors_where_t **where);

#endif /* CORS_SOURCE_FILE_H */
