/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sample.c: walk the tree of an expression and write down what it matches.
 */
#include "sample.h"

#include <string.h>

#include "apr_lib.h"

#include "fill.h"

/* How long a pumped sample gets, before what follows the node. */
#define PUMPED 200
/* Repetitions that differ by more are nobody's list either. */
#define COUNTED 3

static int at_label(const cors_walk_t *w)
{
    return w->s->len && strchr("/.", w->s->text[w->s->len - 1]);
}

/* Does a dot follow where no label is yet? */
static int needs_label(const cors_walk_t *w, const cors_node_t *n)
{
    const cors_node_t *after = n->next;

    return at_label(w) && after && after->min
           && (after->kind == CORS_NODE_DOT
               || (after->kind == CORS_NODE_TEXT && *after->text == '.'));
}

static int walk_branch(cors_walk_t *w, const cors_branch_t *branch);

static int once(cors_walk_t *w, cors_node_t *n)
{
    const cors_branch_t *branch;
    apr_size_t i;

    switch (n->kind) {
    case CORS_NODE_TEXT:
        for (i = 0; i < n->len; i++) {
            if (!cors_emit(w, n->text[i], CORS_FROM_TEXT, NULL)) {
                return 0;
            }
        }
        return 1;
    case CORS_NODE_GROUP:
        branch = w->host && w->optional == CORS_SAMPLE_SHORT
                         && !needs_label(w, n)
                     ? n->shortest
                     : APR_ARRAY_IDX(n->branches, 0, cors_branch_t *);
        if (n == w->node && w->variant >= 0
            && w->variant < n->branches->nelts) {
            branch = APR_ARRAY_IDX(n->branches, w->variant, cors_branch_t *);
        }
        else if (n->run == w->sampler->run) {
            branch = n->choice;
        }
        return walk_branch(w, branch);
    case CORS_NODE_LOOK:
        return 1;
    default:
        return cors_emit_one(w, n);
    }
}

/* Is the number of repetitions anybody's choice? */
static int is_open(const cors_node_t *n)
{
    return n->max < 0 || n->max - n->min > COUNTED;
}

/* Put in what may be left out? Without some of it there is no origin:
 * "(https?://)?example\.com", ".*\.example\.com", "example\.com:.*". */
static int is_wanted(const cors_walk_t *w, const cors_node_t *n)
{
    return n->max
           && (!w->host || w->s->text[w->s->len - 1] == ':'
               || w->optional == CORS_SAMPLE_FULL
               || (w->optional == CORS_SAMPLE_LABELS && at_label(w))
               || needs_label(w, n));
}

/* How often a node is repeated in this sample. */
static int repetitions(const cors_walk_t *w, const cors_node_t *n)
{
    int least = n->min > 1 ? n->min : 1;

    if (n == w->node) {
        int more = n->kind == CORS_NODE_GROUP ? n->branches->nelts : 1;

        if (w->variant == CORS_SAMPLE_PUMPED) {
            return n->max < 0 || n->max > PUMPED ? PUMPED : n->max;
        }
        if (w->variant < more) {
            return least;
        }
        return least + (is_open(n) ? COUNTED : 1);
    }
    if (n->run == w->sampler->run) {
        return least;
    }
    return n->min ? n->min : is_wanted(w, n);
}

static int walk_node(cors_walk_t *w, cors_node_t *n)
{
    int i, times = repetitions(w, n);
    int is_set = n->kind == CORS_NODE_SET || n->kind == CORS_NODE_DOT;

    if (--w->sampler->steps < 0) {
        return 0;
    }
    if (n == w->node && n->min == 0
        && w->variant == cors_sample_variants(n) - 1) {
        return 1;
    }
    if (is_set && n == w->node && n->max != 1
        && w->variant != CORS_SAMPLE_PUMPED) {
        return cors_emit_fill(w, n);
    }
    if (is_set && times && n->max != 1 && n != w->node && n->max != n->min) {
        return cors_emit_needed(w, n);
    }
    for (i = 0; i < times; i++) {
        apr_size_t before = w->s->len;
        int ok, open = i && (is_open(n) || (n->branches
                                            && n->branches->nelts > 1));

        w->open += open;
        ok = once(w, n);
        w->open -= open;
        if (!ok) {
            return 0;
        }
        if (w->s->len == before
            || (n == w->node && w->variant == CORS_SAMPLE_PUMPED
                && w->s->len > PUMPED && i + 1 >= n->min)) {
            break;
        }
    }
    return 1;
}

static int walk_branch(cors_walk_t *w, const cors_branch_t *branch)
{
    cors_node_t *n;

    for (n = branch->first; n; n = n->next) {
        apr_size_t before = w->s->len;

        if (!walk_node(w, n)) {
            return 0;
        }
        if (n == w->node) {
            w->s->about = before;
            w->s->about_end = w->s->len;
        }
    }
    return 1;
}

/* A bare dot that has no name on both sides stands for something else. */
static void settle_dots(cors_sample_t *s)
{
    apr_size_t i;

    for (i = 0; i < s->len; i++) {
        if (s->from[i] == CORS_FROM_DOT
            && (i == 0 || i + 1 == s->len || !apr_isalnum(s->text[i - 1])
                || !apr_isalnum(s->text[i + 1]))) {
            s->from[i] = CORS_FROM_WILD;
            if (s->text[i] == '.') {
                s->text[i] = 'x';
            }
        }
    }
}

int cors_sample_variants(const cors_node_t *node)
{
    int more = node->max < 0 || node->max > node->min;
    int variants = more ? 1 : 0;

    switch (node->kind) {
    case CORS_NODE_TEXT:
        variants *= 2;
        break;
    case CORS_NODE_GROUP:
        if (more || node->branches->nelts > 1) {
            variants += node->branches->nelts;
        }
        break;
    case CORS_NODE_LOOK:
        return 0;
    default:
        if (node->max != 1) {
            variants = cors_emit_fills();
        }
        break;
    }
    return variants + (node->min == 0);
}

int cors_sample_make(cors_sampler_t *sampler, cors_sample_t *s,
                     cors_node_t *node, int variant,
                     cors_fullness_e optional)
{
    cors_walk_t w = {0};
    cors_node_t *n;

    w.sampler = sampler;
    w.s = s;
    w.node = node;
    w.variant = variant;
    w.optional = optional;
    w.listed = 1;
    s->len = s->about = s->about_end = 0;
    sampler->run++;
    for (n = node; n && n->home; n = n->home->group) {
        n->home->group->run = sampler->run;
        n->home->group->choice = n->home;
    }
    if (node && node->max == 0) {
        return 0;
    }
    if (!walk_node(&w, sampler->tree->root)) {
        return 0;
    }
    settle_dots(s);
    s->text[s->len] = '\0';
    return 1;
}

int cors_sample_replace(cors_sample_t *s, apr_size_t at, apr_size_t len,
                        const char *text)
{
    apr_size_t n = strlen(text), old = at + len, rest = s->len - old;

    if (s->len - len + n > CORS_ORIGIN_MAX) {
        return 0;
    }
    memmove(s->text + at + n, s->text + old, rest + 1);
    memmove(s->from + at + n, s->from + old, rest);
    memmove(s->node + at + n, s->node + old, rest * sizeof(s->node[0]));
    memcpy(s->text + at, text, n);
    memset(s->from + at, CORS_FROM_OPEN, n);
    memset(s->node + at, 0, n * sizeof(s->node[0]));
    s->len += n - len;
    return 1;
}
