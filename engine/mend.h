/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mend.h: which part of an expression lets a look-alike in, and how to write
 * that part instead.
 */
#ifndef CORS_MEND_H
#define CORS_MEND_H

#include "sample.h"

/* cors_node_t.verdict */
typedef enum {
    CORS_NODE_FINE,
    CORS_NODE_BARE,         /* a dot that takes any character */
    CORS_NODE_PREFIX,       /* reaches into the label after it */
    CORS_NODE_SUFFIX,       /* goes on after the host */
    CORS_NODE_SCHEME,       /* stands for the scheme and a prefix */
    CORS_NODE_ABOVE,        /* stands for the scheme and whole labels */
    CORS_NODE_OTHER         /* has no obvious remedy */
} cors_node_verdict_e;

/** Note on the nodes of a sample who made it somebody else's origin. */
void cors_mend_blame(const cors_sample_t *s, const cors_origin_t *o);

/**
 * The expression with every blamed node written anew.
 * @param text The expression that the tree was read from.
 * @return NULL where no node is to blame. Whether it is any good the caller
 *         must try.
 */
const char *cors_mend_rewrite(const char *text, const cors_syntax_t *tree,
                              apr_pool_t *pool);

#endif /* CORS_MEND_H */
