/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookalike.c: the end of a host says whose it is. Where the part that an
 * expression fixes ends, counted from the right, either a name of one's own is
 * complete, or somebody else can register the rest.
 */
#include "lookalike.h"

#include <string.h>

#include "apr_lib.h"

#include "suffix.h"

/* So many letters before a hyphen make a name of one's own at a provider:
 * "myapp-" in https://myapp-[a-z0-9-]+\.vercel\.app. */
#define OWN_LETTERS 3

typedef struct {
    const cors_sample_t *s;
    apr_size_t start, end;  /* the host, without a trailing dot */
    apr_size_t fixed;       /* from here to the end all is written */
} host_t;

static int is_fixed(const host_t *h, apr_size_t i)
{
    return !CORS_FROM_IS_OPEN(h->s->from[i]);
}

static apr_size_t label_start(const host_t *h, apr_size_t i)
{
    while (i > h->start && h->s->text[i - 1] != '.') {
        i--;
    }
    return i;
}

static int anything_fixed(const host_t *h)
{
    apr_size_t i;

    for (i = h->start; i < h->end; i++) {
        if (is_fixed(h, i) && apr_isalnum(h->s->text[i])) {
            return 1;
        }
    }
    return 0;
}

static cors_suffix_e suffix_of(const host_t *h, apr_size_t domain,
                               cors_suffix_memo_t *memo)
{
    const char *text = h->s->text + domain;
    apr_size_t len = h->end - domain;
    unsigned i;

    if (len > CORS_HOST_MAX) {
        /* Of an application: it is in no list. */
        return CORS_SUFFIX_NO;
    }
    for (i = 0; i < CORS_SUFFIX_MEMOS; i++) {
        if (!strncmp(memo->answers[i].domain, text, len)
            && !memo->answers[i].domain[len]) {
            return (cors_suffix_e)memo->answers[i].kind;
        }
    }
    i = memo->next++ % CORS_SUFFIX_MEMOS;
    memcpy(memo->answers[i].domain, text, len);
    memo->answers[i].domain[len] = '\0';
    memo->answers[i].kind = (int)cors_public_suffix(memo->answers[i].domain);
    return (cors_suffix_e)memo->answers[i].kind;
}

/* Where no list says what is a suffix: a top-level domain below which only
 * part of a name is open, or "co.uk": two labels, the last of two letters, the
 * first short. */
static int may_be_suffix(const host_t *h, apr_size_t domain)
{
    const char *d = h->s->text + domain;
    apr_size_t i, len = h->end - domain;
    const char *dot = memchr(d, '.', len);

    if (cors_public_suffix("com") != CORS_SUFFIX_NO) {
        return 0;
    }
    if (dot) {
        return dot - d <= 3 && d + len - dot == 3;
    }
    for (i = label_start(h, domain - 1); i < domain - 1; i++) {
        if (is_fixed(h, i)) {
            return 1;
        }
    }
    return 0;
}

/* At a provider everybody has a name; a written beginning or end of one, set
 * off with a hyphen, is as much one's own as a name can be there. */
static int own_at_provider(const host_t *h, apr_size_t label, apr_size_t end)
{
    apr_size_t i = label;
    int letters;

    for (letters = 0; i < end && is_fixed(h, i); i++) {
        letters += apr_isalnum(h->s->text[i]) ? 1 : 0;
    }
    if (i > label && h->s->text[i - 1] == '-' && letters >= OWN_LETTERS) {
        return 1;
    }
    i = end;
    for (letters = 0; i > label && is_fixed(h, i - 1); i--) {
        letters += apr_isalnum(h->s->text[i - 1]) ? 1 : 0;
    }
    return i < end && h->s->text[i] == '-' && letters >= OWN_LETTERS;
}

/* The part of an address that must be written for a network of one's own: two
 * pieces, or one that says that the network is private. */
static cors_look_e judge_address(const host_t *h, char separator)
{
    const char *host = h->s->text + h->start;
    apr_size_t i;
    int pieces = 0;

    for (i = h->start; i < h->end && is_fixed(h, i); i++) {
        pieces += h->s->text[i] == separator;
    }
    if (i == h->end || pieces >= 2
        || (pieces == 1 && (!memcmp(host, "10.", 3)
                            || !memcmp(host, "127.", 4)))) {
        return CORS_LOOK_OWN;
    }
    return CORS_LOOK_ALIKE;
}

/* The open part reaches into the last label. */
static cors_look_e judge_top(const host_t *h)
{
    const char *top = h->s->text + label_start(h, h->end);

    /* Addresses and what looks like one: nobody can register 8x8. */
    if (!apr_islower(*top)) {
        return CORS_LOOK_OWN;
    }
    return !strncmp(top, "invalid", 7) ? CORS_LOOK_ALIKE : CORS_LOOK_WEAK;
}

static cors_look_e judge_name(const host_t *h, int is_app,
                              cors_suffix_memo_t *memo)
{
    const char *text = h->s->text;
    apr_size_t domain = h->fixed;   /* the first label that is all written */
    apr_size_t above;               /* where the label before it ends */
    int glued = 0;
    cors_suffix_e kind;

    if (h->fixed == h->end) {
        return judge_top(h);
    }
    if (text[domain] == '.') {
        domain++;
    }
    else if (text[domain - 1] != '.') {
        const char *dot = memchr(text + domain, '.', h->end - domain);

        if (!dot) {
            return judge_top(h) == CORS_LOOK_OWN ? CORS_LOOK_OWN
                                                 : CORS_LOOK_ALIKE;
        }
        domain = (apr_size_t)(dot - text) + 1;
        glued = 1;
    }
    above = domain - 1;
    kind = is_app ? CORS_SUFFIX_NO : suffix_of(h, domain, memo);
    if (kind == CORS_SUFFIX_PRIVATE) {
        return own_at_provider(h, label_start(h, above), above)
                   ? CORS_LOOK_OWN : CORS_LOOK_PROVIDER;
    }
    if (kind != CORS_SUFFIX_NO || (!is_app && may_be_suffix(h, domain))) {
        return CORS_LOOK_ALIKE;
    }
    /* A top-level domain that no list knows is one's own as a whole, like
     * a wildcard below corp; but evilapp.corp is not meant by "app". */
    return glued && !memchr(text + domain, '.', h->end - domain)
               ? CORS_LOOK_ALIKE : CORS_LOOK_OWN;
}

cors_look_e cors_look_judge(const cors_sample_t *s, const cors_origin_t *o,
                            cors_suffix_memo_t *memo)
{
    int is_app = o->scheme == CORS_SCHEME_APP, open_scheme = 0;
    apr_size_t i;
    host_t h;

    h.s = s;
    h.start = o->host;
    h.end = o->host + o->host_len - (o->trailing_dot ? 1 : 0);
    for (i = 0; is_app && i < o->scheme_len; i++) {
        open_scheme |= CORS_FROM_IS_OPEN(s->from[i]);
    }
    if (!anything_fixed(&h)) {
        /* Every host of one application scheme is a question of its own. */
        return is_app && !open_scheme ? CORS_LOOK_OWN : CORS_LOOK_ANY;
    }
    if (open_scheme) {
        return CORS_LOOK_ALIKE;
    }
    if (o->host_kind == CORS_HOST_IPV4 || o->host_kind == CORS_HOST_IPV6) {
        return judge_address(&h, o->host_kind == CORS_HOST_IPV4 ? '.' : ':');
    }
    for (h.fixed = h.end; h.fixed > h.start && is_fixed(&h, h.fixed - 1);) {
        h.fixed--;
    }
    return h.fixed == h.start ? CORS_LOOK_OWN
                              : judge_name(&h, is_app, memo);
}
