/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fill.h: what a sample has where the expression leaves the choice. Only
 * sample.c includes this.
 */
#ifndef CORS_FILL_H
#define CORS_FILL_H

#include "sample.h"

typedef struct {
    cors_sampler_t *sampler;
    cors_sample_t *s;
    cors_node_t *node;
    int variant;
    cors_fullness_e optional;
    int open;               /* inside a repetition that nobody limits */
    int listed;             /* how many names the classes so far make */
    apr_size_t host;        /* where the host begins; 0: not yet */
    int bracket, port;      /* inside an IPv6 address; behind the host */
} cors_walk_t;

/* All of these return 0 where the sample gets too long, or where nothing that
 * makes an origin fits. */

/** Add a byte. */
int cors_emit(cors_walk_t *w, char c, cors_from_e from, cors_node_t *node);

/** Add one character for a class or a dot. */
int cors_emit_one(cors_walk_t *w, cors_node_t *n);

/** Add the text of this sample's variant for a repeated class or dot. */
int cors_emit_fill(cors_walk_t *w, cors_node_t *n);

/** How many such variants there are. */
int cors_emit_fills(void);

/** Add something for a repeated class or dot that this sample is not about. */
int cors_emit_needed(cors_walk_t *w, cors_node_t *n);

#endif /* CORS_FILL_H */
