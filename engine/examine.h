/* SPDX-License-Identifier: Apache-2.0 */
/*
 * examine.h: one sample of an expression under the table of probes. Only
 * probe.c includes this.
 */
#ifndef CORS_EXAMINE_H
#define CORS_EXAMINE_H

#include "lookalike.h"
#include "probe.h"
#include "sample.h"

/* The bounds of the work for one expression: questions to PCRE2, each of which
 * its match limit bounds, and nodes visited. A typical expression needs thirty
 * and a hundred. */
#define CORS_ASK_AT_MOST 500
#define CORS_VISIT_AT_MOST 300000

typedef struct {
    const cors_regex_t *regex;
    apr_pool_t *pool;           /* the caller's */
    apr_pool_t *scratch, *heap; /* for the tree, for PCRE2 */
    cors_probe_t *result;
    cors_look_e look;           /* the worst so far; its text is in result */
    const char *own;            /* accepted, and nobody else's */
    cors_sampler_t sampler;
    cors_suffix_memo_t memo;
    cors_sample_t sample, mutant;
    int asked, glues, https;
} cors_prober_t;

/** Ask the expression about a text; 0 too where the limit was hit, which ends
 *  everything, or enough was asked. */
int cors_probe_ask(cors_prober_t *p, const char *text, apr_size_t len);

/** Keep the worst of what was accepted. */
void cors_probe_found(cors_prober_t *p, cors_look_e look, const char *text);

/**
 * Judge a sample, then everything that the probes make of it.
 * @return 0 where the expression does not accept it.
 */
int cors_probe_examine(cors_prober_t *p, const cors_sample_t *s);

#endif /* CORS_EXAMINE_H */
