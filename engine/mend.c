/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mend.c: a look-alike shows which node lets it in, and from where in the
 * origin that node stands one can tell what was meant.
 */
#include "mend.h"

#include <string.h>

#include "apr_lib.h"
#include "apr_strings.h"

/* What the node did that this sample is somebody else's. */
static int blame_node(const cors_sample_t *s, const cors_origin_t *o)
{
    const char *host = s->text + o->host, *text = s->text + s->about;
    int is_catch_all = CORS_SET_HAS(&s->node[s->about]->set, '.');
    char after = s->text[s->about_end];

    if (s->about < o->host) {
        if (s->about > 0 || s->about_end < o->host || !is_catch_all) {
            return CORS_NODE_OTHER;
        }
        return after == '.' ? CORS_NODE_ABOVE
               : apr_isalnum(after) ? CORS_NODE_SCHEME : CORS_NODE_OTHER;
    }
    if (s->about_end >= o->host + o->host_len) {
        return is_catch_all && apr_isalnum(text[-1])
                       && (memchr(host, '.', (apr_size_t)(text - host))
                           || !strncmp(host, "localhost", 9))
                   ? CORS_NODE_SUFFIX : CORS_NODE_OTHER;
    }
    return strchr("/.", text[-1]) && apr_isalnum(after) ? CORS_NODE_PREFIX
                                                        : CORS_NODE_OTHER;
}

/* Who is it that lets somebody else's origin in? */
void cors_mend_blame(const cors_sample_t *s, const cors_origin_t *o)
{
    apr_size_t i, end = o->host + o->host_len;
    int dots = 0;

    for (i = o->host; i < end; i++) {
        if (s->from[i] == CORS_FROM_WILD) {
            s->node[i]->verdict = CORS_NODE_BARE;
            dots++;
        }
    }
    if (!dots && s->about < s->about_end && s->about < end
        && s->node[s->about] && s->node[s->about]->verdict == CORS_NODE_FINE
        && s->node[s->about]->max != 1) {
        s->node[s->about]->verdict = blame_node(s, o);
    }
}

/* Write a node anew; atom is its text as it was. */
static char *write_instead(char *out, const cors_node_t *n, const char *atom)
{
    const apr_size_t len = n->atom - n->start;

    switch (n->verdict) {
    case CORS_NODE_BARE:
        *out++ = '\\';
        memcpy(out, atom, n->end - n->start);
        return out + (n->end - n->start);
    case CORS_NODE_PREFIX:
        memcpy(out, "(?:", 3);
        memcpy(out + 3, atom, len);
        return apr_cpystrn(out + 3 + len, "+\\.)?", 8);
    case CORS_NODE_SCHEME:
        return apr_cpystrn(out, "https://(?:.+\\.)?", 32);
    case CORS_NODE_ABOVE:
        return apr_cpystrn(out, "https://.+", 32);
    default:
        /* After the host: ports were probably meant. */
        return apr_cpystrn(out, "(:[0-9]+)?", 32);
    }
}

static int is_mendable(const cors_node_t *n)
{
    return n->verdict != CORS_NODE_FINE && n->verdict != CORS_NODE_OTHER;
}

const char *cors_mend_rewrite(const char *text, const cors_syntax_t *tree,
                              apr_pool_t *pool)
{
    const cors_node_t *n;
    apr_size_t at = 0, room = strlen(text) + 1;
    char *whole, *out;

    for (n = tree->all; n; n = n->all) {
        room += is_mendable(n) ? 32 : 0;
    }
    if (room == strlen(text) + 1) {
        return NULL;
    }
    out = whole = apr_palloc(pool, room);
    for (n = tree->all; n; n = n->all) {
        if (is_mendable(n)) {
            memcpy(out, text + at, n->start - at);
            out = write_instead(out + (n->start - at), n, text + n->start);
            at = n->end;
        }
    }
    strcpy(out, text + at);
    return whole;
}
