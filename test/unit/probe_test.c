/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe_test.c: what an expression accepts beyond what it was written for
 * (spec.md, section 5).
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "engine/probe.h"
#include "engine/suffix.h"

static cors_regex_t *compile(const char *text)
{
    const char *error = NULL;
    cors_regex_t *regex = cors_regex_compile(text, pool, &error);

    if (!regex) {
        fail_msg("%s: %s", text, error);
    }
    return regex;
}

static int has_list(void)
{
    cors_suffix_load(pool);
    return cors_public_suffix("com") != CORS_SUFFIX_NO;
}

/* ---- narrow ------------------------------------------------------------- */

typedef struct narrow_row_t {
    const char *rule;
    const char *sample;         /* an origin that it accepts, made from it */
    const char *http;           /* the same with http:, if that is insecure */
    const char *app;            /* the same, if every host of the scheme is */
} narrow_row_t;

#define NARROW(regex, sample) {regex, sample, NULL, NULL}

/* The rule is the expression. */
static const narrow_row_t narrow[] = {
    NARROW("https://app\\.example\\.com", "https://app.example.com"),
    NARROW("^https://app\\.example\\.com$", "https://app.example.com"),
    NARROW("\\Ahttps://app\\.example\\.com\\z", "https://app.example.com"),
    NARROW("(?i)https://APP\\.example\\.com", "https://app.example.com"),
    NARROW("(?x) https:// app \\. example \\. com # ours",
           "https://app.example.com"),
    NARROW("\\Qhttps://app.example.com\\E", "https://app.example.com"),
    NARROW("\\Qhttps://[::1]\\E(:\\d+)?", "https://[::1]"),
    NARROW("https://app[.]example[.]com", "https://app.example.com"),
    NARROW("https://app\\x2eexample\\056com", "https://app.example.com"),
    NARROW("https://(www\\.)?(a\\.com|b\\.com)", "https://a.com"),
    NARROW("https://a\\.com|https://b\\.com", "https://a.com"),
    NARROW("(https://a\\.com)+", "https://a.com"),
    NARROW("https://example\\.(com|net|org)", "https://example.com"),
    NARROW("https://colou?r\\.com", "https://color.com"),
    NARROW("https://app[0-9]\\.com", "https://app0.com"),
    /* Names below one's own. */
    NARROW("https://[a-z0-9-]+\\.example\\.com", "https://evil.example.com"),
    NARROW("https://([a-z0-9-]+\\.)*example\\.com", "https://example.com"),
    NARROW("https://(.+\\.)?example\\.com", "https://example.com"),
    NARROW("https://(.*\\.)?example\\.com", "https://example.com"),
    NARROW("https://[^.]+\\.example\\.com", "https://evil.example.com"),
    NARROW("https://.*\\.example\\.com", "https://evil.example.com"),
    NARROW("https://\\w+\\.example\\.co\\.uk", "https://evil.example.co.uk"),
    NARROW("https://[[:alnum:]-]+\\.example\\.com",
           "https://evil.example.com"),
    NARROW("https://(?<sub>[a-z]+)\\.example\\.com",
           "https://evil.example.com"),
    NARROW("https://[a-z]+-app\\.example\\.com",
           "https://evil-app.example.com"),
    NARROW("https://app-\\d+\\.example\\.com", "https://app-0.example.com"),
    NARROW("https://(?:[a-z0-9-]+\\.){0,2}example\\.com",
           "https://example.com"),
    NARROW("https://.\\.example\\.com", "https://x.example.com"),
    NARROW("https://(?!evil)[a-z]+\\.example\\.com",
           "https://qzxe.example.com"),
    NARROW("https://[a-z]+\\.s3\\.[a-z0-9-]+\\.amazonaws\\.com",
           "https://evil.s3.evil.amazonaws.com"),
    /* No list has corp: it is somebody's own. */
    NARROW("https://[a-z]+\\.corp", "https://evil.corp"),
    /* One's own name at a provider. */
    NARROW("https://myapp-[a-z0-9-]+\\.vercel\\.app",
           "https://myapp-evil.vercel.app"),
    NARROW("https://[a-z0-9-]+-myteam\\.vercel\\.app",
           "https://evil-myteam.vercel.app"),
    NARROW("https://pr-\\d+--mysite\\.netlify\\.app",
           "https://pr-0--mysite.netlify.app"),
    /* Ports, and loopback over http:. */
    NARROW("https://app\\.example\\.com(:\\d+)?", "https://app.example.com"),
    NARROW("https://example\\.com:.*", "https://example.com:8"),
    NARROW("https?://localhost(:[0-9]+)?", "https://localhost"),
    NARROW("http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:\\d+)?",
           "http://localhost"),
    NARROW("(?:https?|capacitor|ionic)://localhost", "https://localhost"),
    NARROW("app://obsidian\\.md", "app://obsidian.md"),
    /* An address has no look-alikes: 10x0.0.1 is no host. */
    NARROW("https://10.0.0.1", "https://10.0.0.1"),
    NARROW("https://10\\.0\\.0\\.\\d[a-z]?", "https://10.0.0.0"),
    /* What else there is to know. */
    {"http[s]?:\\/\\/(www\\.)?example\\.com", "https://example.com",
     "http://example.com", NULL},
    {"http(s)?://(localhost|example\\.com)(:\\d+)?", "https://localhost",
     "http://example.com", NULL},
    {"(https?://)?example\\.com", "https://example.com", "http://example.com",
     NULL},
    {"https://a\\.com|http://b\\.com", "https://a.com", "http://b.com", NULL},
    {"http://192\\.168\\.\\d+\\.\\d+(:\\d+)?", "http://192.168.0.0",
     "http://192.168.0.0", NULL},
    {"http://\\[fd00::[0-9a-f:]+\\]", "http://[fd00::8]", "http://[fd00::8]",
     NULL},
    {"chrome-extension://[a-p]{32}",
     "chrome-extension://eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee", NULL,
     "chrome-extension://eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"},
    /* No browser ever sends what these match. */
    NARROW("https://example\\.com/", NULL),
    NARROW("https://Example\\.com", NULL),
    NARROW("^https://", NULL),
    NARROW("(^|\\.)example\\.com$", NULL),
    NARROW("https://example\\.com\\s", NULL),
    NARROW("", NULL),
    /* Never given to an expression, so not made from one. */
    NARROW("null|file://", NULL),
};

static void check_narrow(void **state)
{
    const narrow_row_t *row = *state;
    cors_probe_t result;

    has_list();
    cors_probe(compile(row->rule), pool, &result);
    assert_text(result.accepted, NULL);
    assert_int_equal(result.verdict, CORS_PROBE_NARROW);
    assert_text(result.advice, NULL);
    assert_text(result.sample, row->sample);
    assert_text(result.http, row->http);
    assert_text(result.app, row->app);
    assert_int_equal(result.unfinished, 0);
    assert_int_equal(result.is_provider, 0);
}

/* ---- broad -------------------------------------------------------------- */

typedef struct broad_row_t {
    const char *rule;
    const char *accepted;
    const char *advice;
} broad_row_t;

static const broad_row_t broad[] = {
    /* A dot as any character. */
    {"https://app.example.com", "https://appxexample.com",
     "https://app\\.example\\.com"},
    {"https://app.example\\.com", "https://appxexample.com",
     "https://app\\.example\\.com"},
    {"https://app\\.example.com", "https://app.examplexcom",
     "https://app\\.example\\.com"},
    {"http(s)?://(www\\.)?(a\\.com|b.com)$", "https://bxcom",
     "http(s)?://(www\\.)?(a\\.com|b\\.com)$"},
    {"https://[a-z]+.example\\.com", "https://evilxexample.com",
     "https://[a-z]+\\.example\\.com"},
    {"https://.*.example.com", "https://evilxexample.com",
     "https://.*\\.example\\.com"},
    {"(https?://)?(a\\.com|b.com)", "https://bxcom",
     "(https?://)?(a\\.com|b\\.com)"},
    {"https://(?i)Example.COM", "https://examplexcom",
     "https://(?i)Example\\.COM"},
    {"capacitor://app.local", "capacitor://appxlocal",
     "capacitor://app\\.local"},
    {"https://(a\\.com|b\\.com.)", "https://b.comx",
     "https://(a\\.com|b\\.com\\.)"},
    {"https://(?!evil)app.example\\.com", "https://appxexample.com", NULL},
    /* A prefix glued on. */
    {"https://.*example\\.com", "https://evilexample.com",
     "https://(?:.+\\.)?example\\.com"},
    {"https://[^/]*example\\.com", "https://evilexample.com",
     "https://(?:[^/]+\\.)?example\\.com"},
    {"https?://.+example\\.com(:\\d+)?", "https://evilexample.com",
     "https?://(?:.+\\.)?example\\.com(:\\d+)?"},
    {".*example\\.com", "https://evilexample.com",
     "https://(?:.+\\.)?example\\.com"},
    {".*\\.example\\.com", "evil://evil.example.com",
     "https://.+\\.example\\.com"},
    {"https://(.*)?(\\.)?example\\.com", "https://evilexample.com",
     "https://((?:.+\\.)?)?(\\.)?example\\.com"},
    {"https://.*\\bexample\\.com", "https://evil-example.com", NULL},
    {"https://[^a-z]*\\bexample\\.com", "https://0000-example.com", NULL},
    {"https://(\\w+[.-])?example\\.com", "https://evil-example.com", NULL},
    {"https://(?!.*evil)[^/]*example\\.com", "https://qzxexample.com", NULL},
    {"https://\\PN*example\\.com", "https://evilexample.com",
     "https://(?:\\PN+\\.)?example\\.com"},
    {"https://[^a-z]*(dev\\.|)example\\.com", "https://0000example.com",
     "https://(?:[^a-z]+\\.)?(dev\\.|)example\\.com"},
    {"https://[a-z]*([a-z]+\\.)*example\\.com:.*",
     "https://evilexample.com:8",
     "https://(?:[a-z]+\\.)?([a-z]+\\.)*example\\.com:.*"},
    {".*-example\\.com", "https://evil-example.com", NULL},
    {"https://.*localhost", "https://evillocalhost",
     "https://(?:.+\\.)?localhost"},
    {"https://.*app\\.corp", "https://evilapp.corp",
     "https://(?:.+\\.)?app\\.corp"},
    {"https://.*10\\.0\\.0\\.1", "https://110.0.0.1",
     "https://(?:.+\\.)?10\\.0\\.0\\.1"},
    /* A suffix glued on. */
    {"https://example\\.com.*", "https://example.com.evil.invalid",
     "https://example\\.com(:[0-9]+)?"},
    {"https://example\\.com[^/]*", "https://example.com.evil.invalid",
     "https://example\\.com(:[0-9]+)?"},
    {"https?://localhost.*", "https://localhost.evil.invalid",
     "https?://localhost(:[0-9]+)?"},
    {"https://(a|b|c|d|e|f.*)\\.com", "https://fevil.com", NULL},
    {"https://(a\\.com|b\\.com|c\\.com|d\\.com|e\\.com.*)",
     "https://e.com.evil.invalid",
     "https://(a\\.com|b\\.com|c\\.com|d\\.com|e\\.com(:[0-9]+)?)"},
    {"https://(a\\.com|b\\.com|c\\.com|d\\.com|e\\..*)",
     "https://e.evil.invalid", NULL},
    {"https://192\\.168\\..*", "https://192.168.evil.invalid", NULL},
    {"https://example\\.co[a-z]*", "https://example.coevil", NULL},
    {"https://example\\.[a-z]{2,3}", "https://example.evi", NULL},
    /* Another scheme. */
    {"\\w+://example\\.com", "evil://example.com", NULL},
    /* Below a registry's suffix. */
    {"https://.*\\.com", "https://modcorsprobe.com", NULL},
    {"https://[a-z.]+\\.com", "https://modcorsprobe.com", NULL},
    {"https://\\w+\\.co\\.uk", "https://evil.co.uk", NULL},
    {"https://app[a-z]*\\.com", "https://appevil.com", NULL},
    {"https://app[0-9][0-9]\\.com", "https://app00.com", NULL},
    /* Half an advice is none. */
    {"https://app.example\\.com|https://go+gle\\.com",
     "https://appxexample.com", NULL},
    {"https://go+gle\\.com", "https://goooogle.com", NULL},
    {"https://(a|b){8}\\.com", "https://aaaaaaaa.com", NULL},
    {"https://52\\.\\d+\\.\\d+\\.\\d+", "https://52.0.0.0", NULL},
    /* What the tree does not follow: from the literals. */
    {"https://(?=.*example)[a-z.]+", "https://evilexample", NULL},
    {"(.)*example\\.com", "https://evilexample.com", NULL},
};

static void check_broad(void **state)
{
    const broad_row_t *row = *state;
    cors_probe_t result;

    has_list();
    cors_probe(compile(row->rule), pool, &result);
    assert_text(result.accepted, row->accepted);
    assert_int_equal(result.verdict, CORS_PROBE_BROAD);
    assert_text(result.advice, row->advice);
    assert_int_equal(result.is_provider, 0);
}

/* Only where the list is, and only because of it. */
static const broad_row_t providers[] = {
    {"https://[a-z0-9-]+\\.vercel\\.app", "https://evil.vercel.app", NULL},
    {"^https://([a-zA-Z0-9-]+\\.)*vercel\\.app$", "https://evil.vercel.app",
     NULL},
    {"https://.*myapp\\.vercel\\.app", "https://evilmyapp.vercel.app",
     "https://(?:.+\\.)?myapp\\.vercel\\.app"},
    {"https://pr-\\d+\\.github\\.io", "https://pr-0.github.io", NULL},
};

static void check_provider(void **state)
{
    const broad_row_t *row = *state;
    cors_probe_t result;

    cors_probe(compile(row->rule), pool, &result);
    assert_int_equal(result.verdict, CORS_PROBE_NARROW);
    if (!has_list()) {
        skip();
    }
    cors_probe(compile(row->rule), pool, &result);
    assert_text(result.accepted, row->accepted);
    assert_int_equal(result.verdict, CORS_PROBE_BROAD);
    assert_text(result.advice, row->advice);
    assert_int_equal(result.is_provider, 1);
}

/* ---- any, cost ---------------------------------------------------------- */

typedef struct verdict_row_t {
    const char *rule;
    cors_probe_e verdict;
} verdict_row_t;

static const verdict_row_t verdicts[] = {
    {".*", CORS_PROBE_ANY},
    {".+", CORS_PROBE_ANY},
    {"(.*)", CORS_PROBE_ANY},
    {"^(.*)$", CORS_PROBE_ANY},
    {"(https?://.*)?", CORS_PROBE_ANY},
    {"https://.+", CORS_PROBE_ANY},
    {"https://[^/]+", CORS_PROBE_ANY},
    {"https?://.*", CORS_PROBE_ANY},
    {"\\w+://.*", CORS_PROBE_ANY},
    {"https://[a-z]+\\.[a-z]+", CORS_PROBE_ANY},
    {"https://[a-z0-9-]+\\.[a-z]{2,3}", CORS_PROBE_ANY},
    {"https://([a-z0-9-]+\\.)+[a-z]{2,}", CORS_PROBE_ANY},
    {"https://[a-z]+", CORS_PROBE_ANY},
    {"http://\\d+\\.\\d+\\.\\d+\\.\\d+", CORS_PROBE_ANY},
    {"https://a\\.com|https://.+", CORS_PROBE_ANY},
    {"https://(a+)+\\.example\\.com", CORS_PROBE_COST},
    {"https://([a-z]+-?)+\\.example\\.com", CORS_PROBE_COST},
    {"https://(.*\\.)*example\\.com", CORS_PROBE_COST},
    {"(x+x+)+y", CORS_PROBE_COST},
    {"https://(?:a|b|(?:[a-z]+)*)x\\.com", CORS_PROBE_COST},
    {"(*NO_JIT)https://(a+)+\\.example\\.com", CORS_PROBE_COST},
    {"https://a*a*a*a*a*a*b\\.com", CORS_PROBE_COST},
    {"(a+)+b|.*", CORS_PROBE_COST},
};

static void check_verdict(void **state)
{
    const verdict_row_t *row = *state;
    cors_probe_t result;

    has_list();
    cors_probe(compile(row->rule), pool, &result);
    assert_int_equal(result.verdict, row->verdict);
    assert_non_null(result.accepted);
    assert_null(result.advice);
    assert_true(strlen(result.accepted) <= 320);
}

/* ---- nobody ------------------------------------------------------------- */

typedef struct nobody_row_t {
    const char *rule;
    int nobody;
} nobody_row_t;

static const nobody_row_t nobodies[] = {
    {"app\\.example\\.com", 1},
    {"(^|\\.)example\\.com$", 1},
    {"(www\\.)?(a|b)\\.example", 1},
    {"[a-z0-9]+\\.example", 1},
    {"https//a\\.example", 1},
    {"https://a\\.example", 0},
    {"https[:]//a\\.example", 0},
    {"https[^a-z]//a\\.example", 0},
    {"https\\x3a//a\\.example", 0},
    {"https\\W//a\\.example", 0},
    {"https.//a\\.example", 0},
    {"(a|b|(c|https:))//a\\.example", 0},
    {".*example\\.com", 0},
    /* It is not understood, so nothing is said of it. */
    {"(?(?=h)https\\72//a|b)\\.example", 0},
    /* As narrow, but for another reason. */
    {"https://a\\.example/", 0},
    {"https[:]//a\\.example/", 0},
};

static void check_nobody(void **state)
{
    const nobody_row_t *row = *state;
    cors_probe_t result;

    cors_probe(compile(row->rule), pool, &result);
    assert_int_equal(result.nobody, row->nobody);
}

/* ---- without a list ------------------------------------------------------ */

static void without_list(void)
{
    static const char *const still[] = {
        "https://.*example\\.com", "https://.*example\\.co\\.uk",
        "https://example\\.com.*", "https://a.com", "https://[a-z]+\\.com",
        "https://[a-z]+\\.co\\.uk", "https://app-[a-z]+\\.io",
    };
    cors_probe_t result;
    size_t i;

    for (i = 0; i < COUNT(still); i++) {
        cors_probe(compile(still[i]), pool, &result);
        assert_int_equal(result.verdict, CORS_PROBE_BROAD);
    }
}

static const case_t cases[] = {
    {"without a public suffix list look-alikes are still found",
     without_list},
};

static const table_t tables[] = {
    TABLE(narrow, check_narrow),
    TABLE(broad, check_broad),
    TABLE(providers, check_provider),
    TABLE(verdicts, check_verdict),
    TABLE(nobodies, check_nobody),
    CASES(cases),
};

int main(void)
{
    return run_tables(tables, COUNT(tables));
}
