/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sample.h: texts that an expression probably matches, each byte with where it
 * comes from.
 *
 * A sample is about one node of the tree: the way down to that node is taken,
 * the node itself is varied, everything beside it is as short as it can be. So
 * there are about as many samples as the expression has parts.
 */
#ifndef CORS_SAMPLE_H
#define CORS_SAMPLE_H

#include "origin.h"
#include "syntax.h"

typedef enum {
    CORS_FROM_TEXT,     /* written in the expression */
    CORS_FROM_DOT,      /* a "." where an unescaped dot stands */
    CORS_FROM_OPEN,     /* one of very many possibilities */
    CORS_FROM_WILD      /* the same, where an unescaped dot stands */
} cors_from_e;

/* Could somebody else choose what a byte is? */
#define CORS_FROM_IS_OPEN(from) ((from) >= CORS_FROM_OPEN)

typedef struct cors_sample_t {
    apr_size_t len;
    char text[CORS_ORIGIN_MAX + 1];             /* NUL-terminated */
    unsigned char from[CORS_ORIGIN_MAX + 1];    /* of cors_from_e */
    cors_node_t *node[CORS_ORIGIN_MAX + 1];     /* NULL: none; for dots */
    /* Where the bytes of the node begin and end that the sample is about. */
    apr_size_t about, about_end;
} cors_sample_t;

typedef struct cors_sampler_t {
    cors_syntax_t *tree;
    unsigned run;
    int steps;          /* how many more nodes may be visited, altogether */
} cors_sampler_t;

/* What becomes of parts that may be left out, beside the node. */
typedef enum {
    CORS_SAMPLE_SHORT,  /* left out, where an origin can do without */
    CORS_SAMPLE_LABELS, /* put in where a label begins */
    CORS_SAMPLE_FULL    /* put in */
} cors_fullness_e;

/* A variant that repeats the node as often as fits: for what it costs. */
#define CORS_SAMPLE_PUMPED (-1)

/** How many variants of a node there are to try, 0 where it is always the
 *  same. */
int cors_sample_variants(const cors_node_t *node);

/**
 * Make a sample.
 * @param node What it is about; NULL: nothing, as short as it can be.
 * @param variant 0 to cors_sample_variants() - 1, or CORS_SAMPLE_PUMPED.
 * @return 1, or 0 where this variant gives no text.
 */
int cors_sample_make(cors_sampler_t *sampler, cors_sample_t *s,
                     cors_node_t *node, int variant,
                     cors_fullness_e optional);

/** Put bytes that the expression does not have in the place of others.
 *  Returns 0 where they do not fit. */
int cors_sample_replace(cors_sample_t *s, apr_size_t at, apr_size_t len,
                        const char *text);

#endif /* CORS_SAMPLE_H */
