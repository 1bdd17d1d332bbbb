/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_text_test.c: a list of origins in a text of its own (spec.md, section
 * 6): which lines are entries, and what is said of the others.
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "engine/list_text.h"
#include "engine/origin_entries.h"

#define A "https://a.example"
#define B "https://b.example"

/* The text without its closing NUL; what is told as "line id", joined. */
typedef struct text_row_t {
    const char *rule;
    const char *text;
    const char *entries;        /* "line text", joined by blanks */
    const char *told;
    size_t len;                 /* 0: strlen */
} text_row_t;

static const char *entries_of(const cors_origins_t *list)
{
    apr_array_header_t *entries = cors_origin_set_entries(list->set, pool);
    const char *all = "";
    int i;

    for (i = 0; i < entries->nelts; i++) {
        const cors_entry_t *e = &APR_ARRAY_IDX(entries, i, cors_entry_t);

        assert_text(e->where->file, "list.txt");
        all = apr_psprintf(pool, "%s%s%d %s", all, *all ? " " : "",
                           e->where->line, e->text);
    }
    return all;
}

static const char *told_of(const cors_findings_t *findings)
{
    const char *all = "";
    int i;

    for (i = 0; i < findings->list->nelts; i++) {
        const cors_finding_t *f = &APR_ARRAY_IDX(findings->list, i,
                                                 cors_finding_t);

        assert_text(f->where.file, "list.txt");
        all = apr_psprintf(pool, "%s%s%d %s", all, *all ? " " : "",
                           f->where.line, cors_finding_name(f->id));
    }
    return all;
}

static cors_origins_t *read_text(const char *text, size_t len,
                                 cors_findings_t *findings)
{
    static const cors_where_t nowhere = {"list", 0};
    static const unsigned tolerate;
    cors_origins_t *list = cors_origins_make(pool, &nowhere, &tolerate, 0);
    char *copy = (char *)exactly(text, len + 1);

    copy[len] = '\0';
    cors_list_text_read(list, "list.txt", copy, len, findings);
    cors_origins_seal(list);
    return list;
}

static void check_text(void **state)
{
    const text_row_t *row = *state;
    cors_findings_t *findings = cors_findings_make(pool);
    const size_t len = row->len ? row->len : strlen(row->text);
    cors_origins_t *list = read_text(row->text, len, findings);

    assert_text(told_of(findings), row->told);
    assert_text(entries_of(list), row->entries);
}

static const text_row_t lines[] = {
    {"one", A "\n", "1 " A, "", 0},
    {"two", A "\n" B "\n", "1 " A " 2 " B, "", 0},
    {"nothing at all", "", "", "", 0},
    {"empty lines", "\n\n" A "\n\n\n" B "\n\n", "3 " A " 6 " B, "", 0},
    {"no newline at the end", A "\n" B, "1 " A " 2 " B, "", 0},
    {"only blanks", " \t \n\t\n", "", "", 0},
    {"blanks around it", " \t" A " \t \n", "1 " A, "", 0},
    {"CRLF", A "\r\n" B "\r\n", "1 " A " 2 " B, "", 0},
    {"CRLF without the last", A "\r\n" B "\r", "1 " A " 2 " B, "", 0},
    {"vertical tab and form feed", "\f\v" A "\v\f\n", "1 " A, "", 0},
    {"byte order mark", "\xef\xbb\xbf" A "\n", "1 " A, "", 0},
    {"byte order mark alone", "\xef\xbb\xbf", "", "", 0},
    {"byte order mark before a comment", "\xef\xbb\xbf# x\n" A "\n", "2 " A,
     "", 0},
    {"byte order mark on another line", "\n\xef\xbb\xbf" A "\n", "",
     "2 CORS005", 0},
    {"half a byte order mark", "\xef\xbb", "", "1 CORS001", 0},
    {"patterns",
     "https://*.a.example\nhttp://localhost:*\nhttps://b.example:1-9\n"
     "app://*\n",
     "1 https://*.a.example 2 http://localhost:* 3 https://b.example:1-9 "
     "4 app://*", "", 0},
};

static const text_row_t comments[] = {
    {"a line", "# " A "\n" B "\n", "2 " B, "", 0},
    {"behind an entry", A " # ours\n" A "\n", "1 " A, "2 CORS043", 0},
    {"behind a tab", A "\t#ours\n", "1 " A, "", 0},
    {"behind blanks", "   # x\n", "", "", 0},
    {"nothing but the sign", "#\n" A "\n", "2 " A, "", 0},
    {"several signs", "## x # y\n" A " # x # y\n", "2 " A, "", 0},
    {"the last line", A "\n# the end", "1 " A, "", 0},
    {"any bytes", "# \xff\x01 \xc3\xa4\n" A "\n", "2 " A, "", 0},
    {"no fragment of a URL", A "#x\n", "", "1 CORS002", 0},
    {"no path", A "/#x\n", "", "1 CORS002", 0},
};

/* "`*` and `null` never come from a source" */
static const text_row_t refused[] = {
    {"*", A "\n*\n", "1 " A, "2 CORS066", 0},
    {"* between blanks", "  *  # all\n", "", "1 CORS066", 0},
    {"null", "null\n", "", "1 CORS066", 0},
    {"null without a newline", A "\nnull", "1 " A, "2 CORS066", 0},
    {"file://", "file://\n", "", "1 CORS009", 0},
    {"NULL is no origin", "NULL\n", "", "1 CORS001", 0},
    {"None is no origin", "None\n", "", "1 CORS001", 0},
    {"all of a scheme", "https://*\n", "", "1 CORS010", 0},
    {"two on a line", A " " B "\n", "", "1 CORS001", 0},
    {"two with a comma", A "," B "\n", "", "1 CORS001", 0},
    {"two with a tab", A "\t" B "\n", "", "1 CORS001", 0},
    {"a comma at the end", A ",\n", "", "1 CORS001", 0},
    {"a carriage return between them", A "\r" B "\n", "", "1 CORS001", 0},
    {"in quotes", "\"" A "\"\n", "", "1 CORS001", 0},
    {"a directive", "CORSAllowOrigin " A "\n", "", "1 CORS001", 0},
    {"a path", A "/\n" B "/x\n", "", "1 CORS002 2 CORS002", 0},
    {"a default port", A ":443\n", "", "1 CORS006", 0},
    {"upper case", "https://A.example\n", "", "1 CORS004", 0},
    {"a host alone", "a.example\n", "", "1 CORS001", 0},
    {"an expression", "https://[a-z]+\\.example\n", "", "1 CORS008", 0},
    {"good and bad", A "\nx\n" B "\n", "1 " A " 3 " B, "2 CORS001", 0},
    {"duplicates", A "\n" B "\n" A "\n" A "\n", "1 " A " 2 " B,
     "3 CORS043 4 CORS043", 0},
};

#define BYTES(text) sizeof(text) - 1

/* "A NUL would hide what follows it" */
static const text_row_t nuls[] = {
    {"behind an entry", A "\0.evil.example\n", "", "1 CORS001",
     BYTES(A "\0.evil.example\n")},
    {"at the end of a line", A "\0\n" B "\n", "2 " B, "1 CORS001",
     BYTES(A "\0\n" B "\n")},
    {"at the end of the text", A "\n\0", "1 " A, "2 CORS001",
     BYTES(A "\n\0")},
    {"in a comment", "# \0\n" A "\n", "2 " A, "1 CORS001",
     BYTES("# \0\n" A "\n")},
    {"a sparse file", "\0\0\0\0\0\0\0\0", "", "1 CORS001", 8},
    {"UTF-16", "\xff\xfeh\0t\0t\0p\0\n\0", "", "1 CORS001 2 CORS001",
     BYTES("\xff\xfeh\0t\0t\0p\0\n\0")},
};

/* ---- the words, and what is long --------------------------------------- */

typedef struct said_row_t {
    const char *rule;
    const char *text;
    const char *said;
} said_row_t;

static const said_row_t said[] = {
    {"two on a line", A " " B, "write one origin on each line"},
    {"a fragment", A "#x", "write " A},
    {"a path", A "/index.html", "write " A},
    {"a host alone", "a.example", "write https://a.example"},
    {"*", "*", "write CORSAllowOrigin *"},
    {"international", "https://b\xc3\xbc" "cher.example",
     "https://xn--bcher-kva.example"},
};

static void check_said(void **state)
{
    const said_row_t *row = *state;
    cors_findings_t *findings = cors_findings_make(pool);

#ifndef HAVE_LIBIDN2
    if (row->text[9] & 0x80) {
        return;
    }
#endif
    read_text(row->text, strlen(row->text), findings);
    assert_int_equal(findings->list->nelts, 1);
    if (!strstr(APR_ARRAY_IDX(findings->list, 0, cors_finding_t).text,
                row->said)) {
        fail_msg("%s", APR_ARRAY_IDX(findings->list, 0, cors_finding_t).text);
    }
}

static const char *numbered(const char *format, int n)
{
    apr_array_header_t *all = apr_array_make(pool, n, sizeof(char *));
    int i;

    for (i = 0; i < n; i++) {
        APR_ARRAY_PUSH(all, char *) = apr_psprintf(pool, format, i);
    }
    return apr_array_pstrcat(pool, all, '\n');
}

static cors_findings_t *few_findings(void)
{
    cors_findings_t *findings = cors_findings_make(pool);

    findings->most = CORS_LIST_FINDINGS;
    return findings;
}

/* A file of nothing but faults must not fill the memory. */
static void many_faults(void)
{
    cors_findings_t *findings = few_findings();
    const char *text = numbered("x%d", 100000);

    read_text(text, strlen(text), findings);
    assert_int_equal(findings->errors, 100);
    assert_int_equal(findings->list->nelts, 100);
}

/* Nor may one of nothing but warnings, and these must not hide an error. */
static void many_warnings(void)
{
    cors_findings_t *findings = few_findings();
    const char *text = apr_pstrcat(pool, repeat(A "\n", 100000), "x\n", A "\n",
                                   "*\n", NULL);
    cors_origins_t *list = read_text(text, strlen(text), findings);

    assert_text(entries_of(list), "1 " A);
    assert_int_equal(findings->list->nelts, 102);
    assert_int_equal(findings->errors, 2);
    assert_int_equal(cors_findings_error(findings)->where.line, 100001);
}

/* Nor do the risks of its entries. */
static void many_risks(void)
{
    static const cors_where_t line = {"httpd.conf", 1};
    cors_findings_t *findings = few_findings();
    const char *text = numbered("http://x%d.example", 20000);
    cors_origins_t *list = read_text(text, strlen(text), findings);

    assert_int_equal(findings->list->nelts, 0);
    cors_origins_report(list, &line, findings);
    assert_int_equal(findings->list->nelts, 100);
    assert_int_equal(list->with_credentials.id,
                     CORS_F_INSECURE_WITH_CREDENTIALS);
}

static void many_entries(void)
{
    cors_findings_t *findings = cors_findings_make(pool);
    const char *text = numbered("https://x%d.example", 50000);
    cors_origins_t *list = read_text(text, strlen(text), findings);

    assert_int_equal(findings->list->nelts, 0);
    assert_int_equal(cors_origin_set_count(list->set), 50000);
}

/* What is shown of a line is cut. */
static void long_line(void)
{
    cors_findings_t *findings = cors_findings_make(pool);
    const char *text = apr_pstrcat(pool, "https://", repeat("a", 1000000),
                                   "\n" A "\n", NULL);
    cors_origins_t *list = read_text(text, strlen(text), findings);

    assert_text(told_of(findings), "1 CORS001");
    assert_true(strlen(cors_findings_error(findings)->text) < 600);
    assert_text(entries_of(list), "2 " A);
}

static void long_comment(void)
{
    cors_findings_t *findings = cors_findings_make(pool);
    const char *text = apr_pstrcat(pool, "#", repeat("a ", 1000000), "\n" A
                                   " #", repeat("# ", 1000000), NULL);

    assert_text(entries_of(read_text(text, strlen(text), findings)), "2 " A);
    assert_int_equal(findings->list->nelts, 0);
}

/* As many errors as before do not end the reading. */
static void errors_before(void)
{
    cors_findings_t *findings = cors_findings_make(pool);
    const char *text = numbered("x%d", 1000);

    read_text(text, strlen(text), findings);
    assert_text(entries_of(read_text(A, strlen(A), findings)), "1 " A);
}

static const case_t cases[] = {
    {"many faults", many_faults},
    {"many warnings", many_warnings},
    {"many risks", many_risks},
    {"many entries", many_entries},
    {"a long line", long_line},
    {"a long comment", long_comment},
    {"findings of another list", errors_before},
};

static const table_t tables[] = {
    TABLE(lines, check_text),
    TABLE(comments, check_text),
    TABLE(refused, check_text),
    TABLE(nuls, check_text),
    TABLE(said, check_said),
    CASES(cases),
};

int main(void)
{
    return run_tables(tables, COUNT(tables));
}
