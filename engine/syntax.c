/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syntax.c: read an expression from left to right (pcre2pattern(3)).
 */
#include "syntax.h"

#include <string.h>

#include "apr_lib.h"
#include "apr_strings.h"

#include "charset.h"

typedef struct {
    cors_syntax_t *tree;
    apr_pool_t *pool;
    const char *text, *at, *end;
    char *literals;             /* room for every literal byte */
    cors_node_t **last;         /* of the list of all nodes */
    int depth;
    int caseless, extended;     /* (?i) and (?x), until the group ends */
    int quoted;                 /* between \Q and \E */
} reader_t;

static void read_branches(reader_t *r, cors_node_t *group);

static void make_literal(reader_t *r, cors_node_t *n, unsigned char c)
{
    n->kind = CORS_NODE_TEXT;
    n->text = r->literals;
    n->len = 1;
    *r->literals++ = (char)(r->caseless ? apr_tolower(c) : c);
}

/* To the parenthesis that closes the one before *at. */
static void skip_group(reader_t *r)
{
    int open = 1;

    r->tree->skipped = 1;
    while (r->at < r->end && open) {
        cors_set_t ignored;
        char c = *r->at++;

        if (c == '\\' && r->at < r->end) {
            r->at++;
        }
        else if (c == '[') {
            cors_class_read(&r->at, r->end, 0, &ignored);
        }
        else {
            open += (c == '(') - (c == ')');
        }
    }
}

/* Returns 1 for a group, 0 for options that hold to the end of the group
 * around them: "(?i)". */
static int read_options(reader_t *r)
{
    int on = 1;

    while (r->at < r->end && *r->at != ')' && *r->at != ':') {
        switch (*r->at++) {
        case '-':
            on = 0;
            break;
        case '^':
            r->caseless = r->extended = 0;
            break;
        case 'i':
            r->caseless = on;
            break;
        case 'x':
            r->extended = on;
            break;
        default:
            break;
        }
    }
    return r->at < r->end && *r->at++ == ':';
}

static void skip_name(reader_t *r, char close)
{
    while (r->at < r->end && *r->at++ != close) {
    }
}

typedef enum { GROUP_PLAIN, GROUP_LOOK, GROUP_NONE } group_e;

/* What "(?" begins; r->at stands behind it, and is moved to the group's
 * contents, or behind the whole of what is no group. */
static group_e read_group_kind(reader_t *r)
{
    char c = r->at < r->end ? *r->at : '\0';
    char d = r->at + 1 < r->end ? r->at[1] : '\0';

    if (c == '<' && (d == '=' || d == '!' || d == '*')) {
        r->at += 2;
        return GROUP_LOOK;
    }
    if (c == '=' || c == '!' || c == '*') {
        r->at++;
        return GROUP_LOOK;
    }
    if (c == ':' || c == '|' || c == '>') {
        r->at++;
        return GROUP_PLAIN;
    }
    if (c == '<' || c == '\'' || (c == 'P' && d == '<')) {
        r->at += c == 'P' ? 2 : 1;
        skip_name(r, c == '\'' ? '\'' : '>');
        return GROUP_PLAIN;
    }
    if (c == '#') {
        skip_name(r, ')');
        return GROUP_NONE;
    }
    if (c == '(') {
        /* "(?(1)yes|no)": both are tried. */
        r->at++;
        skip_group(r);
        return GROUP_PLAIN;
    }
    if (strchr("RPC&+", c) || apr_isdigit(c) || (c == '-' && apr_isdigit(d))) {
        skip_group(r);
        return GROUP_NONE;
    }
    return read_options(r) ? GROUP_PLAIN : GROUP_NONE;
}

/* Behind an opening parenthesis. Returns 0 where there is no group to see. */
static int read_group(reader_t *r, cors_node_t *n)
{
    int caseless = r->caseless, extended = r->extended;
    group_e kind = GROUP_PLAIN;

    if (r->at < r->end && *r->at == '*') {
        /* "(*UTF)" and its like. */
        skip_group(r);
        return 0;
    }
    if (r->at < r->end && *r->at == '?') {
        r->at++;
        kind = read_group_kind(r);
    }
    if (kind == GROUP_NONE) {
        return 0;
    }
    if (r->depth >= CORS_SYNTAX_DEPTH) {
        skip_group(r);
        return 0;
    }
    n->kind = kind == GROUP_LOOK ? CORS_NODE_LOOK : CORS_NODE_GROUP;
    if (kind == GROUP_LOOK) {
        r->tree->skipped = 1;
    }
    r->depth++;
    n->branches = apr_array_make(r->pool, 2, sizeof(cors_branch_t *));
    read_branches(r, n);
    r->depth--;
    if (r->at < r->end) {
        r->at++;
    }
    r->caseless = caseless;
    r->extended = extended;
    return 1;
}

static int read_escape(reader_t *r, cors_node_t *n)
{
    unsigned char c = 0;

    if (r->at < r->end && (*r->at == 'b' || *r->at == 'B')) {
        r->tree->skipped = 1;
    }
    switch (cors_escape_read(&r->at, r->end, 0, &n->set, &c)) {
    case CORS_ESCAPE_CHAR:
        make_literal(r, n, c);
        return 1;
    case CORS_ESCAPE_SET:
        n->kind = CORS_NODE_SET;
        return 1;
    case CORS_ESCAPE_QUOTE:
        r->quoted = 1;
        return 0;
    case CORS_ESCAPE_SKIPPED:
        r->tree->skipped = 1;
        return 0;
    default:
        return 0;
    }
}

/* Returns 0 where what was read matches no bytes. */
static int read_atom(reader_t *r, cors_node_t *n)
{
    char c = *r->at++;

    if (r->quoted) {
        if (c == '\\' && r->at < r->end && *r->at == 'E') {
            r->at++;
            r->quoted = 0;
            return 0;
        }
        make_literal(r, n, (unsigned char)c);
        /* A quantifier behind \E belongs to the last character. */
        if (r->end - r->at >= 2 && r->at[0] == '\\' && r->at[1] == 'E') {
            r->at += 2;
            r->quoted = 0;
        }
        return 1;
    }
    switch (c) {
    case '\\':
        return read_escape(r, n);
    case '[':
        n->kind = CORS_NODE_SET;
        cors_class_read(&r->at, r->end, r->caseless, &n->set);
        return 1;
    case '.':
        n->kind = CORS_NODE_DOT;
        cors_set_dot(&n->set);
        return 1;
    case '(':
        return read_group(r, n);
    case '^':
    case '$':
        return 0;
    default:
        make_literal(r, n, (unsigned char)c);
        return 1;
    }
}

/* "{2}", "{2,}" or "{2,5}". Returns 0 where the brace is a literal. */
static int read_counts(reader_t *r, cors_node_t *n)
{
    const char *p = r->at + 1;
    int low = -1, high = -1, comma = 0, *value = &low;

    for (; p < r->end && *p != '}'; p++) {
        if (*p == ',' && !comma && low >= 0) {
            comma = 1;
            value = &high;
        }
        else if (apr_isdigit(*p) && *value < 10000) {
            *value = (*value < 0 ? 0 : *value) * 10 + (*p - '0');
        }
        else {
            return 0;
        }
    }
    if (p == r->end || low < 0) {
        return 0;
    }
    n->min = low;
    n->max = comma ? high : low;
    r->at = p + 1;
    return 1;
}

static void read_quantifier(reader_t *r, cors_node_t *n)
{
    n->atom = (apr_size_t)(r->at - r->text);
    n->min = n->max = 1;
    if (r->at == r->end || r->quoted) {
        return;
    }
    switch (*r->at) {
    case '?':
        n->min = 0;
        break;
    case '*':
        n->min = 0;
        n->max = -1;
        break;
    case '+':
        n->max = -1;
        break;
    case '{':
        if (read_counts(r, n)) {
            r->at--;
            break;
        }
        return;
    default:
        return;
    }
    r->at++;
    /* Lazy or possessive: PCRE2 will say what that changes. */
    if (r->at < r->end && (*r->at == '?' || *r->at == '+')) {
        r->at++;
    }
}

/* In (?x) blanks and comments mean nothing. */
static void skip_blanks(reader_t *r)
{
    while (r->extended && !r->quoted && r->at < r->end
           && (apr_isspace(*r->at) || *r->at == '#')) {
        if (*r->at++ == '#') {
            skip_name(r, '\n');
        }
    }
}

/* Literal bytes one after another are one node. */
static int extends(const cors_node_t *before, const cors_node_t *n)
{
    return before && before->kind == CORS_NODE_TEXT
           && n->kind == CORS_NODE_TEXT && before->min == 1
           && before->max == 1 && n->min == 1 && n->max == 1
           && before->text + before->len == n->text;
}

static cors_node_t *add_node(reader_t *r, const cors_node_t *n)
{
    cors_node_t *copy = apr_pmemdup(r->pool, n, sizeof(*n));
    int i;

    if (copy->kind == CORS_NODE_SET) {
        copy->host_chars = cors_set_host_chars(&copy->set);
    }
    for (i = 0; copy->branches && i < copy->branches->nelts; i++) {
        cors_branch_t *branch = APR_ARRAY_IDX(copy->branches, i,
                                              cors_branch_t *);

        branch->group = copy;
        if (!copy->shortest
            || (branch->is_empty && !copy->shortest->is_empty)) {
            copy->shortest = branch;
        }
    }
    *r->last = copy;
    r->last = &copy->all;
    return copy;
}

static void read_branch(reader_t *r, cors_branch_t *branch)
{
    cors_node_t **link = &branch->first, *before = NULL;

    branch->is_empty = 1;
    for (;;) {
        cors_node_t n;
        int matches;

        skip_blanks(r);
        if (r->at == r->end
            || (!r->quoted && (*r->at == '|' || *r->at == ')'))) {
            return;
        }
        memset(&n, 0, sizeof(n));
        n.start = (apr_size_t)(r->at - r->text);
        n.home = branch;
        matches = read_atom(r, &n);
        skip_blanks(r);
        read_quantifier(r, &n);
        n.end = (apr_size_t)(r->at - r->text);
        if (!matches) {
            continue;
        }
        if (extends(before, &n)) {
            before->len++;
            before->atom = before->end = n.end;
            continue;
        }
        before = *link = add_node(r, &n);
        link = &before->next;
        branch->is_empty &= n.min == 0 || n.kind == CORS_NODE_LOOK
                            || (before->shortest
                                && before->shortest->is_empty);
    }
}

static void read_branches(reader_t *r, cors_node_t *group)
{
    for (;;) {
        cors_branch_t *branch = apr_pcalloc(r->pool, sizeof(*branch));

        APR_ARRAY_PUSH(group->branches, cors_branch_t *) = branch;
        read_branch(r, branch);
        if (r->at == r->end || *r->at == ')') {
            return;
        }
        r->at++;
    }
}

cors_syntax_t *cors_syntax_parse(const char *text, apr_pool_t *pool)
{
    cors_syntax_t *tree = apr_pcalloc(pool, sizeof(*tree));
    reader_t r = {0};
    cors_node_t root = {0};

    r.tree = tree;
    r.pool = pool;
    r.text = r.at = text;
    r.end = text + strlen(text);
    r.literals = apr_palloc(pool, strlen(text) + 1);
    r.last = &tree->all;
    root.kind = CORS_NODE_GROUP;
    root.min = root.max = 1;
    root.branches = apr_array_make(pool, 4, sizeof(cors_branch_t *));
    root.end = root.atom = strlen(text);
    read_branches(&r, &root);
    tree->skipped |= r.at < r.end;
    tree->root = add_node(&r, &root);
    return tree;
}
