/* SPDX-License-Identifier: Apache-2.0 */
/*
 * advice.h: from a faulty origin to the one that was probably meant.
 */
#ifndef CORS_ADVICE_H
#define CORS_ADVICE_H

#include "finding.h"
#include "pattern.h"

/**
 * Report why a text is no entry of an origin list, and what to write.
 * @param pattern What cors_pattern_parse left.
 * @param fault What it answered.
 */
void cors_report_pattern(cors_findings_t *findings,
                         const cors_pattern_t *pattern,
                         cors_pattern_fault_e fault,
                         const cors_where_t *where);

/**
 * The nearest valid entry: scheme and host in lower case and ASCII, without
 * user, path and default port.
 * @return A string in pool that cors_pattern_parse accepts, or NULL.
 */
const char *cors_correct_origin(apr_pool_t *pool, const char *text);

#endif /* CORS_ADVICE_H */
