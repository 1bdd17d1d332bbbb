/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8_test.c: texts from outside, as HTML and JSON have them (RFC 3629, RFC
 * 8259).
 */
#include "support.h"

#include "engine/utf8.h"

#define BAD "\xef\xbf\xbd"

typedef struct len_row_t {
    const char *rule;
    const char *text;
    int len;
} len_row_t;

static const len_row_t lengths[] = {
    {"ASCII", "a", 1},
    {"DEL", "\x7f", 1},
    {"two bytes", "\xc3\xa9", 2},
    {"three bytes", "\xe2\x82\xac", 3},
    {"four bytes", "\xf0\x9f\x98\x80", 4},
    {"a stray continuation", "\x80", 0},
    {"overlong NUL", "\xc0\x80", 0},
    {"overlong ASCII", "\xc1\xbf", 0},
    {"cut after one", "\xc3", 0},
    {"cut after two", "\xe2\x82", 0},
    {"overlong, three", "\xe0\x80\x80", 0},
    {"a surrogate", "\xed\xa0\x80", 0},
    {"overlong, four", "\xf0\x80\x80\x80", 0},
    {"beyond U+10FFFF", "\xf4\x90\x80\x80", 0},
    {"0xf5", "\xf5\x80\x80\x80", 0},
    {"0xff", "\xff", 0},
};

static void check_length(void **state)
{
    const len_row_t *row = *state;

    assert_int_equal(cors_utf8_len(row->text), row->len);
}

typedef struct text_row_t {
    const char *rule;
    const char *text;
    const char *html;
    const char *json;
} text_row_t;

static const text_row_t texts[] = {
    {"nothing", "", "", "\"\""},
    {"markup", "<b a='1' c=\"2\">&amp;",
     "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;amp;",
     "\"<b a='1' c=\\\"2\\\">&amp;\""},
    {"control bytes", "a\tb\nc\rd\x01\x7f",
     "a\tb\nc" BAD "d" BAD BAD,
     "\"a\\u0009b\\u000ac\\u000dd\\u0001\\u007f\""},
    {"a backslash", "a\\b/", "a\\b/", "\"a\\\\b/\""},
    {"what is no UTF-8", "\xc3\xa9\xff<\xe2\x82",
     "\xc3\xa9" BAD "&lt;" BAD BAD, "\"\xc3\xa9" BAD "<" BAD BAD "\""},
};

static void check_text(void **state)
{
    const text_row_t *row = *state;

    assert_string_equal(cors_html(pool, row->text), row->html);
    assert_string_equal(cors_json(pool, row->text), row->json);
}

int main(void)
{
    static const table_t tables[] = {
        TABLE(lengths, check_length),
        TABLE(texts, check_text),
    };

    return run_tables(tables, COUNT(tables));
}
