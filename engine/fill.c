/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fill.c: the texts that open parts of an expression may hide.
 */
#include "fill.h"

#include <string.h>

/* One class of ten, such as [0-9], may well be a list of one's own names. */
#define LISTED 10

/* What an open repetition may hide in a host: whole labels, parts of one, and
 * somebody else's domain. Of letters that a class does not have, others. */
static const char *const host_fills[] = {
    "evil",             /* https://.*example\.com: evilexample.com */
    ".evil.invalid",    /* https://example\.com.*: example.com.evil.invalid */
    "evil.",            /* https://.*example\.com: the rightful one */
    "evil.invalid",     /* https://example\..*: example.evil.invalid */
    "evil-",            /* https://[^a-z]*\bexample\.com: 0000-example.com */
    "qzx",              /* (?!.*evil).*example\.com */
    "1",                /* .*10\.0\.0\.1: 110.0.0.1 */
};

/* What one at or before the scheme may; it goes on from what is there. */
static const char *const scheme_fills[] = {
    "https://", "https://evil", "https", "http://", "http://evil", "http",
    "https://evil.", "https://evil.invalid", "evil", "evil://",
};

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

int cors_emit(cors_walk_t *w, char c, cors_from_e from, cors_node_t *node)
{
    cors_sample_t *s = w->s;

    if (s->len == CORS_ORIGIN_MAX) {
        return 0;
    }
    s->text[s->len] = c;
    s->from[s->len] = (unsigned char)(w->open ? CORS_FROM_OPEN : from);
    s->node[s->len] = node;
    s->len++;
    if (!w->host) {
        if (c == '/' && s->len > 3 && !memcmp(s->text + s->len - 3, "://", 3)) {
            w->host = s->len;
        }
    }
    else if (c == '[' || c == ']') {
        w->bracket = (c == '[');
    }
    else if (c == ':' && !w->bracket) {
        w->port = 1;
    }
    return 1;
}

/* How much of "https://" is there, or -1 where something else is. */
static int scheme_so_far(const cors_walk_t *w)
{
    return w->s->len < 8 && !memcmp(w->s->text, "https://", w->s->len)
               ? (int)w->s->len
               : -1;
}

/* The character of a set that makes an origin most likely. */
static char pick(const cors_walk_t *w, const cors_set_t *set)
{
    const char *c = "exabcdfghijklmnopqrstuvwyz0123456789-_.:/";
    int scheme = w->host ? -1 : scheme_so_far(w);

    if (scheme >= 0 && CORS_SET_HAS(set, "https://"[scheme])) {
        return "https://"[scheme];
    }
    if (w->port || w->bracket) {
        c = "8123456790:.]";
    }
    for (; *c; c++) {
        if (CORS_SET_HAS(set, *c)) {
            return *c;
        }
    }
    for (scheme = 126; scheme > 31 && !CORS_SET_HAS(set, scheme); scheme--) {
    }
    return (char)scheme;
}

/* A bare dot between two names was meant to be one; any other is a wildcard.
 * What follows it is not known yet: settle_dots() looks. */
int cors_emit_one(cors_walk_t *w, cors_node_t *n)
{
    char c;

    if (n->kind == CORS_NODE_DOT && n->max == 1 && n->min == 1 && w->host) {
        return cors_emit(w, w->port || w->bracket ? '8' : '.', CORS_FROM_DOT,
                         n);
    }
    c = pick(w, &n->set);
    if (n->kind == CORS_NODE_SET && n->max == 1 && n->host_chars <= LISTED) {
        if (w->listed <= LISTED && n->host_chars > 1) {
            w->listed *= n->host_chars;
        }
        return cors_emit(w, c, w->listed <= LISTED ? CORS_FROM_TEXT
                                              : CORS_FROM_OPEN, n);
    }
    return cors_emit(w, c, CORS_FROM_OPEN, n);
}

/* The text of a fill: as it stands, or with other letters. Returns its
 * length, or 0 where the set does not allow it. */
static int fit(const cors_walk_t *w, const cors_node_t *n, const char *fill,
               char *out, int room)
{
    int least = n->min > 1 ? n->min : 1, len = 0;
    char any = pick(w, &n->set);

    for (; *fill; fill++) {
        char c = CORS_SET_HAS(&n->set, *fill) ? *fill : any;

        if (len == room || (c != *fill && (!w->host || *fill == '.'))) {
            return 0;
        }
        if (len == n->max) {
            /* Cut short, but never to something else. */
            return w->host && !memchr(out, '.', (size_t)len) ? len : 0;
        }
        out[len++] = c;
        /* Long enough, by repeating the first letter. */
        while (*fill != '.' && len < room
               && len + (int)strlen(fill + 1) < least) {
            out[len++] = c;
        }
    }
    return len >= least ? len : 0;
}

static const char *choose_fill(const cors_walk_t *w, int variant)
{
    const char *fill = "";

    if (w->bracket) {
        return variant ? "" : "2001:db8::1";
    }
    if (w->port) {
        return variant ? "" : "8443";
    }
    if (w->host) {
        return variant < COUNT(host_fills) ? host_fills[variant] : "";
    }
    if (variant < COUNT(scheme_fills)) {
        fill = scheme_fills[variant];
        if (strncmp(fill, w->s->text, w->s->len)) {
            return "";
        }
        fill += w->s->len;
    }
    return fill;
}

static int emit_text(cors_walk_t *w, cors_node_t *n, const char *fill)
{
    char out[CORS_ORIGIN_MAX];
    int i, len = fit(w, n, fill, out, (int)sizeof(out));

    for (i = 0; i < len; i++) {
        if (!cors_emit(w, out[i], CORS_FROM_OPEN, n)) {
            return 0;
        }
    }
    return len > 0;
}

/* A repetition that must be there although the sample is about something
 * else. At the scheme ".*://" needs "https", ".*example" needs "https://". */
int cors_emit_needed(cors_walk_t *w, cors_node_t *n)
{
    /* By cors_fullness_e: for "(?!evil).*", ".*\b" and their like. */
    static const char *const words[] = {"evil", "qzx.", "qzx-"};
    const cors_node_t *after = n->next;
    int there = scheme_so_far(w);

    if (w->host && !w->port && !w->bracket && CORS_SET_HAS(&n->set, 'v')) {
        return emit_text(w, n, words[w->optional])
               || emit_text(w, n, words[0]);
    }
    if (w->host || there < 0) {
        return cors_emit_one(w, n);
    }
    if (there < 5 && after && after->kind == CORS_NODE_TEXT
        && *after->text == ':') {
        return emit_text(w, n, &"https"[there]) || cors_emit_one(w, n);
    }
    return emit_text(w, n, &"https://"[there])
           || (there < 5 && emit_text(w, n, &"https"[there]))
           || cors_emit_one(w, n);
}

int cors_emit_fill(cors_walk_t *w, cors_node_t *n)
{
    return emit_text(w, n, choose_fill(w, w->variant));
}

int cors_emit_fills(void)
{
    return COUNT(scheme_fills) > COUNT(host_fills) ? COUNT(scheme_fills)
                                                   : COUNT(host_fills);
}
