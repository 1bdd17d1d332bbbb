/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expression_fuzz.c: an expression (first line) and an origin (second line).
 * The probe ends, and what it says the expression accepts, it accepts.
 */
#include "fuzz.h"

#include <string.h>

#include "engine/probe.h"
#include "engine/regex.h"

static void check_sample(const cors_regex_t *regex, const char *sample,
                         apr_pool_t *pool)
{
    if (sample) {
        HOLDS(cors_regex_match(regex, sample, strlen(sample), pool)
              == CORS_REGEX_YES);
    }
}

void fuzz_one(const uint8_t *data, size_t size, apr_pool_t *pool)
{
    char *rest = fuzz_text(data, size, pool);
    const char *expression = fuzz_line(&rest);
    const char *error = NULL;
    cors_regex_t *regex = cors_regex_compile(expression, pool, &error);
    cors_probe_t found;

    HOLDS((regex == NULL) == (error != NULL));
    if (!regex) {
        return;
    }
    if (rest) {
        cors_regex_match(regex, rest, strlen(rest), pool);
    }
    memset(&found, 0, sizeof(found));
    cors_probe(regex, pool, &found);
    check_sample(regex, found.sample, pool);
    check_sample(regex, found.http, pool);
    check_sample(regex, found.app, pool);
}
