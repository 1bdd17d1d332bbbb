/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sets.c: a set of origins, for tests.
 */
#include "support.h"

#include "sets.h"

#include <string.h>

static const cors_where_t *at(int line)
{
    cors_where_t *where = apr_pcalloc(pool, sizeof(*where));

    where->file = "set";
    where->line = line;
    return where;
}

int add(cors_origin_set_t *set, const char *text, int line)
{
    cors_pattern_t p;
    const cors_where_t *there;

    assert_int_equal(cors_pattern_parse(&p, text, pool), CORS_PATTERN_OK);
    there = cors_origin_set_add(set, &p, at(line));
    return there ? there->line : 0;
}

void add_regex(cors_origin_set_t *set, const char *text, int line)
{
    const char *error = NULL;
    cors_regex_t *regex = cors_regex_compile(text, pool, &error);

    assert_text(error, NULL);
    cors_origin_set_add_regex(set, regex, at(line));
}

int match(const cors_origin_set_t *set, const char *origin)
{
    cors_subject_t subject = {0};
    const cors_where_t *where;

    subject.len = strlen(origin);
    subject.text = exactly(origin, subject.len);
    subject.scratch = pool;
    where = cors_origin_set_match(set, &subject);
    return where ? where->line : 0;
}
