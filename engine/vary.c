/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vary.c: one list out of all that the two tables hold, and what is added.
 */
#include "vary.h"

#include <string.h>

#include "apr_strings.h"

#include "fields.h"

typedef struct merge_t {
    apr_array_header_t *names;      /* of cors_span_t: those to send */
    int any;                        /* "*" is among them */
} merge_t;

static void add(merge_t *m, const char *text, apr_size_t len)
{
    cors_span_t *span;
    int i;

    for (i = 0; i < m->names->nelts; i++) {
        span = &APR_ARRAY_IDX(m->names, i, cors_span_t);
        if (span->len == len && !strncasecmp(span->text, text, len)) {
            return;
        }
    }
    if (len == 1 && *text == '*') {
        m->any = 1;
    }
    span = apr_array_push(m->names);
    span->text = text;
    span->len = len;
}

static int collect(void *merge, const char *key, const char *value)
{
    cors_span_t word;

    (void)key;
    while (cors_next_element(&value, &word)) {
        add(merge, word.text, word.len);
    }
    return 1;
}

static const char *join(apr_pool_t *pool, const apr_array_header_t *names)
{
    apr_size_t len = 1;
    char *text, *t;
    int i;

    for (i = 0; i < names->nelts; i++) {
        len += APR_ARRAY_IDX(names, i, cors_span_t).len + 2;
    }
    text = t = apr_palloc(pool, len);
    for (i = 0; i < names->nelts; i++) {
        const cors_span_t *span = &APR_ARRAY_IDX(names, i, cors_span_t);

        if (i) {
            *t++ = ',';
            *t++ = ' ';
        }
        memcpy(t, span->text, span->len);
        t += span->len;
    }
    *t = '\0';
    return text;
}

void cors_vary_merge(apr_pool_t *pool, apr_table_t *out, apr_table_t *err,
                     const char *const *names)
{
    merge_t m;

    m.names = apr_array_make(pool, 8, sizeof(cors_span_t));
    m.any = 0;
    apr_table_do(collect, &m, out, "Vary", NULL);
    apr_table_do(collect, &m, err, "Vary", NULL);
    if (m.any) {
        return;
    }
    for (; *names; names++) {
        add(&m, *names, strlen(*names));
    }
    apr_table_unset(err, "Vary");
    apr_table_setn(out, "Vary", join(pool, m.names));
}
