/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vary_test.c: merging into Vary (RFC 9110, section 12.5.5; spec.md, section
 * 3: "by token, without case, nothing twice, Vary: * left alone").
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "engine/vary.h"

typedef struct vary_row_t {
    const char *rule;
    const char *out[4];         /* Vary lines of the response */
    const char *err[3];         /* those that go out with errors too */
    const char *names[4];       /* to merge; none: Origin */
    const char *is;             /* all lines of out, joined by "|" */
} vary_row_t;

#define THREE {"Origin", "Access-Control-Request-Method", \
               "Access-Control-Request-Headers"}

static const vary_row_t merges[] = {
    {"none yet", {NULL}, {NULL}, {NULL}, "Origin"},
    {"another name", {"Accept-Encoding"}, {NULL}, {NULL},
     "Accept-Encoding, Origin"},
    {"several names", {"Accept-Encoding, User-Agent"}, {NULL}, {NULL},
     "Accept-Encoding, User-Agent, Origin"},
    {"there already", {"Origin"}, {NULL}, {NULL}, "Origin"},
    {"there in another case", {"origin"}, {NULL}, {NULL}, "origin"},
    {"there in upper case, last", {"Accept, ORIGIN"}, {NULL}, {NULL},
     "Accept, ORIGIN"},
    {"there in the middle", {"Accept, Origin, Cookie"}, {NULL}, {NULL},
     "Accept, Origin, Cookie"},
    {"a longer name is another", {"Origin-Agent-Cluster"}, {NULL}, {NULL},
     "Origin-Agent-Cluster, Origin"},
    {"a shorter name is another", {"Orig"}, {NULL}, {NULL}, "Orig, Origin"},
    {"a name that holds it is another", {"X-Origin"}, {NULL}, {NULL},
     "X-Origin, Origin"},
    {"several lines become one", {"Accept", "Cookie"}, {NULL}, {NULL},
     "Accept, Cookie, Origin"},
    {"several lines, one of them ours", {"Accept", "Origin"}, {NULL}, {NULL},
     "Accept, Origin"},
    {"nothing twice over several lines", {"Accept, Cookie", "accept"}, {NULL},
     {NULL}, "Accept, Cookie, Origin"},
    {"nothing twice that was twice", {"Origin, Origin"}, {NULL}, {NULL},
     "Origin"},
    /* CGI puts its Vary there. */
    {"those that errors carry", {NULL}, {"Cookie"}, {NULL},
     "Cookie, Origin"},
    {"both tables", {"Accept"}, {"Cookie", "accept"}, {NULL},
     "Accept, Cookie, Origin"},
    {"ours among those that errors carry", {NULL}, {"Origin"}, {NULL},
     "Origin"},
    {"* left alone", {"*"}, {NULL}, {NULL}, "*"},
    {"* among names left alone", {"Accept, *"}, {NULL}, {NULL},
     "Accept, *"},
    {"* on a line of its own left alone", {"Accept", "*"}, {NULL}, {NULL},
     "Accept|*"},
    {"a token that starts with *", {"*x"}, {NULL}, {NULL}, "*x, Origin"},
    {"an empty line", {""}, {NULL}, {NULL}, "Origin"},
    {"commas alone", {" , ,, "}, {NULL}, {NULL}, "Origin"},
    {"empty elements and blanks", {",Accept ,\t Cookie,, "}, {NULL}, {NULL},
     "Accept, Cookie, Origin"},
    {"no blanks", {"Accept,Origin,Cookie"}, {NULL}, {NULL},
     "Accept, Origin, Cookie"},
    /* No token: not ours to mend, and no reason to lose our own. */
    {"a semicolon", {"Origin;q=1"}, {NULL}, {NULL}, "Origin;q=1, Origin"},
    {"quotes", {"\"Origin\""}, {NULL}, {NULL}, "\"Origin\", Origin"},
    {"two names without a comma", {"Accept Origin"}, {NULL}, {NULL},
     "Accept Origin, Origin"},
    {"three names, none yet", {NULL}, {NULL}, THREE,
     "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"},
    {"three names, one there", {"access-control-request-method"}, {NULL},
     THREE,
     "access-control-request-method, Origin, Access-Control-Request-Headers"},
    {"three names, all there",
     {"Access-Control-Request-Headers", "Access-Control-Request-Method"},
     {"origin"}, THREE,
     "Access-Control-Request-Headers, Access-Control-Request-Method, origin"},
    {"two names over *", {"*"}, {NULL}, {"Origin", "Accept-Encoding"}, "*"},
};

static void fill(apr_table_t *table, const char *const *lines)
{
    apr_table_setn(table, "Content-Type", "text/plain");
    for (; *lines; lines++) {
        apr_table_addn(table, "vary", *lines);
    }
}

static int count(void *n, const char *name, const char *value)
{
    (void)name;
    (void)value;
    ++*(int *)n;
    return 1;
}

static int join(void *text, const char *name, const char *value)
{
    const char **t = text;

    (void)name;
    *t = *t ? apr_pstrcat(pool, *t, "|", value, NULL) : value;
    return 1;
}

static void check_merge(void **state)
{
    static const char *const origin[] = {"Origin", NULL};
    const vary_row_t *row = *state;
    apr_table_t *out = apr_table_make(pool, 4), *err = apr_table_make(pool, 4);
    int times;

    fill(out, row->out);
    fill(err, row->err);
    /* The second time changes nothing. */
    for (times = 0; times < 2; times++) {
        const char *is = NULL;
        int left = 0;

        cors_vary_merge(pool, out, err, row->names[0] ? row->names : origin);
        apr_table_do(join, &is, out, "Vary", NULL);
        assert_text(is, row->is);
        apr_table_do(count, &left, err, "Vary", NULL);
        assert_int_equal(left, 0);
        assert_text(apr_table_get(out, "Content-Type"), "text/plain");
        assert_text(apr_table_get(err, "Content-Type"), "text/plain");
    }
}

/* Many names cost no more than their square, and none is lost. */
static void many_names(void)
{
    static const char *const origin[] = {"Origin", NULL};
    apr_table_t *out = apr_table_make(pool, 4), *err = apr_table_make(pool, 4);
    const char *was = "X-0", *is;
    int i;

    for (i = 1; i < 1000; i++) {
        was = apr_psprintf(pool, "%s, X-%d", was, i);
    }
    apr_table_setn(out, "Vary", was);
    cors_vary_merge(pool, out, err, origin);
    is = apr_table_get(out, "Vary");
    assert_memory_equal(is, was, strlen(was));
    assert_text(is + strlen(was), ", Origin");
}

/* * in the table of errors: httpd sends both tables. */
static void any_in_errors(void)
{
    static const char *const origin[] = {"Origin", NULL};
    apr_table_t *out = apr_table_make(pool, 4), *err = apr_table_make(pool, 4);

    apr_table_setn(err, "Vary", "*");
    cors_vary_merge(pool, out, err, origin);
    assert_text(apr_table_get(out, "Vary"), NULL);
    assert_text(apr_table_get(err, "Vary"), "*");
}

static const case_t others[] = {
    {"a thousand names", many_names},
    {"* among those that errors carry", any_in_errors},
};

int main(void)
{
    static const table_t tables[] = {
        TABLE(merges, check_merge),
        CASES(others),
    };

    return run_tables(tables, COUNT(tables));
}
