/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syntax.h: an expression as a tree, just far enough to make texts that it
 * matches. PCRE2 does not show its own tree. Whatever is wrong here costs a
 * sample, never a decision: PCRE2 is asked about every text that is made.
 */
#ifndef CORS_SYNTAX_H
#define CORS_SYNTAX_H

#include "apr_pools.h"
#include "apr_tables.h"

/* Groups deeper than this are not looked into. */
#define CORS_SYNTAX_DEPTH 40

typedef enum {
    CORS_NODE_TEXT,         /* literal bytes, escaped or not */
    CORS_NODE_SET,          /* a class, or an escape such as \d */
    CORS_NODE_DOT,
    CORS_NODE_GROUP,        /* alternatives */
    CORS_NODE_LOOK          /* a lookaround: matches no bytes */
} cors_node_e;

/* A set of ASCII characters: no origin has others. */
typedef struct cors_set_t {
    unsigned char bits[16];
} cors_set_t;

#define CORS_SET_HAS(set, c) \
    (((unsigned char)(c) < 128) \
     && ((set)->bits[(unsigned char)(c) >> 3] & (1 << ((c) & 7))))

typedef struct cors_node_t cors_node_t;

/* One alternative of a group: its nodes one after another. */
typedef struct cors_branch_t {
    cors_node_t *first;
    cors_node_t *group;
    int is_empty;           /* it matches no bytes, too */
} cors_branch_t;

struct cors_node_t {
    cors_node_e kind;
    apr_size_t start, atom, end;    /* offsets: where the quantifier is, too */
    int min, max;                   /* repetitions; max -1: no limit */
    const char *text;               /* TEXT: what it stands for */
    apr_size_t len;
    cors_set_t set;                 /* SET and DOT */
    int host_chars;                 /* SET: how many of them a host can have */
    apr_array_header_t *branches;   /* GROUP and LOOK: of cors_branch_t * */
    const cors_branch_t *shortest;  /* GROUP: an empty branch, else the first */
    cors_branch_t *home;            /* the branch that it stands in */
    cors_node_t *next;              /* what follows it there */
    cors_node_t *all;               /* the next node of the whole tree */

    /* For sample.c: the way down to the node that a sample is about. */
    unsigned run;
    const cors_branch_t *choice;
    /* For probe.c: what a look-alike showed about this node. */
    int verdict;
    int tried;
};

typedef struct cors_syntax_t {
    cors_node_t *root;      /* a GROUP around everything */
    cors_node_t *all;       /* every node, in the order of the text */
    int skipped;            /* something that matters was left out */
} cors_syntax_t;

/**
 * Read an expression that PCRE2 has compiled.
 * @param text NUL-terminated; must outlive the tree.
 * @param pool Holds the tree.
 * @return Always a tree, at worst an empty one.
 */
cors_syntax_t *cors_syntax_parse(const char *text, apr_pool_t *pool);

#endif /* CORS_SYNTAX_H */
