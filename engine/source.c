/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.c: who is asked, in which order.
 */
#include "source.h"

#include "apr_strings.h"

static const cors_where_t *ask_all(const apr_array_header_t *sources,
                                   int in_memory, cors_subject_t *subject)
{
    int i;

    for (i = 0; i < sources->nelts; i++) {
        const cors_source_t *s = APR_ARRAY_IDX(sources, i,
                                               const cors_source_t *);
        const cors_where_t *where = &s->where;

        if (s->in_memory != in_memory) {
            continue;
        }
        switch (s->ask(s, subject, &where)) {
        case CORS_SOURCE_YES:
            subject->source = s;
            return where;
        case CORS_SOURCE_FAILED:
            subject->failed = &s->where;
            break;
        default:
            break;
        }
    }
    return NULL;
}

const cors_where_t *cors_sources_allow(const apr_array_header_t *sources,
                                       cors_subject_t *subject)
{
    const cors_where_t *where;

    if (!sources || cors_subject_parse(subject) != CORS_ORIGIN_OK
        || subject->origin.scheme == CORS_SCHEME_NULL) {
        return NULL;
    }
    where = ask_all(sources, 1, subject);
    return where ? where : ask_all(sources, 0, subject);
}

const char *cors_sources_text(const apr_array_header_t *sources,
                              apr_pool_t *pool)
{
    const char *text = NULL;
    int i;

    for (i = 0; sources && i < sources->nelts; i++) {
        const char *one = APR_ARRAY_IDX(sources, i,
                                        const cors_source_t *)->text;

        text = text ? apr_pstrcat(pool, text, " or ", one, NULL) : one;
    }
    return text;
}
