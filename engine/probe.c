/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.c: expressions are judged by what they accept, not by how they look.
 *
 * Origins that nobody ever wrote come first. Then samples are made from the
 * expression itself (sample.c), those that may be somebody else's are picked
 * out (lookalike.c), and the expression is asked whether it accepts them.
 */
#include "probe.h"

#include <string.h>

#include "apr_strings.h"

#include "examine.h"
#include "mend.h"

/* Repetitions that are tried for their cost. */
#define PUMP_AT_MOST 16
/* What is repeated less often is not. */
#define PUMPED_FROM 16

/* Origins that nobody ever wrote into a configuration. */
static const struct {
    const char *text;
    cors_look_e look;
} strangers[] = {
    /* any https host, any http host */
    {"https://mod-cors-probe.invalid", CORS_LOOK_ANY},
    {"http://mod-cors-probe.invalid", CORS_LOOK_ANY},
    /* any host of letters, with three labels */
    {"https://qzx.modcorsprobe.test", CORS_LOOK_ANY},
    /* any host with another port */
    {"https://modcorsprobe.invalid:8443", CORS_LOOK_ANY},
    /* any IPv4 address */
    {"http://203.0.113.77", CORS_LOOK_ANY},
    {"https://203.0.113.77", CORS_LOOK_ANY},
    /* any application */
    {"x-mod-cors-probe://qzxvwkj", CORS_LOOK_ANY},
    /* any .com: the public suffix list would say so too, where there is one */
    {"https://modcorsprobe.com", CORS_LOOK_ALIKE},
};

/* Where no sample made from the tree is accepted: from each literal. */
static const struct {
    const char *before, *after;
} framed[] = {
    {"", ""}, {"https://", ""}, {"https://evil", ""}, {"", "evil.invalid"},
    {"", ".evil.invalid"}, {"https://", ".evil.invalid"},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The shortest sample that the expression accepts. */
static void probe_node(cors_prober_t *p, cors_node_t *node, int variant)
{
    static const cors_fullness_e tries[] = {
        CORS_SAMPLE_SHORT, CORS_SAMPLE_LABELS, CORS_SAMPLE_FULL
    };
    apr_size_t i;

    for (i = 0; i < COUNT(tries); i++) {
        if (!cors_sample_make(&p->sampler, &p->sample, node, variant, tries[i])
            || cors_probe_examine(p, &p->sample)) {
            return;
        }
    }
}

static void probe_tree(cors_prober_t *p)
{
    cors_node_t *n;
    int variant;

    probe_node(p, NULL, 0);
    for (n = p->sampler.tree->all; n && p->sampler.steps > 0; n = n->all) {
        int variants = cors_sample_variants(n);

        for (variant = 0; variant < variants; variant++) {
            probe_node(p, n, variant);
        }
    }
}

/* The tree is of no use (lookarounds, recursion): try what is written there,
 * alone and with something around it. */
static void probe_literals(cors_prober_t *p)
{
    cors_sample_t *s = &p->sample;
    const cors_node_t *n;
    apr_size_t i;

    for (n = p->sampler.tree->all; n; n = n->all) {
        if (n->kind != CORS_NODE_TEXT || n->len < 2 || n->len > 200) {
            continue;
        }
        for (i = 0; i < COUNT(framed); i++) {
            s->len = s->about = s->about_end = 0;
            s->text[0] = '\0';
            cors_sample_replace(s, 0, 0, apr_pstrmemdup(p->scratch, n->text,
                                                        n->len));
            memset(s->from, CORS_FROM_TEXT, n->len);
            if (cors_sample_replace(s, 0, 0, framed[i].before)
                && cors_sample_replace(s, s->len, 0, framed[i].after)) {
                cors_probe_examine(p, s);
            }
        }
    }
}

/* Ask about a text that nearly matches: it ends in a byte too many. */
static void ask_nearly(cors_prober_t *p, cors_sample_t *s)
{
    if (cors_sample_replace(s, s->len, 0, "~")) {
        cors_probe_ask(p, s->text, s->len);
    }
}

/* Each repetition as long as it gets; then the host again and again. */
static void probe_cost(cors_prober_t *p)
{
    cors_sample_t *s = &p->sample;
    const char *host;
    cors_node_t *n;
    int pumps = 0;

    for (n = p->sampler.tree->all; n && pumps < PUMP_AT_MOST; n = n->all) {
        if ((n->max < 0 || n->max >= PUMPED_FROM)
            && cors_sample_make(&p->sampler, s, n, CORS_SAMPLE_PUMPED,
                                CORS_SAMPLE_SHORT)) {
            ask_nearly(p, s);
            pumps++;
        }
    }
    if (!pumps || !p->result->sample) {
        return;
    }
    host = strstr(p->result->sample, "://") + 3;
    s->len = 0;
    s->text[0] = '\0';
    cors_sample_replace(s, 0, 0, p->result->sample);
    while (s->len < CORS_HOST_MAX && cors_sample_replace(s, s->len, 0, host)) {
    }
    ask_nearly(p, s);
}

/* Returns 1 where there is no need to look closer. */
static int probe_strangers(cors_prober_t *p)
{
    apr_size_t i;

    for (i = 0; i < COUNT(strangers); i++) {
        const char *text = strangers[i].text;

        if (cors_probe_ask(p, text, strlen(text))) {
            cors_probe_found(p, strangers[i].look, text);
            if (strangers[i].look == CORS_LOOK_ANY && !p->result->sample) {
                p->result->sample = text;
            }
            if (!strncmp(text, "http:", 5) && !p->result->http) {
                p->result->http = text;
            }
        }
    }
    return p->look == CORS_LOOK_ANY;
}

/* "app\.example\.com" is the name of a host, and matches no origin. */
static int has_no_colon(const cors_syntax_t *tree)
{
    const cors_node_t *n;

    for (n = tree->all; n; n = n->all) {
        const int colon =
            n->kind == CORS_NODE_TEXT ? memchr(n->text, ':', n->len) != NULL
                                      : CORS_SET_HAS(&n->set, ':');

        if (colon) {
            return 0;
        }
    }
    return !tree->skipped;
}

static void probe(cors_prober_t *p, apr_pool_t *pool);

/* Advice that is not narrow itself, or forgets the rightful one, is none; nor
 * is any given on what is only half understood. */
static void advise(cors_prober_t *p)
{
    cors_probe_t result;
    const char *text, *error;
    cors_regex_t *regex;
    cors_prober_t again;

    if (!p->own || p->sampler.tree->skipped) {
        return;
    }
    text = cors_mend_rewrite(cors_regex_text(p->regex), p->sampler.tree,
                             p->scratch);
    regex = text ? cors_regex_compile(text, p->scratch, &error) : NULL;
    if (!regex
        || cors_regex_match(regex, p->own, strlen(p->own), p->heap)
           != CORS_REGEX_YES) {
        return;
    }
    memset(&again, 0, sizeof(again));
    memset(&result, 0, sizeof(result));
    again.regex = regex;
    again.result = &result;
    probe(&again, p->scratch);
    if (result.verdict == CORS_PROBE_NARROW && !result.unfinished) {
        p->result->advice = apr_pstrdup(p->pool, text);
    }
}

static void probe(cors_prober_t *p, apr_pool_t *pool)
{
    p->pool = pool;
    apr_pool_create(&p->scratch, pool);
    apr_pool_create(&p->heap, p->scratch);
    p->sampler.tree = cors_syntax_parse(cors_regex_text(p->regex), p->scratch);
    p->sampler.steps = CORS_VISIT_AT_MOST;
    if (!probe_strangers(p)) {
        probe_tree(p);
        if (!p->result->sample) {
            probe_literals(p);
        }
        p->result->unfinished |= p->sampler.steps < 0;
        p->sampler.steps = CORS_VISIT_AT_MOST;
        p->asked = 0;
    }
    probe_cost(p);
    p->result->nobody = !p->result->sample && has_no_colon(p->sampler.tree);
    p->result->is_provider = (p->look == CORS_LOOK_PROVIDER);
    if (p->result->verdict != CORS_PROBE_COST) {
        p->result->verdict = p->look == CORS_LOOK_ANY   ? CORS_PROBE_ANY
                             : p->look != CORS_LOOK_OWN ? CORS_PROBE_BROAD
                                                        : CORS_PROBE_NARROW;
    }
}

void cors_probe(const cors_regex_t *regex, apr_pool_t *pool,
                cors_probe_t *result)
{
    cors_prober_t p;

    memset(&p, 0, sizeof(p));
    memset(result, 0, sizeof(*result));
    p.regex = regex;
    p.result = result;
    probe(&p, pool);
    if (result->verdict == CORS_PROBE_BROAD) {
        advise(&p);
    }
    apr_pool_destroy(p.scratch);
}
