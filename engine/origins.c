/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origins.c: fill a list line by line, note its risks, judge them once.
 */
#include "origins.h"

#include <string.h>

#include "apr_strings.h"

#include "advice.h"
#include "probe.h"
#include "suffix.h"

cors_origins_t *cors_origins_make(apr_pool_t *pool, const cors_where_t *where,
                                  const unsigned *tolerate, int is_deny)
{
    cors_origins_t *list = apr_pcalloc(pool, sizeof(*list));

    list->pool = pool;
    list->where = *where;
    list->label = apr_psprintf(pool, "%s:%d", where->file, where->line);
    list->set = cors_origin_set_make(pool);
    list->tolerate = tolerate;
    list->is_deny = is_deny;
    return list;
}

static void note_risk(cors_origins_t *list, cors_risk_e risk, const char *text,
                      const cors_where_t *where, const char *advice)
{
    cors_risk_t *r;

    if (!list->risks) {
        list->risks = apr_array_make(list->pool, 4, sizeof(cors_risk_t));
    }
    r = apr_array_push(list->risks);
    r->risk = risk;
    r->text = text;
    r->where = where;
    r->advice = advice;
}

/* The name below which a wildcard lets everybody in, without its dots. */
static void note_suffix(cors_origins_t *list, const cors_pattern_t *p,
                        const cors_where_t *where)
{
    const cors_origin_t *o = &p->origin;
    const char *domain = apr_pstrmemdup(list->pool, o->text + o->host,
                                        o->host_len
                                            - (o->trailing_dot ? 1 : 0));

    switch (cors_public_suffix(domain)) {
    case CORS_SUFFIX_ICANN:
        note_risk(list, CORS_RISK_SUFFIX, p->text, where, NULL);
        break;
    case CORS_SUFFIX_PRIVATE:
        note_risk(list, CORS_RISK_SUFFIX_PRIVATE, p->text, where, NULL);
        break;
    default:
        break;
    }
}

static void note_pattern(cors_origins_t *list, const cors_pattern_t *p,
                         const cors_where_t *where)
{
    switch (p->kind) {
    case CORS_PATTERN_ANY:
        return;
    case CORS_PATTERN_NULL:
        note_risk(list, CORS_RISK_NULL, p->text, where, NULL);
        return;
    case CORS_PATTERN_SCHEME:
        note_risk(list, CORS_RISK_SCHEME, p->text, where, NULL);
        return;
    case CORS_PATTERN_SUBDOMAINS:
    case CORS_PATTERN_SUBDOMAINS_PORTS:
        note_suffix(list, p, where);
        break;
    default:
        break;
    }
    if (p->origin.scheme == CORS_SCHEME_HTTP
        && !cors_origin_is_loopback(&p->origin)) {
        note_risk(list, CORS_RISK_INSECURE, p->text, where, NULL);
    }
}

int cors_origins_add(cors_origins_t *list, const char *text,
                     const cors_where_t *where, cors_findings_t *findings)
{
    cors_pattern_t p;
    cors_pattern_fault_e fault = cors_pattern_parse(&p, text, list->pool);
    const cors_where_t *there;

    if (fault != CORS_PATTERN_OK) {
        cors_report_pattern(findings, &p, fault, where);
        return 0;
    }
    there = cors_origin_set_add(list->set, &p, where);
    if (there) {
        cors_finding_add(findings, CORS_F_DUPLICATE, where, p.text, NULL);
        cors_finding_other(findings, there);
        return 1;
    }
    if (!list->named && p.kind != CORS_PATTERN_ANY) {
        list->named = where;
    }
    /* A deny can be as broad as it likes. */
    if (!list->is_deny) {
        note_pattern(list, &p, where);
    }
    return 1;
}

/* What the probes of an expression found, as risks. */
static void note_regex(cors_origins_t *list, const cors_probe_t *found,
                       const char *text, const cors_where_t *where)
{
    if (found->verdict == CORS_PROBE_ANY) {
        note_risk(list, CORS_RISK_REGEX_ANY, text, where,
                  apr_psprintf(list->pool, "it accepts %s; list the origins, "
                               "or write the host's own name into the "
                               "expression", found->accepted));
        return;
    }
    if (found->verdict == CORS_PROBE_BROAD) {
        note_risk(list,
                  found->is_provider ? CORS_RISK_REGEX_PROVIDER
                                     : CORS_RISK_REGEX_BROAD, text, where,
                  apr_psprintf(list->pool, "it accepts %s; write %s",
                               found->accepted,
                               found->advice
                                   ? found->advice
                                   : "every literal dot as \\. and leave "
                                     "nothing open beside the name"));
    }
    if (found->http) {
        note_risk(list, CORS_RISK_INSECURE, text, where,
                  apr_psprintf(list->pool, "it accepts %s; write https:// "
                               "only, or CORSTolerate insecure-origins in the "
                               "same section", found->http));
    }
    if (found->app) {
        note_risk(list, CORS_RISK_SCHEME, text, where, NULL);
    }
}

void cors_origins_add_regex(cors_origins_t *list, const char *text,
                            const cors_where_t *where,
                            cors_findings_t *findings)
{
    const char *error;
    cors_regex_t *regex = cors_regex_compile(text, list->pool, &error);
    const cors_where_t *there;
    cors_probe_t found;

    if (!regex) {
        cors_finding_add(findings, CORS_F_REGEX_SYNTAX, where, text,
                         "PCRE2 says: %s", error);
        return;
    }
    text = cors_regex_text(regex);
    there = cors_origin_set_find_regex(list->set, text);
    if (there) {
        cors_finding_add(findings, CORS_F_DUPLICATE, where, text, NULL);
        cors_finding_other(findings, there);
        return;
    }
    cors_probe(regex, list->pool, &found);
    if (found.verdict == CORS_PROBE_COST) {
        cors_finding_add(findings, CORS_F_REGEX_COST, where, text, NULL);
        return;
    }
    if (found.nobody) {
        cors_finding_add(findings, CORS_F_REGEX_NOBODY, where, text, NULL);
    }
    note_regex(list, &found, text, where);
    if (!list->named) {
        list->named = where;
    }
    cors_origin_set_add_regex(list->set, regex, where);
}

void cors_origins_add_source(cors_origins_t *list, const cors_source_t *source,
                             cors_findings_t *findings)
{
    int i;

    if (!list->sources) {
        list->sources = apr_array_make(list->pool, 2,
                                       sizeof(const cors_source_t *));
    }
    for (i = 0; i < list->sources->nelts; i++) {
        const cors_source_t *there = APR_ARRAY_IDX(list->sources, i,
                                                   const cors_source_t *);

        if (!strcmp(there->text, source->text)) {
            cors_finding_add(findings, CORS_F_DUPLICATE, &source->where,
                             source->text, NULL);
            cors_finding_other(findings, &there->where);
            return;
        }
    }
    if (!list->named) {
        list->named = &source->where;
    }
    APR_ARRAY_PUSH(list->sources, const cors_source_t *) = source;
}

/* What a risk is without credentials (0) or with them (1), unless the section
 * tolerates it. A warning is no fault. */
static cors_finding_e judge(const cors_risk_t *r, unsigned tolerate,
                            int credentials)
{
    switch (r->risk) {
    case CORS_RISK_NULL:
        if (credentials) {
            return CORS_F_NULL_WITH_CREDENTIALS;
        }
        return tolerate & CORS_TOLERATE_NULL ? 0 : CORS_F_NULL_UNTOLERATED;
    case CORS_RISK_INSECURE:
        return !credentials || (tolerate & CORS_TOLERATE_INSECURE)
                   ? 0 : CORS_F_INSECURE_WITH_CREDENTIALS;
    case CORS_RISK_SCHEME:
        return !credentials || (tolerate & CORS_TOLERATE_BROAD)
                   ? 0 : CORS_F_SCHEME_WITH_CREDENTIALS;
    case CORS_RISK_SUFFIX:
    case CORS_RISK_SUFFIX_PRIVATE:
        if (tolerate & CORS_TOLERATE_SUFFIXES) {
            return 0;
        }
        return credentials ? CORS_F_SUFFIX_WITH_CREDENTIALS : CORS_F_SUFFIX;
    case CORS_RISK_REGEX_ANY:
        if (credentials) {
            return CORS_F_REGEX_ANY_WITH_CREDENTIALS;
        }
        return tolerate & CORS_TOLERATE_BROAD ? 0 : CORS_F_REGEX_BROAD;
    case CORS_RISK_REGEX_BROAD:
    case CORS_RISK_REGEX_PROVIDER:
        if (tolerate & CORS_TOLERATE_BROAD) {
            return 0;
        }
        return credentials ? CORS_F_REGEX_BROAD_WITH_CREDENTIALS
                           : CORS_F_REGEX_BROAD;
    default:
        return 0;
    }
}

static void set_fault(cors_fault_t *fault, cors_finding_e id,
                      const cors_where_t *where, const cors_where_t *other,
                      const char *value)
{
    if (!fault->id) {
        fault->id = id;
        fault->where = where;
        fault->other = other;
        fault->value = value;
    }
}

/* Whether an update of the system's public suffix list can make this risk. */
static int is_by_update(const cors_risk_t *r)
{
    return r->risk == CORS_RISK_SUFFIX_PRIVATE
           || r->risk == CORS_RISK_REGEX_PROVIDER;
}

static void seal_risks(cors_origins_t *list)
{
    int i;

    for (i = 0; list->risks && i < list->risks->nelts; i++) {
        const cors_risk_t *r = &APR_ARRAY_IDX(list->risks, i, cors_risk_t);
        cors_finding_e id = judge(r, *list->tolerate, 0);

        if (id && cors_finding_is_error(id)) {
            set_fault(&list->fault, id, r->where, NULL, r->text);
        }
        id = judge(r, *list->tolerate, 1);
        if (id && cors_finding_is_error(id)) {
            set_fault(is_by_update(r) ? &list->by_update
                                      : &list->with_credentials,
                      id, r->where, NULL, r->text);
        }
    }
}

void cors_origins_seal(cors_origins_t *list)
{
    const cors_where_t *any = cors_origin_set_any(list->set);
    apr_size_t count = cors_origin_set_count(list->set)
                       + (list->sources ? (apr_size_t)list->sources->nelts : 0);

    if (list->sealed) {
        return;
    }
    list->sealed = 1;
    if (list->none && count) {
        set_fault(&list->fault, CORS_F_NONE_BESIDE_OTHERS, list->none,
                  list->named ? list->named : any, "None");
    }
    if (list->is_deny) {
        return;
    }
    list->single = list->sources ? NULL : cors_origin_set_single(list->set);
    if (any && count > 1) {
        set_fault(&list->fault, CORS_F_ANY_BESIDE_OTHERS, any, list->named,
                  "*");
    }
    if (any) {
        set_fault(&list->with_credentials, CORS_F_ANY_WITH_CREDENTIALS, any,
                  NULL, "*");
    }
    seal_risks(list);
}

static void report_fault(const cors_fault_t *fault, const cors_where_t *other,
                         cors_findings_t *findings)
{
    cors_finding_add(findings, fault->id, fault->where, fault->value, NULL);
    cors_finding_other(findings, other ? other : fault->other);
}

void cors_origins_report(const cors_origins_t *list,
                         const cors_where_t *credentials,
                         cors_findings_t *findings)
{
    int i;

    if (list->fault.id == CORS_F_NONE_BESIDE_OTHERS
        || list->fault.id == CORS_F_ANY_BESIDE_OTHERS) {
        report_fault(&list->fault, NULL, findings);
    }
    if (credentials
        && list->with_credentials.id == CORS_F_ANY_WITH_CREDENTIALS) {
        report_fault(&list->with_credentials, credentials, findings);
    }
    for (i = 0; list->risks && i < list->risks->nelts; i++) {
        const cors_risk_t *r = &APR_ARRAY_IDX(list->risks, i, cors_risk_t);
        cors_finding_e id = judge(r, *list->tolerate, credentials != NULL);

        if (id && r->advice) {
            cors_finding_add(findings, id, r->where, r->text, "%s", r->advice);
        }
        else if (id) {
            cors_finding_add(findings, id, r->where, r->text, NULL);
        }
        if (id && credentials && cors_finding_is_error(id)) {
            cors_finding_other(findings, credentials);
        }
        if (id && is_by_update(r)) {
            cors_finding_may_change(findings);
        }
    }
}

const cors_where_t *cors_origins_allow(const cors_origins_t *list,
                                       cors_subject_t *subject)
{
    const cors_where_t *where = cors_origin_set_match(list->set, subject);

    if (where) {
        return where;
    }
    where = cors_origin_set_any(list->set);
    if (where) {
        return cors_subject_parse(subject) == CORS_ORIGIN_OK ? where : NULL;
    }
    where = cors_origin_set_null(list->set);
    if (where && cors_subject_parse(subject) == CORS_ORIGIN_OK
        && subject->origin.scheme == CORS_SCHEME_NULL) {
        return where;
    }
    return list->sources ? cors_sources_allow(list->sources, subject) : NULL;
}

const cors_where_t *cors_origins_deny(const cors_origins_t *list,
                                      cors_subject_t *subject)
{
    const cors_where_t *where = cors_origins_allow(list, subject);
    const cors_origin_t *o = &subject->origin;
    char without[CORS_ORIGIN_MAX];
    cors_subject_t again = {0};
    apr_size_t dot;

    if (where || cors_subject_parse(subject) != CORS_ORIGIN_OK
        || !o->trailing_dot) {
        return where;
    }
    /* "evil.example." reaches the same host as "evil.example". */
    dot = o->host + o->host_len - 1;
    memcpy(without, o->text, dot);
    memcpy(without + dot, o->text + dot + 1, o->len - dot - 1);
    again.text = without;
    again.len = o->len - 1;
    again.scratch = subject->scratch;
    return cors_origins_allow(list, &again);
}
