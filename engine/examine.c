/* SPDX-License-Identifier: Apache-2.0 */
/*
 * examine.c: what can be made of an origin that an expression accepts, and
 * whether the expression accepts that, too.
 */
#include "examine.h"

#include <string.h>

#include "apr_lib.h"
#include "apr_strings.h"

#include "mend.h"

typedef enum { AT_LABELS, AT_END, AT_SCHEME } place_e;

/* Samples to glue something onto: these probes see what the tree does not. */
#define GLUE_AT_MOST 4
#define GLUE_AT_MOST_UNREAD 16
/* Samples that are tried with http:, until one is accepted. */
#define HTTP_AT_MOST 4
/* Samples in which one dot is tried. */
#define DOT_AT_MOST 3

/* What is put onto an accepted sample. Not here: a newline, which makes it no
 * origin, and only origins reach an expression; another port, which is the
 * same host's own business. */
static const struct {
    place_e place;
    const char *text;
} glued[] = {
    /* a prefix, before each label: evilexample.com for example.com */
    {AT_LABELS, "evil"},
    /* the same where \b stands: evil-example.com */
    {AT_LABELS, "evil-"},
    /* a suffix: example.com.evil.invalid */
    {AT_END, ".evil.invalid"},
    /* a longer top-level domain: example.community for example.com */
    {AT_END, "evil"},
    /* another scheme: evil://example.com */
    {AT_SCHEME, "evil"},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

int cors_probe_ask(cors_prober_t *p, const char *text, apr_size_t len)
{
    cors_regex_result_e answer;

    if (p->result->verdict == CORS_PROBE_COST) {
        return 0;
    }
    if (p->asked == CORS_ASK_AT_MOST) {
        p->result->unfinished = 1;
        return 0;
    }
    p->asked++;
    answer = cors_regex_match(p->regex, text, len, p->heap);
    /* Without JIT each question takes 20 KiB. */
    if (p->asked % 16 == 0) {
        apr_pool_clear(p->heap);
    }
    if (answer == CORS_REGEX_LIMIT) {
        p->result->verdict = CORS_PROBE_COST;
        p->result->accepted = apr_pstrmemdup(p->pool, text, len);
    }
    return answer == CORS_REGEX_YES;
}

void cors_probe_found(cors_prober_t *p, cors_look_e look, const char *text)
{
    if (look > p->look) {
        p->look = look;
        p->result->accepted = apr_pstrdup(p->pool, text);
    }
}

/* Ask about a sample that something was done to. Most are not accepted, and
 * the public suffix list is slower than an expression: it comes last. */
static int is_lookalike(cors_prober_t *p, const cors_sample_t *s,
                        cors_look_e least)
{
    cors_origin_t o;
    cors_look_e look;

    if (cors_origin_parse(&o, s->text, s->len) != CORS_ORIGIN_OK
        || o.scheme == CORS_SCHEME_NULL) {
        return 0;
    }
    if (!cors_probe_ask(p, s->text, s->len)) {
        return 0;
    }
    look = cors_look_judge(s, &o, &p->memo);
    look = look > least ? look : least;
    cors_probe_found(p, look, s->text);
    return look != CORS_LOOK_OWN;
}

/* Is this byte a bare dot that is still worth a question? */
static int is_bare_dot(const cors_sample_t *s, apr_size_t i)
{
    return s->from[i] == CORS_FROM_DOT && s->text[i] == '.'
           && s->node[i]->verdict == CORS_NODE_FINE
           && s->node[i]->tried < DOT_AT_MOST;
}

/* A dot as any character. This counts below one's own name too: it was not
 * meant, and the next name written the same way is somebody else's. */
static void probe_dots(cors_prober_t *p, const cors_sample_t *s,
                       const cors_origin_t *o)
{
    apr_size_t i, end = o->host + o->host_len - (o->trailing_dot ? 1 : 0);
    apr_size_t top = end;

    while (top > o->host && s->text[top - 1] != '.') {
        top--;
    }
    /* An address with another character in it is nobody's. */
    if (!apr_isalpha(s->text[top])) {
        return;
    }
    for (i = o->host; i < end; i++) {
        if (!is_bare_dot(s, i)) {
            continue;
        }
        s->node[i]->tried++;
        p->mutant = *s;
        /* "0xde" would be a number, and no name. */
        cors_sample_replace(&p->mutant, i, 1, s->text[i - 1] == '0' ? "q"
                                                                    : "x");
        if (is_lookalike(p, &p->mutant, CORS_LOOK_ALIKE)) {
            s->node[i]->verdict = CORS_NODE_BARE;
        }
    }
}

static void glue(cors_prober_t *p, const cors_sample_t *s, apr_size_t at,
                 apr_size_t len, const char *text)
{
    p->mutant = *s;
    if (cors_sample_replace(&p->mutant, at, len, text)) {
        is_lookalike(p, &p->mutant, CORS_LOOK_OWN);
    }
}

static void probe_glued(cors_prober_t *p, const cors_sample_t *s,
                        const cors_origin_t *o)
{
    apr_size_t i, at, end = o->host + o->host_len;

    for (i = 0; i < COUNT(glued); i++) {
        switch (glued[i].place) {
        case AT_LABELS:
            for (at = o->host; at < end; at++) {
                if (at == o->host || s->text[at - 1] == '.') {
                    glue(p, s, at, 0, glued[i].text);
                }
            }
            break;
        case AT_END:
            glue(p, s, end, 0, glued[i].text);
            break;
        case AT_SCHEME:
            glue(p, s, 0, o->scheme_len, glued[i].text);
            break;
        }
    }
}

/* Is it still unknown whether the expression accepts http:, and would this
 * sample show it? */
static int shows_http(const cors_prober_t *p, const cors_origin_t *o)
{
    return !p->result->http && !cors_origin_is_loopback(o)
           && (o->scheme == CORS_SCHEME_HTTP
               || (o->scheme == CORS_SCHEME_HTTPS
                   && p->https < HTTP_AT_MOST));
}

/* Does the expression accept http: where this sample has https:? */
static void probe_http(cors_prober_t *p, const cors_sample_t *s)
{
    cors_sample_t *m = &p->mutant;
    cors_origin_t o;

    p->https++;
    *m = *s;
    if (cors_sample_replace(m, 0, 5, "http")
        && cors_origin_parse(&o, m->text, m->len) == CORS_ORIGIN_OK
        && cors_probe_ask(p, m->text, m->len)) {
        p->result->http = apr_pstrdup(p->pool, m->text);
    }
}

static int is_every_host(const cors_sample_t *s, const cors_origin_t *o)
{
    apr_size_t i;

    for (i = 0; i < o->host_len; i++) {
        if (!CORS_FROM_IS_OPEN(s->from[o->host + i])) {
            return 0;
        }
    }
    return o->scheme == CORS_SCHEME_APP;
}

/* Keep what an accepted sample shows besides its being a look-alike. */
static void note(cors_prober_t *p, const cors_sample_t *s,
                 const cors_origin_t *o, cors_look_e look)
{
    if (!p->result->sample) {
        p->result->sample = apr_pstrdup(p->pool, s->text);
    }
    if (look == CORS_LOOK_OWN && !p->own) {
        p->own = apr_pstrdup(p->scratch, s->text);
    }
    if (o->scheme == CORS_SCHEME_HTTP && shows_http(p, o)) {
        p->result->http = apr_pstrdup(p->pool, s->text);
    }
    if (!p->result->app && is_every_host(s, o)) {
        p->result->app = apr_pstrdup(p->pool, s->text);
    }
}

/* Is there anything to learn from asking about this sample? Of the many that
 * hold nothing but what is written, one is enough, as long as the whole of the
 * expression is understood. */
static int is_of_interest(const cors_prober_t *p, const cors_sample_t *s,
                          const cors_origin_t *o, cors_look_e look)
{
    apr_size_t i;

    if (look != CORS_LOOK_OWN || !p->own
        || shows_http(p, o) || (!p->result->app && is_every_host(s, o))
        || (p->sampler.tree->skipped && p->glues < GLUE_AT_MOST_UNREAD)) {
        return 1;
    }
    for (i = 0; i < s->len; i++) {
        if (is_bare_dot(s, i)
            || (p->sampler.tree->skipped && s->from[i] != CORS_FROM_TEXT)) {
            return 1;
        }
    }
    return 0;
}

int cors_probe_examine(cors_prober_t *p, const cors_sample_t *s)
{
    cors_origin_t o;
    cors_look_e look;

    if (cors_origin_parse(&o, s->text, s->len) != CORS_ORIGIN_OK
        || o.scheme == CORS_SCHEME_NULL) {
        return 0;
    }
    look = cors_look_judge(s, &o, &p->memo);
    if (!is_of_interest(p, s, &o, look)) {
        return 1;
    }
    if (!cors_probe_ask(p, s->text, s->len)) {
        return 0;
    }
    note(p, s, &o, look);
    if (look != CORS_LOOK_OWN) {
        cors_probe_found(p, look, s->text);
        cors_mend_blame(s, &o);
    }
    probe_dots(p, s, &o);
    /* To somebody else's origin nothing need be added. */
    if (p->sampler.tree->skipped ? p->glues++ < GLUE_AT_MOST_UNREAD
                                 : look == CORS_LOOK_OWN
                                       && p->glues++ < GLUE_AT_MOST) {
        probe_glued(p, s, &o);
    }
    if (shows_http(p, &o)) {
        probe_http(p, s);
    }
    return 1;
}
