/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request_list_test.c: Access-Control-Request-Headers against a list (Fetch,
 * "CORS-preflight fetch"; spec.md, section 4), and what of it is echoed.
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "engine/fields.h"

static const cors_where_t here = {"fields", 1};

static cors_list_t *make(const char *names)
{
    cors_list_t *list = cors_list_make(pool, &here);
    cors_span_t word;

    while (cors_next_element(&names, &word)) {
        cors_list_add_header(list, apr_pstrmemdup(pool, word.text, word.len),
                             &here, NULL);
    }
    cors_list_seal(list);
    return list;
}

typedef struct check_row_t {
    const char *rule;
    const char *names;          /* allowed; NULL: no list */
    const char *asked;          /* NULL: nothing */
    cors_list_result_e result;
    const char *at;             /* what was at fault */
    const char *echo;           /* what of it a "*" may echo */
} check_row_t;

#define OK(rule, names, asked, echo) \
    {rule, names, asked, CORS_LIST_OK, NULL, echo}
#define REFUSED(rule, names, asked, at, echo) \
    {rule, names, asked, CORS_LIST_REFUSED, at, echo}
#define MALFORMED(rule, names, asked, at) \
    {rule, names, asked, CORS_LIST_MALFORMED, at, NULL}

static const check_row_t lists[] = {
    OK("nothing asked, nothing allowed", NULL, NULL, NULL),
    OK("nothing asked, some allowed", "X-A", NULL, NULL),
    OK("an empty list", NULL, "", NULL),
    OK("blanks alone", NULL, " \t ", NULL),
    OK("one name", "X-A, X-B", "x-a", "x-a"),
    OK("as browsers send it: sorted, lower case, no blanks",
       "X-Requested-With, Content-Type, Authorization",
       "authorization,content-type,x-requested-with",
       "authorization, content-type, x-requested-with"),
    OK("in any order and case", "X-A, X-B, X-C", "X-c,x-A,X-B",
       "X-c, x-A, X-B"),
    /* "The request list may come on several lines": httpd joins them. */
    OK("joined lines", "X-A, X-B", "x-a, x-b", "x-a, x-b"),
    OK("blanks around names", "X-A, X-B", " x-a\t ,\t x-b ", "x-a, x-b"),
    OK("some empty elements", "X-A, X-B", ",x-a,, ,x-b,", "x-a, x-b"),
    OK("a name twice", "X-A", "x-a,x-a", "x-a, x-a"),
    OK("every byte of a token", "!#$%&'*+-.^_`|~09azAZ",
       "!#$%&'*+-.^_`|~09azaz", "!#$%&'*+-.^_`|~09azaz"),
    OK("sorted, some left out", "X-A, X-B, X-C, X-D, X-E", "x-b,x-c,x-e",
       "x-b, x-c, x-e"),
    OK("sorted, with a blank behind", "X-A, X-B, X-C", "x-a ,x-b, x-c",
       "x-a, x-b, x-c"),
    OK("sorted, then the last once more", "X-A, X-B", "x-a,x-b,x-b",
       "x-a, x-b, x-b"),
    OK("a name that begins like the one before", "X-A, X-Ab, X-Abc",
       "x-a,x-ab,x-abc", "x-a, x-ab, x-abc"),
    OK("a listed name, then others by *", "*, X-A", "x-a,x-b,x-c",
       "x-a, x-b, x-c"),
    OK("sorted, in upper case", "X-A, X-B", "X-A,X-B", "X-A, X-B"),
    REFUSED("a name that is not listed", "X-A", "x-b", "x-b", NULL),
    REFUSED("behind all that are listed", "X-A, X-B", "x-a,x-b,x-c", "x-c",
            "x-a, x-b"),
    REFUSED("between two that are listed", "X-A, X-C", "x-a,x-b,x-c", "x-b",
            "x-a, x-c"),
    REFUSED("the start of the one that follows", "X-A, X-Bc", "x-a,x-b",
            "x-b", "x-a"),
    REFUSED("the one that follows and more", "X-A, X-B", "x-a,x-bc", "x-bc",
            "x-a"),
    REFUSED("the end of a listed name", "X-A", "X-A,-a", "-a", "X-A"),
    REFUSED("the end of the one that follows", "X-A, X-B", "X-A,-b", "-b",
            "X-A"),
    REFUSED("the same in lower case", "X-A, X-B", "x-a,-b", "-b", "x-a"),
    REFUSED("and of the one before", "X-A, X-B", "x-a,-a", "-a", "x-a"),
    MALFORMED("a listed name and a stray byte", "X-A, X-B", "x-a,x-b/", "x-b"),
    MALFORMED("two listed names and a blank", "X-A, X-B", "x-a,x-b x-a",
              "x-b "),
    REFUSED("no list at all", NULL, "x-a", "x-a", NULL),
    REFUSED("one among others", "X-A, X-C", "x-a, x-b ,x-c", "x-b",
            "x-a, x-c"),
    REFUSED("the first of two", "X-B", "x-a,x-b,x-c", "x-a", "x-b"),
    REFUSED("the start of a listed name", "X-Abc", "x-ab", "x-ab", NULL),
    REFUSED("a listed name and more", "X-Ab", "x-abc", "x-abc", NULL),
    REFUSED("one byte of another", "X_A", "x-a", "x-a", NULL),
    /* Fetch, "CORS non-wildcard request-header name". */
    OK("* covers other names", "*", "x-a,x-b", "x-a, x-b"),
    REFUSED("* never covers Authorization", "*", "authorization",
            "authorization", NULL),
    REFUSED("nor in another case", "*", "x-a,AUTHORIZATION", "AUTHORIZATION",
            "x-a"),
    OK("Authorization named beside *", "*, Authorization",
       "authorization,x-a", "authorization, x-a"),
    OK("a name that starts like it", "*", "authorization2",
       "authorization2"),
    OK("* covers the name *", "*", "*", "*"),
    REFUSED("the name * where it is not listed", "X-A", "*", "*", NULL),
    MALFORMED("a blank in a name", "*", "x a", "x "),
    MALFORMED("a name behind a blank", "X-A, X-B", "x-a x-b", "x-a "),
    MALFORMED("a colon", "*", "x-a:", "x-a"),
    MALFORMED("a semicolon", "*", "x-a;x-b", "x-a"),
    MALFORMED("quotes", "*", "\"x-a\"", ""),
    MALFORMED("a line feed", "*", "x-a\nx-b", "x-a"),
    MALFORMED("a header of its own", "*", "x-a\r\nset-cookie: a=b", "x-a"),
    MALFORMED("a vertical tab as a blank", "*", "x-a\v,x-b", "x-a"),
    MALFORMED("DEL", "*", "x-\x7f", "x-"),
    MALFORMED("non-ASCII", "*", "x-\xc3\xa4", "x-"),
    MALFORMED("a byte that no text has", "*", "x-a,\xff", ""),
    MALFORMED("parentheses", "*", "(x-a)", ""),
    MALFORMED("a slash", "*", "text/plain", "text"),
    /* The worse of two faults. */
    MALFORMED("a refused name, then a stray byte", "X-A", "x-b,x-a;", "x-a"),
};

static void check_one(const cors_list_t *list, const char *asked,
                      cors_list_result_e result, const char *at,
                      const char *echo)
{
    cors_span_t where = {NULL, 0};

    if (asked) {
        asked = exactly(asked, strlen(asked) + 1);
    }
    assert_int_equal(cors_list_check(list, asked, &where), result);
    if (at) {
        assert_text(apr_pstrmemdup(pool, where.text, where.len), at);
        /* A span points into what was asked. */
        assert_true(where.text >= asked
                    && where.text + where.len <= asked + strlen(asked));
    }
    assert_text(cors_list_echo(list, asked, pool), echo);
}

static void check_list(void **state)
{
    const check_row_t *row = *state;
    cors_list_t *list = row->names ? make(row->names) : NULL;

    check_one(list, row->asked, row->result, row->at, row->echo);
    if (list) {
        cors_list_sort(list);
        check_one(list, row->asked, row->result, row->at, row->echo);
        /* Once is enough. */
        cors_list_sort(list);
        check_one(list, row->asked, row->result, row->at, row->echo);
    }
}

/* "a list with over 16 empty elements, over 8 KiB or with a byte that no token
 * has is a refused header" */
typedef struct long_row_t {
    const char *rule;
    const char *unit;
    size_t times;
    const char *tail;
    cors_list_result_e result;
} long_row_t;

static const long_row_t limits[] = {
    {"16 empty elements", ",", 15, "", CORS_LIST_OK},
    {"17 empty elements", ",", 16, "", CORS_LIST_MALFORMED},
    {"16 empty elements and a name", ",", 16, "x-a", CORS_LIST_OK},
    {"17 empty elements and a name", ",", 17, "x-a", CORS_LIST_MALFORMED},
    {"16 empty elements with blanks", " ,\t ,", 8, "x-a", CORS_LIST_OK},
    {"17 empty elements with blanks", " ,\t ,", 8, ",x-a",
     CORS_LIST_MALFORMED},
    {"16 empty elements between names", "x-a,,", 16, "x-a", CORS_LIST_OK},
    {"17 empty elements between names", "x-a,,", 17, "x-a",
     CORS_LIST_MALFORMED},
    {"8192 bytes of names", "x-a,", 2047, "x-a ", CORS_LIST_OK},
    {"8193 bytes of names", "x-a,", 2047, "x-a  ", CORS_LIST_MALFORMED},
    {"8192 bytes of blanks", " ", 8192, "", CORS_LIST_OK},
    {"8193 bytes of blanks", " ", 8193, "", CORS_LIST_MALFORMED},
    {"8192 bytes of commas", ",", 8192, "", CORS_LIST_MALFORMED},
    {"a megabyte of commas", ",", 1 << 20, "", CORS_LIST_MALFORMED},
    {"a megabyte of names", "x-a,", 1 << 18, "x-a", CORS_LIST_MALFORMED},
    {"a megabyte of one name", "a", 1 << 20, "", CORS_LIST_MALFORMED},
    {"8192 bytes of one name", "a", 8192, "", CORS_LIST_REFUSED},
    {"a name that is longer than any listed", "x-aa", 1, "",
     CORS_LIST_REFUSED},
    {"a name of 300 bytes", "aaaaa", 60, "", CORS_LIST_REFUSED},
};

static void check_limit(void **state)
{
    const long_row_t *row = *state;
    const char *asked = apr_pstrcat(pool, repeat(row->unit, row->times),
                                    row->tail, NULL);
    cors_list_t *list = make("X-A");
    cors_span_t at;
    int sorted;

    for (sorted = 0; sorted <= 1; sorted++) {
        assert_int_equal(cors_list_check(list,
                                         exactly(asked, strlen(asked) + 1),
                                         &at),
                         row->result);
        if (row->result == CORS_LIST_MALFORMED) {
            assert_null(cors_list_echo(list, asked, pool));
        }
        cors_list_sort(list);
    }
}

/* One of every other byte at every place: only tokens, commas and blanks pass,
 * and what is echoed is a list of tokens again. */
static void every_byte_everywhere(void)
{
    static const char plain[] = "x-a,x-b";
    cors_list_t *list = make("*, X-A, X-B");
    size_t i;
    int c;

    cors_list_sort(list);
    for (i = 0; i < sizeof(plain) - 1; i++) {
        for (c = 1; c < 256; c++) {
            char asked[sizeof(plain)];
            const char *echo;
            int good = c == ',' || c == ' ' || c == '\t';
            char byte = (char)c;
            cors_span_t at;

            memcpy(asked, plain, sizeof(plain));
            asked[i] = byte;
            /* A blank inside a name leaves two words. */
            good = cors_is_token(&byte, 1)
                   || (good && (c == ',' || i == 0 || i == 2 || i == 4
                                || i == 6));
            assert_int_equal(cors_list_check(list, asked, &at),
                             good ? CORS_LIST_OK : CORS_LIST_MALFORMED);
            echo = cors_list_echo(list, asked, pool);
            if (!good) {
                assert_null(echo);
                continue;
            }
            assert_text(cors_list_echo(list, echo, pool), echo);
        }
    }
}

/* To a browser "*" covers a name of any length. */
static void long_name(void)
{
    cors_list_t *list = make("*");
    cors_span_t at;

    assert_int_equal(cors_list_check(list, repeat("a", 8192), &at),
                     CORS_LIST_OK);
    assert_text(cors_list_echo(list, repeat("a", 8192), pool),
                repeat("a", 8192));
    assert_int_equal(cors_list_check(list, repeat("a", 8193), &at),
                     CORS_LIST_MALFORMED);
}

static const case_t others[] = {
    {"every byte at every place", every_byte_everywhere},
    {"a long name by *", long_name},
};

/* Lists that are merged rather than checked: Vary, Connection. */
typedef struct element_row_t {
    const char *rule;
    const char *list;
    const char *words;          /* joined by "|" */
} element_row_t;

static const element_row_t elements[] = {
    {"one", "a", "a"},
    {"some", "a,b,c", "a|b|c"},
    {"blanks around", " a , b\t,\tc ", "a|b|c"},
    {"blanks inside", "a b,c", "a b|c"},
    {"empty ones", ",,a,, ,b,", "a|b"},
    {"nothing", "", ""},
    {"commas and blanks alone", " , ,\t,", ""},
};

static void check_elements(void **state)
{
    const element_row_t *row = *state;
    const char *at = exactly(row->list, strlen(row->list) + 1);
    const char *words = "";
    cors_span_t word;

    while (cors_next_element(&at, &word)) {
        words = apr_pstrcat(pool, words, *words ? "|" : "",
                            apr_pstrmemdup(pool, word.text, word.len), NULL);
    }
    assert_text(words, row->words);
    assert_int_equal(cors_next_element(&at, &word), 0);
}

int main(void)
{
    static const table_t tables[] = {
        TABLE(lists, check_list),
        TABLE(limits, check_limit),
        CASES(others),
        TABLE(elements, check_elements),
    };

    return run_tables(tables, COUNT(tables));
}
