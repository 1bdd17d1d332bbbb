/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regex.c: PCRE2 with its memory in APR's pools.
 *
 * Not httpd's ap_regex_t: that lives in the httpd binary, and "^(?:…)$" around
 * the text of an expression is escaped by "a)|(.*". Anchors are options here.
 */
#include "regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "apr_strings.h"

/* Enough for an alternation of ten thousand names, and one to two milliseconds
 * of nested repetitions at the worst. */
#define MATCH_LIMIT 100000
#define HEAP_LIMIT_KIB 1024

struct cors_regex_t {
    const char *text;
    pcre2_code *code;
    pcre2_match_context *limits;
};

static void *from_pool(PCRE2_SIZE size, void *pool)
{
    return apr_palloc(pool, size);
}

/* The pool frees all at once. */
static void to_pool(void *block, void *pool)
{
    (void)block;
    (void)pool;
}

static apr_status_t free_code(void *code)
{
    pcre2_code_free(code);
    return APR_SUCCESS;
}

cors_regex_t *cors_regex_compile(const char *text, apr_pool_t *pool,
                                 const char **error)
{
    pcre2_general_context *memory =
        pcre2_general_context_create(from_pool, to_pool, pool);
    pcre2_compile_context *context = pcre2_compile_context_create(memory);
    cors_regex_t *regex = apr_pcalloc(pool, sizeof(*regex));
    const uint32_t options = PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
    PCRE2_SIZE offset = 0;
    int code = 0;

    regex->text = apr_pstrdup(pool, text);
    regex->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
                                options, &code, &offset, context);
    if (regex->code) {
        /* PCRE2's own anchors: no text of ours around the text of theirs. */
        regex->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
                                    options | PCRE2_ANCHORED
                                        | PCRE2_ENDANCHORED,
                                    &code, &offset, context);
    }
    if (!regex->code) {
        char message[160];

        pcre2_get_error_message(code, (PCRE2_UCHAR *)message, sizeof(message));
        *error = apr_psprintf(pool, "%s at byte %d", message, (int)offset);
        return NULL;
    }
    /* Where the machine has no JIT the interpreter does the same, slower. */
    if (pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE) == 0) {
        apr_pool_cleanup_register(pool, regex->code, free_code,
                                  apr_pool_cleanup_null);
    }
    regex->limits = pcre2_match_context_create(memory);
    pcre2_set_match_limit(regex->limits, MATCH_LIMIT);
    pcre2_set_heap_limit(regex->limits, HEAP_LIMIT_KIB);
    return regex;
}

cors_regex_result_e cors_regex_match(const cors_regex_t *regex,
                                     const char *text, apr_size_t len,
                                     apr_pool_t *scratch)
{
    pcre2_general_context *memory =
        pcre2_general_context_create(from_pool, to_pool, scratch);
    /* Nobody asks for groups: room for the whole match alone. */
    pcre2_match_data *data = pcre2_match_data_create(1, memory);
    int rc = pcre2_match(regex->code, (PCRE2_SPTR)text, len, 0, 0, data,
                         regex->limits);

    if (rc >= 0) {
        return CORS_REGEX_YES;
    }
    return rc == PCRE2_ERROR_NOMATCH ? CORS_REGEX_NO : CORS_REGEX_LIMIT;
}

const char *cors_regex_text(const cors_regex_t *regex)
{
    return regex->text;
}
