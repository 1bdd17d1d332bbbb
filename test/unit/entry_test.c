/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entry_test.c: which origins an entry holds (spec.md, section 1,
 * CORSAllowOrigin), alone and among others of every kind.
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "engine/origins.h"
#include "sets.h"

typedef struct match_row_t {
    const char *rule;
    const char *entry;
    const char *yes[5];
    const char *no[9];
} match_row_t;

static const match_row_t entries[] = {
    {"exact: scheme, host and port, byte by byte", "https://app.example.com",
     {"https://app.example.com"},
     {"http://app.example.com", "https://app.example.com:8443",
      "https://App.example.com", "https://app.example.com.",
      "https://app.example.com/", "https://app.example.co",
      "https://app.example.com.evil.example",
      "https://evil-app.example.com"}},
    {"exact with a port", "https://app.example.com:8443",
     {"https://app.example.com:8443"},
     {"https://app.example.com", "https://app.example.com:844",
      "https://app.example.com:84430"}},
    {"exact with a trailing dot matches only itself", "https://example.com.",
     {"https://example.com."}, {"https://example.com"}},
    {"one or more labels below, never the apex", "https://*.example.com",
     {"https://a.example.com", "https://a.b.c.example.com",
      "https://-.example.com", "https://_.example.com"},
     {"https://example.com", "https://.example.com", "https://xexample.com",
      "https://example.com.evil.example", "http://a.example.com",
      "https://a.example.com:8443", "https://a.example.com.",
      "https://a.example.com.example", "https://a.example.org"}},
    {"subdomains on a port", "https://*.example.com:8443",
     {"https://a.example.com:8443", "https://a.b.example.com:8443"},
     {"https://a.example.com", "https://a.example.com:844",
      "https://example.com:8443", "https://a.example.com:84433"}},
    {"subdomains with a trailing dot", "https://*.example.com.",
     {"https://a.example.com."},
     {"https://a.example.com", "https://example.com."}},
    {"a suffix shorter than a label", "https://*.a.",
     {"https://x.a."}, {"https://xa.", "https://xxa.", "https://a.", "https://x.a"}},
    {"subdomains of one label", "http://*.localhost",
     {"http://a.localhost", "http://a.b.localhost"},
     {"http://localhost", "http://a.localhost:80", "http://alocalhost"}},
    {"a port range, both ends included", "http://localhost:3000-3999",
     {"http://localhost:3000", "http://localhost:3999",
      "http://localhost:3500"},
     {"http://localhost:2999", "http://localhost:4000", "http://localhost",
      "https://localhost:3000", "http://a.localhost:3000",
      "http://localhost.:3000", "http://localhost:03000"}},
    {"a range that holds the default port", "https://a.example:400-500",
     {"https://a.example", "https://a.example:444"},
     {"https://a.example:443", "https://a.example:399",
      "https://a.example:501"}},
    {"any port, the default included", "http://localhost:*",
     {"http://localhost", "http://localhost:1", "http://localhost:65535"},
     {"https://localhost", "http://localhost:0", "http://localhost:65536",
      "http://localhost:", "http://localhost:80", "http://a.localhost:1",
      "http://localhost.evil.example:1"}},
    {"any port of an IPv6 address", "http://[::1]:*",
     {"http://[::1]", "http://[::1]:8080"},
     {"http://[::2]:8080", "http://[::1", "http://[::1]:80"}},
    {"any port below a wildcard host", "https://*.example.com:*",
     {"https://a.example.com", "https://a.b.example.com:8443"},
     {"https://example.com", "https://example.com:8443",
      "http://a.example.com:8443", "https://a.example.com:443",
      "https://a.example.com.:1"}},
    {"a range below a wildcard host", "https://*.example.com:8000-8999",
     {"https://a.example.com:8000", "https://a.example.com:8999"},
     {"https://a.example.com", "https://a.example.com:7999",
      "https://a.example.com:9000", "https://example.com:8000"}},
    {"a range below a wildcard host, default included",
     "https://*.example.com:1-1000", {"https://a.example.com"},
     {"https://a.example.com:1001"}},
    {"an IPv4 address", "http://192.0.2.1",
     {"http://192.0.2.1"},
     {"http://192.0.2.10", "http://192.0.2.1:8080", "http://192.0.2.01",
      "http://0xc0.0.2.1", "http://3221225985", "http://192.0.2.1."}},
    {"an IPv6 address", "https://[2001:db8::1]",
     {"https://[2001:db8::1]"},
     {"https://[2001:0db8::1]", "https://[2001:DB8::1]",
      "https://[2001:db8:0::1]", "https://[2001:db8::1]:8443"}},
    {"an application, byte by byte with its case", "app://Obsidian.md",
     {"app://Obsidian.md"},
     {"app://obsidian.md", "app://Obsidian.md.", "App://Obsidian.md",
      "app://Obsidian.md:1", "https://Obsidian.md"}},
    {"all hosts of an application scheme", "moz-extension://*",
     {"moz-extension://x", "moz-extension://A.b_c-d"},
     {"moz-extension://", "moz-extension2://x", "moz-extensio://x",
      "moz-extension://a/", "moz-extension://a%b", "chrome-extension://x",
      "null", "https://moz-extension"}},
    {"any port of an application, none included", "tauri://localhost:*",
     {"tauri://localhost", "tauri://localhost:1430"},
     {"tauri://localhos", "tauri://localhost2"}},
    /* cors_origins_allow asks these two itself. */
    {"* is not looked at here", "*", {NULL}, {"https://a.example", "null"}},
    {"null is not looked at here", "null", {NULL},
     {"null", "file://", "https://null"}},
};

static void check_entry(void **state)
{
    const match_row_t *row = *state;
    cors_origin_set_t *alone = cors_origin_set_make(pool);
    cors_origin_set_t *crowd = cors_origin_set_make(pool);
    int i;

    add(alone, row->entry, 1);
    /* Others of every kind beside it, more than are compared one by one. */
    for (i = 0; i < 20; i++) {
        add(crowd, apr_psprintf(pool, "https://other%d.test", i), 100);
        add(crowd, apr_psprintf(pool, "http://*.other%d.test", i), 100);
        add(crowd, apr_psprintf(pool, "https://*.other%d.test:*", i), 100);
        add(crowd, apr_psprintf(pool, "http://other%d.test:1-2", i), 100);
        add(crowd, apr_psprintf(pool, "other%d://*", i), 100);
        if (i == 10) {
            add(crowd, row->entry, 1);
        }
    }
    assert_int_equal(cors_origin_set_count(alone), 1);
    assert_int_equal(cors_origin_set_count(crowd), 101);
    for (i = 0; row->yes[i]; i++) {
        assert_int_equal(match(alone, row->yes[i]), 1);
        assert_int_equal(match(crowd, row->yes[i]), 1);
    }
    for (i = 0; row->no[i]; i++) {
        assert_int_equal(match(alone, row->no[i]), 0);
        assert_int_equal(match(crowd, row->no[i]), 0);
    }
}

/* What a deny list or an allow list holds, asked directly. */
static void held(void)
{
    static const char *const any[] = {"*", NULL};
    static const char *const nulls[] = {"null", "https://a.example.", NULL};
    static const cors_where_t here = {"list", 1};
    unsigned tolerate = CORS_TOLERATE_NULL;
    const struct {
        const char *const *entries;
        const char *origin;
        int allow, deny;
    } rows[] = {
        {any, "https://x.example", 1, 1}, {any, "null", 1, 1},
        {any, "file://", 1, 1},           {any, "https://x/", 0, 0},
        {any, "", 0, 0},                  {nulls, "null", 1, 1},
        {nulls, "file://", 1, 1},         {nulls, "https://null", 0, 0},
        {nulls, "https://a.example.", 1, 1},
        {nulls, "https://a.example", 0, 0},
        {nulls, "https://a.example..", 0, 0},
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        cors_origins_t *list = cors_origins_make(pool, &here, &tolerate, 0);
        cors_subject_t subject = {0}, again;
        const char *const *entry;

        for (entry = rows[i].entries; *entry; entry++) {
            cors_origins_add(list, *entry, &here, NULL);
        }
        subject.len = strlen(rows[i].origin);
        subject.text = exactly(rows[i].origin, subject.len);
        subject.scratch = pool;
        again = subject;
        assert_int_equal(cors_origins_allow(list, &subject) != NULL,
                         rows[i].allow);
        assert_int_equal(cors_origins_deny(list, &again) != NULL,
                         rows[i].deny);
    }
}

static const case_t lists[] = {
    {"what * and null hold", held},
};

int main(void)
{
    static const table_t tables[] = {
        TABLE(entries, check_entry),
        CASES(lists),
    };

    return run_tables(tables, COUNT(tables));
}
