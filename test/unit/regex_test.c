/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regex_test.c: CORSAllowOriginMatch: "PCRE against the whole origin:
 * compiled alone first, then anchored by the module as ^(?:...)\z".
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"
#include "apr_tables.h"

#include "engine/regex.h"

typedef struct match_row_t {
    const char *rule;
    const char *regex;
    const char *text;
    cors_regex_result_e result;
} match_row_t;

#define YES(rule, regex, text) {rule, regex, text, CORS_REGEX_YES}
#define NO(rule, regex, text) {rule, regex, text, CORS_REGEX_NO}

static const match_row_t matches[] = {
    YES("the whole origin", "https://a\\.example", "https://a.example"),
    NO("not a part at the end", "a\\.example", "https://a.example"),
    NO("not a part at the start", "https://a\\.example",
       "https://a.example.evil.test"),
    NO("not a part inside", "example", "https://example.com"),
    NO("an empty expression matches nothing", "", "https://a.example"),
    YES("an empty expression matches the empty text", "", ""),
    YES("anchors of one's own are harmless", "^https://a\\.example$",
        "https://a.example"),
    YES("any anchor", "\\Ahttps://a\\.example\\z", "https://a.example"),
    /* "^a|b$" means "^a" or "b$" to who wrote it: neither is a hole. */
    NO("alternation: nothing behind the first", "^https://a|https://b$",
       "https://a.evil.test"),
    NO("alternation: nothing before the last", "^https://a|https://b$",
       "https://evil.test/https://b"),
    YES("alternation: the first", "https://a|https://b", "https://a"),
    YES("alternation: the last", "https://a|https://b", "https://b"),
    /* The first alternative matches, but not to the end: go on. */
    YES("alternation: the longer one", "https://a|https://ab", "https://ab"),
    YES("lazy repetition stretches to the end", "https://a.*?",
        "https://a.example"),
    NO("a possessive one does not give back", "https://.*+e",
       "https://a.example"),
    NO("$ is not before a line feed", "https://a$", "https://a\n"),
    NO("\\Z is not before a line feed", "https://a\\Z", "https://a\n"),
    NO("(?m) adds no line", "(?m)^https://a$", "https://b\nhttps://a"),
    NO("(?m) adds no line behind", "(?m)^https://a$", "https://a\nhttps://b"),
    NO("a dot is no line feed", "https://a.b", "https://a\nb"),
    YES("(?x) and a comment swallow nothing of ours", "(?x)https://a # end",
        "https://a"),
    YES("(?i) is the writer's choice", "(?i)https://A", "https://a"),
    NO("case counts", "https://A", "https://a"),
    /* \K moves the start that is reported, not the one that must match. */
    YES("\\K", "https://\\Ka", "https://a"),
    NO("\\K hides no prefix", "x\\Khttps://a", "https://a"),
    NO("\\K starts nowhere later", "https://a", "xhttps://a"),
    NO("a look-ahead is not the end", "https://a(?=\\.evil)",
       "https://a.evil"),
    YES("a look-behind sees nothing before the start", "(?<!x)https://a",
        "https://a"),
    NO("(*ACCEPT) does not end early", "https://a(*ACCEPT)b",
       "https://a.evil.test"),
    YES("(*ACCEPT) at the end", "https://a(*ACCEPT)b", "https://a"),
    NO("(*COMMIT)", "https://a(*COMMIT)b|https://ac", "https://ac"),
    NO("(*UTF) and a byte that is none", "(*UTF)https://.", "https://a\xff"),
    NO("a newline convention changes no end", "(*CR)https://a$",
       "https://a\r"),
    YES("bytes, not characters", "https://..", "https://\xc3\xa4"),
    YES("a quoted text", "\\Qhttps://a.b\\E", "https://a.b"),
    NO("a quoted dot", "\\Qhttps://a.b\\E", "https://aXb"),
    NO("a quote that nobody closed", "\\Qhttps://a", "https://a)"),
    YES("groups that nobody asks for", "(h)(t)(t)(p)(s)://(.)(.)(.)(.)(.)",
        "https://abcde"),
};

static cors_regex_t *compile(const char *text)
{
    const char *error = NULL;
    cors_regex_t *regex = cors_regex_compile(text, pool, &error);

    assert_text(error, NULL);
    assert_non_null(regex);
    assert_text(cors_regex_text(regex), text);
    return regex;
}

static cors_regex_result_e match(const cors_regex_t *regex, const char *text,
                                 size_t len)
{
    apr_pool_t *scratch;
    cors_regex_result_e result;

    apr_pool_create(&scratch, pool);
    result = cors_regex_match(regex, exactly(text, len), len, scratch);
    apr_pool_destroy(scratch);
    return result;
}

static void check_match(void **state)
{
    const match_row_t *row = *state;
    cors_regex_t *regex = compile(row->regex);
    cors_regex_result_e result = match(regex, row->text, strlen(row->text));

    /* What PCRE2 cannot match at all counts as no. */
    if (row->result == CORS_REGEX_NO) {
        assert_int_not_equal(result, CORS_REGEX_YES);
    }
    else {
        assert_int_equal(result, row->result);
    }
}

/* The words and the offset are PCRE2's. */
typedef struct error_row_t {
    const char *rule;
    const char *regex;
    const char *at;             /* how the error ends */
} error_row_t;

static const error_row_t errors[] = {
    /* Between "^(?:" and ")\z" each of these would be an open door. */
    {"a group closed that is not open", "a)|(.*", " at byte 1"},
    {"a group closed, a comment opened", "a)|.*(?#", NULL},
    {"a group closed, (?x) and a comment", "a)|(?x).*#", NULL},
    {"a group that is not closed", "https://(a|b", " at byte 12"},
    {"a class that is not closed", "https://[a", " at byte 10"},
    {"a repetition of nothing", "*", " at byte 0"},
    {"a wildcard that was meant for a list", "*.example.com", " at byte 0"},
    {"a backslash at the end", "https://a\\", " at byte 10"},
    {"\\C, which can match half a character", "https://\\C", NULL},
    {"a group that does not exist", "(a)\\2", NULL},
    {"a look-behind without an end", "(?<=a+)b", NULL},
    {"an unknown verb", "(*EVERYTHING)", NULL},
};

static void check_error(void **state)
{
    const error_row_t *row = *state;
    const char *error = NULL;

    assert_null(cors_regex_compile(row->regex, pool, &error));
    assert_non_null(error);
    if (row->at) {
        assert_true(strlen(error) > strlen(row->at));
        assert_text(error + strlen(error) - strlen(row->at), row->at);
    }
    else {
        assert_non_null(strstr(error, " at byte "));
    }
}

/* Nested repetitions, on a text that does not match: exponential in its length
 * without a limit, and hit it with one. The text ends as the expression does,
 * or PCRE2 sees at once that it cannot match. */
typedef struct cost_row_t {
    const char *rule;
    const char *regex;
    size_t times;               /* an "a" */
    cors_regex_result_e result;
} cost_row_t;

static const cost_row_t costs[] = {
    {"nested plus", "https://(a+)+!", 300, CORS_REGEX_LIMIT},
    {"nested star", "https://(?:[a-z]*)*!", 300, CORS_REGEX_LIMIT},
    {"alternatives that are one", "https://(?:a|a|aa)+!", 300,
     CORS_REGEX_LIMIT},
    {"recursion", "https://((?:a|(?1))+)!", 300, CORS_REGEX_LIMIT},
    /* PCRE2's own limit lets these two million steps pass. */
    {"a little of it is too much already", "https://(a+)+!", 20,
     CORS_REGEX_LIMIT},
    {"very little of it is cheap", "https://(a+)+!", 8, CORS_REGEX_NO},
    {"a single repetition is cheap", "https://a+!", 300, CORS_REGEX_NO},
};

static void check_cost(void **state)
{
    const cost_row_t *row = *state;
    cors_regex_t *regex = compile(row->regex);
    const char *text = apr_pstrcat(pool, "https://", repeat("a", row->times),
                                   "?!", NULL);

    assert_int_equal(match(regex, text, strlen(text)), row->result);
    /* And the next text is judged as if nothing had been. */
    assert_int_equal(match(regex, "nothing", 7), CORS_REGEX_NO);
}

/* About as many as PCRE2 compiles into one expression: the limit must leave
 * room for them. */
static void many_names(void)
{
    apr_array_header_t *names = apr_array_make(pool, 4000,
                                               sizeof(const char *));
    const char *text;
    cors_regex_t *regex;
    int i;

    for (i = 0; i < 4000; i++) {
        APR_ARRAY_PUSH(names, const char *) = apr_psprintf(pool, "h%d", i);
    }
    regex = compile(apr_pstrcat(pool, "https://(?:",
                                apr_array_pstrcat(pool, names, '|'),
                                ")\\.example", NULL));
    for (i = 0; i < 4000; i += 999) {
        text = apr_psprintf(pool, "https://h%d.example", i);
        assert_int_equal(match(regex, text, strlen(text)), CORS_REGEX_YES);
    }
    text = "https://h4000.example";
    assert_int_equal(match(regex, text, strlen(text)), CORS_REGEX_NO);
}

static void nul_is_a_byte(void)
{
    cors_regex_t *regex = compile("https://a");

    assert_int_equal(match(regex, "https://a\0", 10), CORS_REGEX_NO);
    assert_int_equal(match(regex, "https://a\0b", 11), CORS_REGEX_NO);
    regex = compile("https://a\\x00b");
    assert_int_equal(match(regex, "https://a\0b", 11), CORS_REGEX_YES);
}

/* Match data and stacks are made in scratch; code lives in its own pool. */
static void memory(void)
{
    apr_pool_t *config;
    const char *error;
    int i;

    for (i = 0; i < 200; i++) {
        cors_regex_t *regex;

        apr_pool_create(&config, pool);
        regex = cors_regex_compile("https://(a|b)+", config, &error);
        assert_int_equal(match(regex, "https://abab", 12), CORS_REGEX_YES);
        apr_pool_destroy(config);
    }
}

static const case_t others[] = {
    {"four thousand names in one expression", many_names},
    {"NUL is a byte like any other", nul_is_a_byte},
    {"what was compiled goes with its pool", memory},
};

int main(void)
{
    static const table_t tables[] = {
        TABLE(matches, check_match),
        TABLE(errors, check_error),
        TABLE(costs, check_cost),
        CASES(others),
    };

    return run_tables(tables, COUNT(tables));
}
