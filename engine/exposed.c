/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exposed.c: the names that a response really has, and those the policy lists.
 */
#include "exposed.h"

#include <string.h>

#include "apr_strings.h"

#include "token.h"

/* Not for scripts (Fetch, "forbidden response-header name"), of one connection
 * only (RFC 9110, section 7.6.1), or of no use to one. */
static int is_exposable(const char *name)
{
    static const char *const never[] = {
        "Set-Cookie", "Set-Cookie2", "Vary", "Connection", "Keep-Alive",
        "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE",
        "Trailer", "Transfer-Encoding", "Upgrade"
    };
    apr_size_t i;

    if (cors_is_cors_header(name) || !cors_is_token(name, strlen(name))) {
        return 0;
    }
    for (i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
        if (!strcasecmp(name, never[i])) {
            return 0;
        }
    }
    return 1;
}

typedef struct exposed_t {
    apr_table_t *names;             /* each once, without case */
    const char *connection[2];      /* Connection: names of one connection;
                                       a script's stands among the errors' */
} exposed_t;

static int expose_one(void *data, const char *name, const char *value)
{
    exposed_t *e = data;

    (void)value;
    if (is_exposable(name)
        && !cors_has_element(e->connection[0], name, strncasecmp)
        && !cors_has_element(e->connection[1], name, strncasecmp)) {
        apr_table_setn(e->names, name, "");
    }
    return 1;
}

static int append_name(void *text, const char *name, const char *value)
{
    apr_array_header_t *names = text;

    (void)value;
    APR_ARRAY_PUSH(names, const char *) = name;
    return 1;
}

const char *cors_exposed_names(const cors_list_t *expose, apr_table_t *out,
                               apr_table_t *err, const char *later,
                               apr_pool_t *pool)
{
    apr_array_header_t *names = apr_array_make(pool, 16,
                                               sizeof(const char *));
    cors_list_t list = {0};
    cors_span_t word;
    exposed_t e;
    int i;

    e.names = apr_table_make(pool, 16);
    e.connection[0] = apr_table_get(out, "Connection");
    e.connection[1] = apr_table_get(err, "Connection");
    for (i = 0; i < expose->names->nelts; i++) {
        expose_one(&e, APR_ARRAY_IDX(expose->names, i, const char *), "");
    }
    apr_table_do(expose_one, &e, out, NULL);
    apr_table_do(expose_one, &e, err, NULL);
    while (later && cors_next_element(&later, &word)) {
        expose_one(&e, apr_pstrmemdup(pool, word.text, word.len), "");
    }
    apr_table_do(append_name, names, e.names, NULL);
    list.pool = pool;
    list.names = names;
    cors_list_seal(&list);
    return list.text;
}
