/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sources.h: CORSAllowOriginFrom: origins kept elsewhere.
 */
#ifndef CORS_SOURCES_H
#define CORS_SOURCES_H

#include "mod_cors.h"

#include "engine/policy.h"
#include "httpd/directives.h"

/** Register the module's own providers, but for "file". */
void cors_sources_register(apr_pool_t *p);

/**
 * Make the source that one word of CORSAllowOriginFrom names.
 * @return NULL where the line's findings say why there is none.
 */
const cors_source_t *cors_source_make(cors_line_t *line, const char *word);

/**
 * Look at the sources that a section's policies use: whether they answer, and
 * what is in those that are lists.
 * @param rules What holds there.
 * @param findings Gets what is wrong; it may be right at the next start.
 */
void cors_sources_check(const cors_rules_t *rules, cors_findings_t *findings);

/**
 * A source did not answer: one line a minute, over all processes.
 * @param why What happened, or NULL: what error says.
 */
void cors_source_failed(const cors_source_t *source, request_rec *r,
                        apr_status_t error, const char *why);

#endif /* CORS_SOURCES_H */
