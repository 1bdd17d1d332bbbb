/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apr_general.h"

static const cors_where_t where = {"fuzz", 1};
static cors_value_t on = {.value = 1, .where = {"fuzz", 2}};

void fuzz_fail(const char *property, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, property);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static apr_pool_t *pool;

    if (!pool) {
        apr_initialize();
        apr_pool_create(&pool, NULL);
    }
    fuzz_one(data, size, pool);
    apr_pool_clear(pool);
    return 0;
}

static apr_status_t give_back(void *text)
{
    free(text);
    return APR_SUCCESS;
}

char *fuzz_text(const uint8_t *data, size_t size, apr_pool_t *pool)
{
    char *text = malloc(size + 1);

    if (!text) {
        abort();
    }
    if (size) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    apr_pool_cleanup_register(pool, text, give_back, apr_pool_cleanup_null);
    return text;
}

char *fuzz_line(char **rest)
{
    char *line = *rest, *end;

    if (!line) {
        return NULL;
    }
    end = strchr(line, '\n');
    if (end) {
        *end++ = '\0';
    }
    *rest = end;
    return line;
}

static cors_list_t *list_of(cors_list_t **list, apr_pool_t *pool)
{
    if (!*list) {
        *list = cors_list_make(pool, &where);
    }
    return *list;
}

static void add_line(cors_settings_t *s, const char *line, apr_pool_t *pool,
                     cors_findings_t *findings)
{
    const char *text = line + 1;

    if ((*line == 'o' || *line == 'x') && !s->origins) {
        s->origins = cors_origins_make(pool, &where, &s->tolerate, 0);
    }
    switch (*line) {
    case 'o':
        cors_origins_add(s->origins, text, &where, findings);
        break;
    case 'x':
        cors_origins_add_regex(s->origins, text, &where, findings);
        break;
    case 'd':
        cors_origins_add(cors_settings_deny_list(s, pool, &where), text,
                         &where, findings);
        break;
    case 'm':
        cors_list_add_method(list_of(&s->methods, pool), text, &where,
                             findings);
        break;
    case 'h':
        cors_list_add_header(list_of(&s->headers, pool), text, &where,
                             findings);
        break;
    case 'e':
        cors_list_add_expose(list_of(&s->expose, pool), text, &where,
                             findings);
        break;
    case 'c':
        s->credentials = &on;
        break;
    case 'a':
        s->send_origin = &on;
        break;
    }
}

cors_settings_t *fuzz_section(char *lines, apr_pool_t *pool,
                              cors_findings_t *findings)
{
    cors_settings_t *s = cors_settings_make(pool);
    const char *line;

    s->touched = 1;
    while ((line = fuzz_line(&lines)) != NULL) {
        add_line(s, line, pool, findings);
    }
    cors_settings_seal(s);
    if (s->origins) {
        cors_origins_report(s->origins,
                            s->credentials ? &s->credentials->where : NULL,
                            findings);
    }
    cors_rules_prepare(s, pool);
    return s;
}

int fuzz_has_error(const cors_findings_t *findings)
{
    int i;

    for (i = 0; i < findings->list->nelts; i++) {
        if (APR_ARRAY_IDX(findings->list, i, cors_finding_t).is_error) {
            return 1;
        }
    }
    return 0;
}
