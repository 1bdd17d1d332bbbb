/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origins_test.c: what is risky in a list (spec.md, section 5), for every set
 * of tolerances, with credentials and without.
 */
#include "support.h"

#include <string.h>

#include "apr_strings.h"

#include "engine/origins.h"
#include "engine/suffix.h"

static const cors_where_t entry_line = {"entry", 1};
static const cors_where_t credentials_line = {"credentials", 2};

#define INSECURE CORS_TOLERATE_INSECURE
#define SUFFIXES CORS_TOLERATE_SUFFIXES
#define NULLS CORS_TOLERATE_NULL
#define BROAD CORS_TOLERATE_BROAD

typedef struct risk_row_t {
    const char *rule;
    const char *entry;
    int is_regex;
    cors_finding_e without, with;   /* credentials; 0: nothing is found */
    unsigned lifts_without, lifts_with;     /* the tolerance that lifts it */
    int may_change;
} risk_row_t;

#define NEVER(rule, entry) {rule, entry, 0, 0, 0, 0, 0, 0}
#define HTTP(rule, entry) \
    {rule, entry, 0, 0, CORS_F_INSECURE_WITH_CREDENTIALS, 0, INSECURE, 0}
#define SUFFIX(rule, entry, may_change) \
    {rule, entry, 0, CORS_F_SUFFIX, CORS_F_SUFFIX_WITH_CREDENTIALS, \
     SUFFIXES, SUFFIXES, may_change}
#define ANY_REGEX(rule, entry) \
    {rule, entry, 1, CORS_F_REGEX_BROAD, CORS_F_REGEX_ANY_WITH_CREDENTIALS, \
     BROAD, 0, 0}

static const risk_row_t risks[] = {
    NEVER("https", "https://app.example.com"),
    NEVER("https on any port", "https://app.example.com:*"),
    NEVER("https subdomains of one's own domain", "https://*.example.com"),
    NEVER("an application", "app://obsidian.md"),
    NEVER("an application on any port", "tauri://localhost:*"),
    {"null", "null", 0, CORS_F_NULL_UNTOLERATED, CORS_F_NULL_WITH_CREDENTIALS,
     NULLS, 0, 0},
    {"all hosts of an application scheme", "moz-extension://*", 0, 0,
     CORS_F_SCHEME_WITH_CREDENTIALS, 0, BROAD, 0},
    {"* with credentials, tolerated or not", "*", 0, 0,
     CORS_F_ANY_WITH_CREDENTIALS, 0, 0, 0},
    HTTP("http", "http://app.example.com"),
    HTTP("http on a port", "http://app.example.com:8080"),
    HTTP("http on any port", "http://app.example.com:*"),
    HTTP("http subdomains", "http://*.example.com"),
    HTTP("http subdomains on any port", "http://*.example.com:*"),
    HTTP("http and an IPv4 address", "http://192.0.2.1"),
    HTTP("http and an IPv6 address", "http://[2001:db8::1]"),
    HTTP("http and a host like loopback", "http://127.0.0.1.example"),
    HTTP("http and a name like localhost", "http://notlocalhost"),
    /* "loopback aside: localhost, *.localhost, 127.0.0.0/8, [::1]" */
    NEVER("localhost", "http://localhost:3000"),
    NEVER("localhost on any port", "http://localhost:*"),
    NEVER("a name below localhost", "http://app.localhost"),
    NEVER("every name below localhost", "http://*.localhost"),
    NEVER("every name below localhost on any port", "http://*.localhost:*"),
    NEVER("127.0.0.1", "http://127.0.0.1"),
    NEVER("127.255.255.254", "http://127.255.255.254:8080"),
    NEVER("[::1]", "http://[::1]:*"),
#ifdef HAVE_LIBPSL
    SUFFIX("a top-level domain", "https://*.com", 0),
    SUFFIX("a registry's suffix", "https://*.co.uk", 0),
    SUFFIX("on a port", "https://*.co.kr:8443", 0),
    SUFFIX("on any port", "https://*.com:*", 0),
    SUFFIX("with a trailing dot", "https://*.com.", 0),
    SUFFIX("below a wildcard rule (*.ck)", "https://*.ck", 0),
    SUFFIX("a name that a wildcard rule covers", "https://*.abc.ck", 0),
    NEVER("a wildcard rule's exception (!www.ck)", "https://*.www.ck"),
    SUFFIX("a provider's suffix", "https://*.github.io", 1),
    /* "libpsl without its default * rule" */
    NEVER("an unlisted top-level domain", "https://*.corp"),
    NEVER("an exact origin that is a suffix", "https://github.io"),
    NEVER("a domain below a suffix", "https://*.example.co.uk"),
    NEVER("a suffix as a part of a name", "https://*.notgithub.io"),
#endif
    ANY_REGEX("everything", ".*"),
    ANY_REGEX("every https origin", "https://.+"),
    ANY_REGEX("everything but one", "(?!https://evil\\.test).*"),
};

/* Errors are faults of the sealed list; what a system's update can bring is
 * reported but takes nothing away. */
static cors_finding_e fault_of(const risk_row_t *row, cors_finding_e id)
{
    return cors_finding_is_error(id) && !row->may_change ? id : 0;
}

static void check_report(const risk_row_t *row, const cors_origins_t *list,
                         const cors_where_t *credentials, cors_finding_e id)
{
    cors_findings_t *findings = cors_findings_make(pool);
    const cors_finding_t *f;

    cors_origins_report(list, credentials, findings);
    assert_int_equal(findings->list->nelts, id != 0);
    if (!id) {
        return;
    }
    f = &APR_ARRAY_IDX(findings->list, 0, const cors_finding_t);
    assert_text(cors_finding_name(f->id), cors_finding_name(id));
    assert_int_equal(f->is_error, cors_finding_is_error(id));
    assert_int_equal(f->may_change, row->may_change);
    assert_text(f->where.file, "entry");
    /* An error names the line that switches credentials on. */
    assert_text(f->other.file, credentials && f->is_error ? "credentials"
                                                          : NULL);
    /* An expression keeps its backslashes. */
    assert_non_null(strstr(f->text, row->entry));
}

static void check_risk(void **state)
{
    const risk_row_t *row = *state;
    unsigned tolerate;

    cors_suffix_load(pool);
    for (tolerate = 0; tolerate < 16; tolerate++) {
        cors_findings_t *findings = cors_findings_make(pool);
        /* CORSTolerate may come last: it is read when sealing. */
        unsigned late = 0;
        cors_origins_t *list = cors_origins_make(pool, &entry_line, &late, 0);
        cors_finding_e without = tolerate & row->lifts_without
                                     ? 0 : row->without;
        cors_finding_e with = tolerate & row->lifts_with ? 0 : row->with;

        if (row->is_regex) {
            cors_origins_add_regex(list, row->entry, &entry_line, findings);
        }
        else {
            cors_origins_add(list, row->entry, &entry_line, findings);
        }
        late = tolerate;
        cors_origins_seal(list);
        assert_int_equal(findings->list->nelts, 0);
        assert_text(cors_finding_name(list->fault.id),
                    cors_finding_name(fault_of(row, without)));
        assert_text(cors_finding_name(list->with_credentials.id),
                    cors_finding_name(fault_of(row, with)));
        check_report(row, list, NULL, without);
        check_report(row, list, &credentials_line, with);
    }
}

/* "No check of breadth, nor CORSTolerate, applies to CORSDenyOrigin." */
static void check_deny(void **state)
{
    const risk_row_t *row = *state;
    unsigned none = 0;
    cors_findings_t *findings = cors_findings_make(pool);
    cors_origins_t *list = cors_origins_make(pool, &entry_line, &none, 1);

    if (row->is_regex) {
        return;
    }
    cors_suffix_load(pool);
    cors_origins_add(list, row->entry, &entry_line, findings);
    cors_origins_seal(list);
    cors_origins_report(list, &credentials_line, findings);
    assert_int_equal(findings->list->nelts, 0);
    assert_int_equal(list->fault.id, 0);
    assert_int_equal(list->with_credentials.id, 0);
    assert_int_equal(cors_origin_set_count(list->set), 1);
}

/* ---- more than one entry ------------------------------------------------ */

static cors_origins_t *make(const char *const *entries, unsigned *tolerate,
                            cors_findings_t *findings)
{
    cors_origins_t *list = cors_origins_make(pool, &entry_line, tolerate, 0);

    for (; *entries; entries++) {
        cors_where_t *where = apr_pmemdup(pool, &entry_line, sizeof(*where));

        where->line = (int)cors_origin_set_count(list->set) + 1;
        cors_origins_add(list, *entries, where, findings);
    }
    return list;
}

/* "all faults in one run": each entry's, and each with its own line. */
static void all_told(void)
{
    static const char *const entries[] = {
        "http://a.example", "https://b.example", "app://*",
        "http://localhost", "http://c.example", NULL
    };
    static const int lines[] = {1, 3, 5};
    unsigned tolerate = 0;
    cors_findings_t *findings = cors_findings_make(pool);
    cors_origins_t *list = make(entries, &tolerate, NULL);
    int i;

    cors_origins_seal(list);
    cors_origins_report(list, NULL, findings);
    assert_int_equal(findings->list->nelts, 0);
    cors_origins_report(list, &credentials_line, findings);
    assert_int_equal(findings->errors, 3);
    for (i = 0; i < 3; i++) {
        assert_int_equal(
            APR_ARRAY_IDX(findings->list, i, cors_finding_t).where.line,
            lines[i]);
    }
    cors_origins_report(list, &credentials_line, NULL);
}

/* One entry may be at fault for two reasons, each tolerated alone. */
static void two_risks(void)
{
#ifdef HAVE_LIBPSL
    static const char *const entries[] = {"http://*.com", NULL};
    unsigned tolerate;

    cors_suffix_load(pool);
    for (tolerate = 0; tolerate < 4; tolerate++) {
        cors_findings_t *findings = cors_findings_make(pool);
        cors_origins_t *list = make(entries, &tolerate, NULL);

        cors_origins_seal(list);
        cors_origins_report(list, &credentials_line, findings);
        assert_int_equal(findings->errors,
                         !(tolerate & INSECURE) + !(tolerate & SUFFIXES));
        assert_int_equal(list->with_credentials.id != 0, tolerate != 3);
    }
#else
    skip();
#endif
}

static void duplicate(void)
{
    static const char *const entries[] = {
        "https://a.example", "https://b.example", "https://a.example", NULL
    };
    unsigned tolerate = 0;
    cors_findings_t *findings = cors_findings_make(pool);
    const cors_finding_t *f;

    make(entries, &tolerate, findings);
    assert_int_equal(findings->list->nelts, 1);
    f = &APR_ARRAY_IDX(findings->list, 0, const cors_finding_t);
    assert_int_equal(f->id, CORS_F_DUPLICATE);
    assert_int_equal(f->is_error, 0);
    assert_int_equal(f->where.line, 3);
    assert_int_equal(f->other.line, 1);
}

/* "A bad entry never widens the rest." */
static void bad_entries(void)
{
    static const char *const entries[] = {
        "https://a.example/", "https://*", "a.example", "https://b.example",
        "", "https://b.example:0", NULL
    };
    unsigned tolerate = 0;
    cors_findings_t *findings = cors_findings_make(pool);
    cors_origins_t *list = make(entries, &tolerate, findings);

    cors_origins_add_regex(list, "a)|(.*", &entry_line, findings);
    cors_origins_add_regex(list, "https://(b|", &entry_line, findings);
    cors_origins_seal(list);
    assert_int_equal(findings->errors, 7);
    assert_int_equal(cors_origin_set_count(list->set), 1);
    assert_text(list->single, "https://b.example");
}

static void narrow_regex(void)
{
    unsigned tolerate = 0;
    cors_findings_t *findings = cors_findings_make(pool);
    cors_origins_t *list = cors_origins_make(pool, &entry_line, &tolerate, 0);

    cors_origins_add_regex(list, "https://a\\.example", &entry_line,
                           findings);
    assert_int_equal(findings->list->nelts, 0);
    assert_int_equal(cors_origin_set_count(list->set), 1);
}

/* The lines of each contradiction. */
static void contradictions(void)
{
    static const char *const any[] = {"https://a.example", "*", NULL};
    static const cors_where_t none = {"none", 9};
    unsigned tolerate = 0;
    cors_findings_t *findings = cors_findings_make(pool);
    cors_origins_t *list = make(any, &tolerate, NULL);
    const cors_finding_t *f;

    cors_origins_seal(list);
    cors_origins_seal(list);
    cors_origins_report(list, NULL, findings);
    assert_int_equal(findings->list->nelts, 1);
    f = &APR_ARRAY_IDX(findings->list, 0, const cors_finding_t);
    assert_int_equal(f->id, CORS_F_ANY_BESIDE_OTHERS);
    assert_int_equal(f->where.line, 2);
    assert_int_equal(f->other.line, 1);

    list = make(any + 1, &tolerate, NULL);
    list->none = &none;
    cors_origins_seal(list);
    findings = cors_findings_make(pool);
    cors_origins_report(list, NULL, findings);
    assert_int_equal(findings->list->nelts, 1);
    f = &APR_ARRAY_IDX(findings->list, 0, const cors_finding_t);
    assert_int_equal(f->id, CORS_F_NONE_BESIDE_OTHERS);
    assert_int_equal(f->where.line, 9);
    assert_int_equal(f->other.line, 1);
}

/* Look-alikes of an expression's own literals: probe_test.c finds them, here
 * they are judged. */
static void look_alikes(void)
{
    unsigned tolerate;
    int credentials;

    for (tolerate = 0; tolerate < 16; tolerate++) {
        cors_origins_t *list = cors_origins_make(pool, &entry_line, &tolerate,
                                                 0);
        cors_risk_t *risk;

        list->risks = apr_array_make(pool, 1, sizeof(*risk));
        risk = apr_array_push(list->risks);
        memset(risk, 0, sizeof(*risk));
        risk->risk = CORS_RISK_REGEX_BROAD;
        risk->text = "https://a.example";
        risk->where = &entry_line;
        risk->advice = "write the dot as 100% \\.";
        cors_origins_seal(list);
        assert_int_equal(list->fault.id, 0);
        assert_int_equal(list->with_credentials.id,
                         tolerate & BROAD
                             ? 0 : CORS_F_REGEX_BROAD_WITH_CREDENTIALS);
        for (credentials = 0; credentials < 2; credentials++) {
            cors_findings_t *findings = cors_findings_make(pool);
            const cors_finding_t *f;

            cors_origins_report(list, credentials ? &credentials_line : NULL,
                                findings);
            assert_int_equal(findings->list->nelts, !(tolerate & BROAD));
            assert_int_equal(findings->errors,
                             credentials && !(tolerate & BROAD));
            if (!(tolerate & BROAD)) {
                f = &APR_ARRAY_IDX(findings->list, 0, const cors_finding_t);
                assert_non_null(strstr(f->text, risk->advice));
            }
        }
    }
}

static const case_t lists[] = {
    {"each risky entry is told, with its line", all_told},
    {"two risks of one entry", two_risks},
    {"an entry twice", duplicate},
    {"bad entries are not in the list", bad_entries},
    {"an expression without a risk", narrow_regex},
    {"an expression that accepts look-alikes", look_alikes},
    {"contradictions name both lines", contradictions},
};

int main(void)
{
    static const table_t tables[] = {
        TABLE(risks, check_risk),
        {"denied_risks", risks, sizeof(risks[0]), COUNT(risks), check_deny},
        CASES(lists),
    };

    return run_tables(tables, COUNT(tables));
}
