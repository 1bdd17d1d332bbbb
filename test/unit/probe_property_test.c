/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe_property_test.c: "property-tested: a regex built by escaping a set of
 * origins is never refused; one with any single backslash or anchor-relevant
 * piece taken out is."
 */
#include "support.h"

#include <string.h>

#include "apr_lib.h"
#include "apr_strings.h"

#include "engine/origin.h"
#include "engine/probe.h"
#include "engine/suffix.h"

#define SETS 400
#define GARBAGE 20000

/* ---- random origins ----------------------------------------------------- */

static const char *pick_label(void)
{
    static const char inner[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    unsigned len = 1 + pick(10), i;
    char *label = apr_palloc(pool, len + 1);

    for (i = 0; i < len; i++) {
        /* No hyphen at the ends. */
        label[i] = inner[pick(i && i + 1 < len ? 37 : 36)];
    }
    label[len] = '\0';
    return label;
}

typedef struct made_t {
    const char *before;     /* the scheme, and labels of one's own */
    const char *name;       /* from the label that was registered */
    const char *port;
} made_t;

static const char *text_of(const made_t *o)
{
    return apr_pstrcat(pool, o->before, o->name, o->port, NULL);
}

/* A name, with a suffix that every registry or provider could have. */
static made_t pick_name(void)
{
    static const char *const suffixes[] = {
        "com", "org", "co.uk", "corp", "de", "museum", "vercel.app",
        "github.io"
    };
    static const char *const schemes[] = {"https://", "https://", "http://"};
    /* Without a list nobody knows the providers. */
    unsigned known = cors_public_suffix("com") == CORS_SUFFIX_NO ? 6 : 8;
    made_t o;
    unsigned n;

    o.before = schemes[pick(3)];
    for (n = pick(3); n; n--) {
        o.before = apr_pstrcat(pool, o.before, pick_label(), ".", NULL);
    }
    o.name = apr_pstrcat(pool, pick_label(), ".", suffixes[pick(known)], NULL);
    o.port = pick(4) ? "" : apr_psprintf(pool, ":%u", 1024 + pick(60000));
    return o;
}

/* Whatever is an origin. */
static made_t pick_origin(void)
{
    static const char *const others[] = {
        "http://localhost", "https://intranet", "http://127.0.0.1",
        "https://10.1.2.3", "http://[::1]", "https://[2001:db8::7]",
        "app://obsidian.md", "capacitor://localhost",
        "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
        "https://www.example.com."
    };
    made_t o;
    cors_origin_t parsed;

    for (;;) {
        o = pick_name();
        if (!pick(3)) {
            o.before = others[pick(COUNT(others))];
            o.name = "";
        }
        if (cors_origin_parse(&parsed, text_of(&o), strlen(text_of(&o)))
            == CORS_ORIGIN_OK) {
            return o;
        }
    }
}

/* ---- expressions made of them ------------------------------------------- */

static const char *escape(const char *text)
{
    char *out = apr_palloc(pool, 2 * strlen(text) + 1), *o = out;
    int all = !pick(3);

    for (; *text; text++) {
        if (all ? !apr_isalnum(*text) : strchr(".[]-", *text) != NULL) {
            *o++ = '\\';
        }
        *o++ = *text;
    }
    *o = '\0';
    return out;
}

/* The alternatives of a set, in one of the ways in which people write it. */
static const char *join(const char *const *parts, unsigned n)
{
    static const char *const around[][2] = {
        {"", ""}, {"(", ")"}, {"^(?:", ")$"}, {"(?i)", ""}, {"(?:(", "))"}
    };
    unsigned how = pick(COUNT(around)), i;
    const char *text = parts[0];

    for (i = 1; i < n; i++) {
        text = apr_pstrcat(pool, text, "|", parts[i], NULL);
    }
    return apr_pstrcat(pool, around[how][0], text, around[how][1], NULL);
}

static void probe(const char *text, cors_probe_t *result)
{
    const char *error = NULL;
    cors_regex_t *regex = cors_regex_compile(text, pool, &error);

    if (!regex) {
        fail_msg("%s: %s", text, error);
    }
    cors_probe(regex, pool, result);
}

static void must_be_narrow(const char *text)
{
    cors_probe_t result;

    probe(text, &result);
    if (result.verdict != CORS_PROBE_NARROW) {
        fail_msg("%s is narrow, but is said to accept %s", text,
                 result.accepted);
    }
    if (!result.sample || result.unfinished) {
        fail_msg("%s: no sample was made", text);
    }
}

static void must_be_broad(const char *text)
{
    cors_probe_t result;

    probe(text, &result);
    if (result.verdict != CORS_PROBE_BROAD
        && result.verdict != CORS_PROBE_ANY) {
        fail_msg("%s is broad, but nothing was found", text);
    }
    if (result.advice) {
        must_be_narrow(result.advice);
    }
}

static void begin(unsigned seed)
{
    cors_suffix_load(pool);
    pick_from(seed);
}

static void escaped_sets(void)
{
    unsigned i, k;

    begin(1);
    for (i = 0; i < SETS; i++) {
        const char *parts[5];
        unsigned n = 1 + pick(5);

        for (k = 0; k < n; k++) {
            made_t o = pick_origin();

            parts[k] = escape(text_of(&o));
        }
        must_be_narrow(join(parts, n));
    }
}

/* The same with what they have in common before a group. */
static void common_scheme(void)
{
    unsigned i, k;

    begin(2);
    for (i = 0; i < SETS; i++) {
        const char *text = pick(2) ? "https://(" : "^https?://(?:";
        unsigned n = 1 + pick(5);

        for (k = 0; k < n; k++) {
            made_t o = pick_name();

            text = apr_pstrcat(pool, text, k ? "|" : "",
                               escape(strstr(text_of(&o), "://") + 3), NULL);
        }
        must_be_narrow(apr_pstrcat(pool, text, ")", NULL));
    }
}

/* "one with any single backslash taken out": each of them, one at a time. */
static void bare_dots(void)
{
    unsigned i, k;

    begin(3);
    for (i = 0; i < SETS; i++) {
        const char *parts[5], *text, *dot;
        unsigned n = 1 + pick(5);

        for (k = 0; k < n; k++) {
            made_t o = pick_name();

            parts[k] = escape(text_of(&o));
        }
        text = join(parts, n);
        for (dot = strstr(text, "\\."); dot; dot = strstr(dot + 1, "\\.")) {
            must_be_broad(apr_pstrcat(pool, apr_pstrmemdup(pool, text,
                                                           dot - text),
                                      dot + 1, NULL));
        }
    }
}

/* "or anchor-relevant piece": something open beside the name. */
static void open_ends(void)
{
    static const char *const open[] = {
        ".*", ".+", "[^/]*", "(.*)", "[^/]+", "[a-z.-]*", "(?:.+)?", "\\S*",
        ".*?", ".{0,40}", "(?:[\\w.-]+)?", "[[:graph:]]*"
    };
    unsigned i, k, at;

    begin(4);
    for (i = 0; i < SETS; i++) {
        const char *parts[5];
        unsigned n = 1 + pick(5), which = pick(n);
        made_t changed = {NULL, NULL, NULL};

        for (k = 0; k < n; k++) {
            made_t o = pick_name();

            parts[k] = escape(text_of(&o));
            if (k == which) {
                changed = o;
            }
        }
        for (at = 0; at < 2; at++) {
            for (k = 0; k < COUNT(open); k++) {
                parts[which] = apr_pstrcat(pool, escape(changed.before),
                                           at ? "" : open[k],
                                           escape(changed.name),
                                           at ? open[k] : "",
                                           changed.port, NULL);
                must_be_broad(join(parts, n));
            }
        }
    }
}

/* ---- no expression at all ----------------------------------------------- */

static void must_be_origin(const cors_regex_t *regex, const char *text)
{
    cors_origin_t o;

    if (text
        && (cors_origin_parse(&o, text, strlen(text)) != CORS_ORIGIN_OK
            || o.scheme == CORS_SCHEME_NULL
            || cors_regex_match(regex, text, strlen(text), pool)
               != CORS_REGEX_YES)) {
        fail_msg("%s does not accept %s", cors_regex_text(regex), text);
    }
}

/* What is said about an expression is true of it. */
static void must_be_true(const char *text)
{
    const char *error;
    cors_regex_t *regex = cors_regex_compile(text, pool, &error), *mended;
    cors_probe_t result;

    if (!regex) {
        return;
    }
    cors_probe(regex, pool, &result);
    must_be_origin(regex, result.sample);
    must_be_origin(regex, result.http);
    must_be_origin(regex, result.app);
    if (result.verdict == CORS_PROBE_BROAD
        || result.verdict == CORS_PROBE_ANY) {
        assert_non_null(result.accepted);
        must_be_origin(regex, result.accepted);
        assert_non_null(result.sample);
    }
    if (result.advice) {
        mended = cors_regex_compile(result.advice, pool, &error);
        assert_non_null(mended);
        assert_int_equal(cors_regex_match(mended, result.accepted,
                                          strlen(result.accepted), pool),
                         CORS_REGEX_NO);
    }
}

static const char *pick_garbage(void)
{
    static const char *const tokens[] = {
        "https://", "http", "s?", "://", "example", "com", "evil", ".", "\\.",
        "a", "x", ":", "\\d", "\\w", "\\W", "[a-z]", "[^/]", "[^.]", "[.-]",
        "[[:alpha:]_]", "*", "+", "?", "{2}", "{0,3}", "{1,}", "{,3}", "{",
        "}", "*?", "++", "(", "(?:", "(?i)", "(?i:", "(?-i)", "(?>", "(?=",
        "(?!", "(?<=", "(?<!", "(?<n>", "(?P<n>", "(?'n'", "(?|", "(?#x)",
        "(?R)", "(?1)", "(?&n)", "\\1", "\\k<n>", "\\g{-1}", "\\g<1>",
        "(?(1)", "(?(?=a)", "(*UTF)", "(*ACCEPT)", "(*NO_JIT)", "(?x)", ")",
        ")", ")", "|", "|", "^", "$", "\\b", "\\A", "\\z", "\\K", "\\Q",
        "\\E", "\\x2e", "\\x{41}", "\\o{101}", "\\056", "\\p{L}", "\\PN",
        "\\N", "\\R", "\\X", "\\h", "\\cA", "[]a]", "[^]a]", "[\\]\\d-x]",
        "[a-\\x7a]", "[\\Qa]\\E]", " ", "#", "\n", "\xc3\xa9"
    };
    const char *text = pick(2) ? "" : "https://";
    unsigned n = 1 + pick(14);

    while (n--) {
        text = apr_pstrcat(pool, text, tokens[pick(COUNT(tokens))], NULL);
    }
    return text;
}

static void garbage(void)
{
    apr_pool_t *outer = pool;
    unsigned i, k, n;

    begin(5);
    for (i = 0; i < GARBAGE; i++) {
        char bytes[24];

        n = 1 + pick(sizeof(bytes) - 1);
        apr_pool_create(&pool, outer);
        must_be_true(pick_garbage());
        for (k = 0; k < n; k++) {
            bytes[k] = (char)(1 + pick(pick(4) ? 127 : 255));
        }
        bytes[n] = '\0';
        must_be_true(bytes);
        apr_pool_destroy(pool);
        pool = outer;
    }
}

/* Large ones: the work is bounded, and what was left out is said. */
static void large(void)
{
    cors_probe_t result;
    const char *many = repeat("|a\\.example", 3000);

    begin(6);
    probe(apr_pstrcat(pool, "https://(b\\.example", many, ")", NULL), &result);
    assert_int_equal(result.verdict, CORS_PROBE_NARROW);
    assert_int_equal(result.unfinished, 0);
    /* The one that is wrong stands near the end. */
    probe(apr_pstrcat(pool, "https://(b\\.example", many, "|c.example)", NULL),
          &result);
    assert_int_equal(result.verdict, CORS_PROBE_BROAD);
    assert_text(result.accepted, "https://cxexample");
    probe(apr_pstrcat(pool, "https://a\\.example", repeat("(?:b?c?)?", 3000),
                      NULL), &result);
    assert_int_equal(result.unfinished, 1);
    must_be_true(apr_pstrcat(pool, "https://", repeat("(", 200), "a",
                             repeat("?)*", 200), "\\.example", NULL));
    must_be_true(apr_pstrcat(pool, "https://", repeat("a", 400), "\\.com",
                             NULL));
    must_be_true(apr_pstrcat(pool, "https://.{300,}\\.com", NULL));
    must_be_true("https://(?:(?:){200}){200}a\\.com");
}

static const case_t cases[] = {
    {"a set of origins, escaped, is narrow", escaped_sets},
    {"so it is with the scheme before a group", common_scheme},
    {"with any single backslash taken out it is not", bare_dots},
    {"nor with something open beside a name", open_ends},
    {"what is said about garbage is true", garbage},
    {"the work is bounded", large},
};

static const table_t tables[] = {CASES(cases)};

int main(void)
{
    return run_tables(tables, COUNT(tables));
}
