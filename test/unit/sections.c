/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sections.c: read directives as httpd/directives.c does.
 */
#include "support.h"

#include "sections.h"

#include <stdlib.h>
#include <string.h>

#include "apr_strings.h"

/* One directive: its words, and where it stands. */
typedef struct line_t {
    cors_settings_t *s;
    apr_hash_t *policies;
    const cors_where_t *where;
    cors_findings_t *findings;
    apr_array_header_t *words;      /* const char * */
} line_t;

#define WORD(line, i) APR_ARRAY_IDX((line)->words, i, const char *)

static const char *words_of(line_t *line, const char *text)
{
    char *last, *copy = apr_pstrdup(pool, text);
    const char *name = apr_strtok(copy, " ", &last), *word;

    line->words = apr_array_make(pool, 4, sizeof(const char *));
    while (name && (word = apr_strtok(NULL, " ", &last)) != NULL) {
        APR_ARRAY_PUSH(line->words, const char *) = word;
    }
    return name;
}

static int is_none(const char *word)
{
    return !strcmp(word, "None");
}

static void allow(line_t *line, int regex)
{
    cors_settings_t *s = line->s;
    int i;

    if (!s->origins) {
        s->origins = cors_origins_make(pool, line->where, &s->tolerate, 0);
    }
    for (i = 0; i < line->words->nelts; i++) {
        if (is_none(WORD(line, i))) {
            s->origins->none = line->where;
        }
        else if (regex) {
            cors_origins_add_regex(s->origins, WORD(line, i), line->where,
                                   line->findings);
        }
        else {
            cors_origins_add(s->origins, WORD(line, i), line->where,
                             line->findings);
        }
    }
}

static const char *asked_so_far = "";

const char *asked(void)
{
    return asked_so_far;
}

/* Answers as its text says. */
static cors_source_answer_e ask(const cors_source_t *source,
                                cors_subject_t *subject,
                                const cors_where_t **where)
{
    const char *says = strchr(source->text, ':') + 1;

    assert_true(subject->parsed);
    assert_int_equal(subject->fault, CORS_ORIGIN_OK);
    assert_int_not_equal(subject->origin.scheme, CORS_SCHEME_NULL);
    assert_ptr_equal(*where, &source->where);
    asked_so_far = apr_pstrcat(pool, asked_so_far, *asked_so_far ? " " : "",
                               source->text, NULL);
    if (!strcmp(says, "!")) {
        return CORS_SOURCE_FAILED;
    }
    return strlen(says) == subject->len
                   && !memcmp(says, subject->text, subject->len)
               ? CORS_SOURCE_YES : CORS_SOURCE_NO;
}

static void allow_from(line_t *line)
{
    cors_settings_t *s = line->s;
    int i;

    if (!s->origins) {
        s->origins = cors_origins_make(pool, line->where, &s->tolerate, 0);
    }
    for (i = 0; i < line->words->nelts; i++) {
        cors_source_t *source = apr_pcalloc(pool, sizeof(*source));

        if (is_none(WORD(line, i))) {
            s->origins->none = line->where;
            continue;
        }
        source->text = WORD(line, i);
        source->where = *line->where;
        source->in_memory = !strncmp(source->text, "file:", 5);
        source->ask = ask;
        cors_origins_add_source(s->origins, source, line->findings);
    }
}

static void deny(line_t *line)
{
    int i;

    for (i = 0; i < line->words->nelts; i++) {
        cors_origins_add(cors_settings_deny_list(line->s, pool, line->where),
                         WORD(line, i), line->where, line->findings);
    }
}

typedef void add_fn(cors_list_t *list, const char *name,
                    const cors_where_t *where, cors_findings_t *findings);

static void names(line_t *line, cors_list_t **list, add_fn *add)
{
    int i;

    if (!*list) {
        *list = cors_list_make(pool, line->where);
    }
    for (i = 0; i < line->words->nelts; i++) {
        if (is_none(WORD(line, i))) {
            (*list)->none = line->where;
        }
        else {
            add(*list, WORD(line, i), line->where, line->findings);
        }
    }
}

/* The word's place among the values, which are in the order of their enum;
 * None is the first, and for CORSEngine a value of its own. */
static void value(line_t *line, cors_value_t **v, const char *values)
{
    const char *word = WORD(line, 0);
    char *last, *copy = apr_pstrdup(pool, values), *name;
    int i = 0;

    *v = apr_pcalloc(pool, sizeof(**v));
    (*v)->where = *line->where;
    (*v)->at_server = !strcmp(line->where->file, "server");
    for (name = apr_strtok(copy, " ", &last); name && strcmp(name, word);
         name = apr_strtok(NULL, " ", &last)) {
        i++;
    }
    (*v)->value = is_none(word) ? 0 : i;
    if (!name && !is_none(word)) {
        fail_msg("%s is none of %s", word, values);
    }
}

static void max_age(line_t *line)
{
    cors_value_t *v = apr_pcalloc(pool, sizeof(*v));

    v->where = *line->where;
    v->value = atoi(WORD(line, 0));
    v->text = is_none(WORD(line, 0)) ? NULL : WORD(line, 0);
    line->s->max_age = v;
}

static void tolerate(line_t *line)
{
    static const char *const checks[] = {"insecure-origins",
                                         "public-suffixes", "null-origin",
                                         "broad-patterns"};
    int i;
    size_t c;

    for (i = 0; i < line->words->nelts; i++) {
        for (c = 0; c < COUNT(checks); c++) {
            if (!strcmp(WORD(line, i), checks[c])) {
                line->s->tolerate |= 1u << c;
                line->s->tolerate_at = line->where;
            }
        }
    }
}

static void use(line_t *line)
{
    cors_settings_t *s = line->s;
    int i;

    if (!s->use) {
        s->use = apr_pcalloc(pool, sizeof(*s->use));
        s->use->where = *line->where;
        s->use->names = apr_array_make(pool, 2, sizeof(const char *));
        s->use->at_server = !strcmp(line->where->file, "server");
        s->cut = 1;
    }
    for (i = 0; i < line->words->nelts; i++) {
        if (is_none(WORD(line, i))) {
            s->use->none = 1;
        }
        else {
            APR_ARRAY_PUSH(s->use->names, const char *) = WORD(line, i);
        }
    }
    s->use->n = s->use->names->nelts;
}

static void read_line(line_t *line, const char *text)
{
    cors_settings_t *s = line->s;
    const char *name = words_of(line, text);

    if (!name) {
        return;
    }
    s->touched = 1;
#define IF(directive, action) \
    if (!strcmp(name, directive)) { \
        action; \
    } \
    else
    IF("AllowOrigin", allow(line, 0))
    IF("AllowOriginMatch", allow(line, 1))
    IF("AllowOriginFrom", allow_from(line))
    IF("DenyOrigin", deny(line))
    IF("AllowCredentials", value(line, &s->credentials, "Off On"))
    IF("SendOrigin", value(line, &s->send_origin, "Matching Always"))
    IF("AllowMethods", names(line, &s->methods, cors_list_add_method))
    IF("AllowHeaders", names(line, &s->headers, cors_list_add_header))
    IF("ExposeHeaders", names(line, &s->expose, cors_list_add_expose))
    IF("MaxAge", max_age(line))
    IF("TimingAllowOrigin", value(line, &s->timing, "Off On"))
    IF("Engine", value(line, &s->engine, "None Off On ReportOnly"))
    IF("Refusal", value(line, &s->refusal, "Silent ForbidUpgrades Forbid"))
    IF("Preflight", value(line, &s->preflight, "204 200 PassThrough"))
    IF("BackendHeaders", value(line, &s->backend, "Replace Keep"))
    IF("Tolerate", tolerate(line))
    IF("UsePolicy", use(line))
    {
        fail_msg("no directive: %s", name);
    }
#undef IF
}

/* Unknown names stay unresolved, as in the module. */
static void resolve(cors_use_t *u, apr_hash_t *policies)
{
    const cors_named_t **found =
        apr_pcalloc(pool, (apr_size_t)(u->n + 1) * sizeof(*found));
    int i;

    for (i = 0; i < u->n; i++) {
        const char *name = APR_ARRAY_IDX(u->names, i, const char *);

        found[i] = apr_hash_get(policies, name, APR_HASH_KEY_STRING);
        if (!found[i]) {
            return;
        }
    }
    cors_use_resolve(u, found, pool);
}

cors_settings_t *read_section(apr_hash_t *policies, const char *file,
                              const char *text)
{
    line_t line = {0};
    char *last, *copy = apr_pstrdup(pool, text), *directive;
    const cors_finding_t *error;
    int n = 0;

    line.s = cors_settings_make(pool);
    line.policies = policies;
    line.findings = cors_findings_make(pool);
    for (directive = apr_strtok(copy, ";", &last); directive;
         directive = apr_strtok(NULL, ";", &last)) {
        cors_where_t *where = apr_pcalloc(pool, sizeof(*where));

        where->file = file;
        where->line = ++n;
        line.where = where;
        read_line(&line, directive);
    }
    error = cors_findings_error(line.findings);
    if (error) {
        fail_msg("%s", error->text);
    }
    if (line.s->use) {
        resolve(line.s->use, policies);
    }
    return line.s;
}

apr_hash_t *read_policies(const char *const *texts, size_t n)
{
    apr_hash_t *policies = apr_hash_make(pool);
    size_t i;

    for (i = 0; i < n && texts[i]; i++) {
        const char *colon = strchr(texts[i], ':');
        cors_named_t *named = apr_pcalloc(pool, sizeof(*named));
        cors_settings_t *s;

        named->name = apr_pstrmemdup(pool, texts[i],
                                     (apr_size_t)(colon - texts[i]));
        s = read_section(policies, named->name, colon + 1);
        cors_settings_seal(s);
        named->settings = s;
        apr_hash_set(policies, named->name, APR_HASH_KEY_STRING, named);
    }
    return policies;
}

const cors_settings_t *read_config(const config_t *config)
{
    static const char *const files[MOST_SECTIONS] = {"1", "2", "3", "4"};
    apr_hash_t *policies = read_policies(config->policies, MOST_POLICIES);
    const cors_settings_t *merged = cors_settings_make(pool);
    int i;

    for (i = 0; i < MOST_SECTIONS && config->sections[i]; i++) {
        cors_settings_t *s = read_section(policies, files[i],
                                          config->sections[i]);

        cors_settings_seal(s);
        merged = cors_settings_merge(pool, merged, s);
    }
    return merged;
}

void make_rules(cors_rules_t *rules, const config_t *config)
{
    cors_rules_make(rules, read_config(config));
}

void make_facts(cors_facts_t *facts, const request_t *request)
{
    memset(facts, 0, sizeof(*facts));
    if (request->origin) {
        facts->origin = request->origin;
        facts->origin_len = strlen(request->origin);
        facts->method = request->method;
        facts->preflight = request->method != NULL;
        facts->headers = request->headers;
    }
}

const char *place(const cors_where_t *where)
{
    return where ? apr_psprintf(pool, "%s:%d", where->file, where->line)
                 : "-";
}

const char *verdict(const cors_rules_t *rules, const request_t *request)
{
    cors_facts_t facts;
    cors_decision_t d;
    const char *name;

    make_facts(&facts, request);
    asked_so_far = "";
    cors_decide(&d, rules, &facts, pool);
    assert_non_null(d.policy);
    name = cors_result_name(cors_decision_result(&d));
    return apr_pstrcat(pool, name ? name : "none", " ", place(d.where), NULL);
}

typedef struct shown_t {
    const char *name;
    const char *text;
} shown_t;

static int show(void *data, const char *name, const char *value)
{
    shown_t *shown = data;

    (void)name;
    shown->text = apr_pstrcat(pool, shown->text, *shown->text ? " " : "",
                              shown->name, "=", value, NULL);
    return 1;
}

const char *show_headers(const apr_table_t *table)
{
    static const char *const headers[][2] = {
        {"Access-Control-Allow-Origin", "origin"},
        {"Access-Control-Allow-Credentials", "credentials"},
        {"Access-Control-Expose-Headers", "expose"},
        {"Access-Control-Allow-Methods", "methods"},
        {"Access-Control-Allow-Headers", "headers"},
        {"Access-Control-Max-Age", "max-age"},
        {"Timing-Allow-Origin", "timing"},
        {"Vary", "vary"},
    };
    shown_t shown = {"", ""};
    size_t i;

    for (i = 0; i < COUNT(headers); i++) {
        shown.name = headers[i][1];
        apr_table_do(show, &shown, table, headers[i][0], NULL);
    }
    return shown.text;
}

const char *answer(const cors_rules_t *rules, const request_t *request)
{
    cors_response_t r = {0};
    cors_facts_t facts;
    cors_decision_t d;

    make_facts(&facts, request);
    asked_so_far = "";
    cors_decide(&d, rules, &facts, pool);
    r.pool = pool;
    r.out = apr_table_make(pool, 8);
    r.err = apr_table_make(pool, 2);
    cors_respond(&r, rules, &d, &facts);
    assert_true(apr_is_empty_table(r.err));
    assert_text(r.removed, NULL);
    return show_headers(r.out);
}

void check_outcome(void **state)
{
    const outcome_row_t *row = *state;
    cors_rules_t rules;

    make_rules(&rules, &row->config);
    assert_text(cors_finding_name(rules.fault.id), NULL);
    assert_text(verdict(&rules, &row->request), row->verdict);
    assert_text(answer(&rules, &row->request), row->answer);
}
