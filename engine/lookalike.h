/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookalike.h: whose is an origin that an expression accepts?
 */
#ifndef CORS_LOOKALIKE_H
#define CORS_LOOKALIKE_H

#include "sample.h"

typedef enum {
    CORS_LOOK_OWN,      /* it lies at or below a name that is written there */
    CORS_LOOK_PROVIDER, /* somebody else's at a provider, says a list that an
                           update of the system may change */
    CORS_LOOK_WEAK,     /* somebody else's, if its top-level domain existed */
    CORS_LOOK_ALIKE,    /* somebody else's, who took care to look like it */
    CORS_LOOK_ANY       /* nothing of its host is written there */
} cors_look_e;

/* The last answers of the public suffix list: samples of one expression mostly
 * end in the same few names. */
#define CORS_SUFFIX_MEMOS 4

typedef struct cors_suffix_memo_t {
    struct {
        char domain[CORS_HOST_MAX + 1];
        int kind;       /* a cors_suffix_e; valid where domain is not empty */
    } answers[CORS_SUFFIX_MEMOS];
    unsigned next;      /* the one to forget */
} cors_suffix_memo_t;

/**
 * Judge a sample by where its bytes come from. Asks no expression.
 * @param o The sample's text, parsed.
 */
cors_look_e cors_look_judge(const cors_sample_t *s, const cors_origin_t *o,
                            cors_suffix_memo_t *memo);

#endif /* CORS_LOOKALIKE_H */
