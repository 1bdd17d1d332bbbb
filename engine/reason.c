/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reason.c: why, and what to write.
 */
#include "reason.h"

#include <string.h>

#include "apr_strings.h"

#include "escape.h"
#include "lines.h"

static const struct {
    const char *name;
    cors_result_e result;
} reasons[CORS_REASONS] = {
    {"none", CORS_RESULT_SAME_ORIGIN},
    {"none", CORS_RESULT_ALLOWED},
    {"none", CORS_RESULT_PREFLIGHT_ALLOWED},
    {"not-listed", CORS_RESULT_REFUSED_ORIGIN},
    {"null-origin", CORS_RESULT_REFUSED_ORIGIN},
    {"denied", CORS_RESULT_REFUSED_ORIGIN},
    {"contradiction", CORS_RESULT_REFUSED_ORIGIN},
    {"method", CORS_RESULT_REFUSED_METHOD},
    {"header", CORS_RESULT_REFUSED_HEADER},
    {"header-list", CORS_RESULT_REFUSED_HEADER},
    {"malformed", CORS_RESULT_REFUSED_MALFORMED},
    {"source", CORS_RESULT_SOURCE_ERROR},
};

const char *cors_reason_name(cors_reason_e reason)
{
    return reasons[reason].name;
}

cors_result_e cors_reason_result(cors_reason_e reason)
{
    return reasons[reason].result;
}

static cors_reason_e why_origin(cors_decision_t *d, const cors_rules_t *rules)
{
    if (d->denied) {
        return CORS_REASON_DENIED;
    }
    if (rules->fault.id) {
        return CORS_REASON_CONTRADICTION;
    }
    cors_subject_parse(&d->subject);
    return d->subject.origin.scheme == CORS_SCHEME_NULL
               ? CORS_REASON_NULL_ORIGIN
               : CORS_REASON_NOT_LISTED;
}

static cors_reason_e why_header(const cors_decision_t *d, const char *headers)
{
    cors_span_t at;

    return cors_list_check(d->policy->headers, headers, &at)
                   == CORS_LIST_MALFORMED
               ? CORS_REASON_HEADER_LIST
               : CORS_REASON_HEADER;
}

cors_reason_e cors_decision_reason_why(cors_decision_t *d,
                                       const cors_rules_t *rules,
                                       const char *headers)
{
    switch (cors_decision_result(d)) {
    case CORS_RESULT_SAME_ORIGIN:
        return CORS_REASON_SAME_ORIGIN;
    case CORS_RESULT_PREFLIGHT_ALLOWED:
        return CORS_REASON_PREFLIGHT_ALLOWED;
    case CORS_RESULT_REFUSED_ORIGIN:
        return why_origin(d, rules);
    case CORS_RESULT_REFUSED_METHOD:
        return CORS_REASON_METHOD;
    case CORS_RESULT_REFUSED_HEADER:
        return why_header(d, headers);
    case CORS_RESULT_REFUSED_MALFORMED:
        return CORS_REASON_MALFORMED;
    case CORS_RESULT_SOURCE_ERROR:
        return CORS_REASON_SOURCE;
    default:
        return CORS_REASON_ALLOWED;
    }
}

const cors_where_t *cors_decision_where(const cors_decision_t *d,
                                        const cors_rules_t *rules)
{
    if (d->result == CORS_RESULT_REFUSED_METHOD && d->policy->methods) {
        return &d->policy->methods->where;
    }
    if (d->result == CORS_RESULT_REFUSED_HEADER && d->policy->headers) {
        return &d->policy->headers->where;
    }
    if (d->where) {
        return d->where;
    }
    if (rules->fault.where) {
        return rules->fault.where;
    }
    if (rules->n == 1 && rules->one.origins) {
        return &rules->one.origins->where;
    }
    if (rules->settings->use) {
        return &rules->settings->use->where;
    }
    if (!rules->engine_where && rules->settings->refusal) {
        return &rules->settings->refusal->where;
    }
    return rules->engine_where;
}

void cors_refusal_facts(cors_refusal_facts_t *refusal, cors_reason_e reason,
                        const cors_decision_t *d, const cors_rules_t *rules,
                        const cors_facts_t *facts)
{
    refusal->reason = reason;
    refusal->origin = facts->origin;
    refusal->origin_len = facts->origin_len;
    refusal->at = d->at;
    refusal->credentials = rules->n == 1 && rules->one.credentials;
    refusal->several = rules->n > 1;
    refusal->sources = rules->n == 1 && rules->one.origins
                           ? rules->one.origins->sources : NULL;
}

/* A name that a list of ours would take as the name it is. */
static int is_name(const cors_span_t *at)
{
    return cors_is_token(at->text, at->len)
           && !(at->len == 1 && *at->text == '*')
           && !(at->len == 4 && !strncasecmp(at->text, "None", 4));
}

static void remedy_method(cors_remedy_t *r, const cors_span_t *at,
                          apr_pool_t *pool)
{
    const char *name = cors_escape(pool, at->text, at->len);

    r->why = apr_pstrcat(pool, "the method ", name, " is not allowed", NULL);
    if (is_name(at) && !cors_is_forbidden_method(at->text, at->len)) {
        r->lines[0] = apr_pstrcat(pool, "CORSAllowMethods ",
                                  cors_word(name, pool), NULL);
    }
}

static void remedy_header(cors_remedy_t *r, const cors_span_t *at,
                          apr_pool_t *pool)
{
    const char *name = cors_escape(pool, at->text, at->len);

    r->why = apr_pstrcat(pool, "the header ", name, " is not allowed", NULL);
    if (is_name(at) && !cors_is_forbidden_request_header(name)) {
        r->lines[0] = apr_pstrcat(pool, "CORSAllowHeaders ",
                                  cors_word(name, pool), NULL);
    }
}

static void remedy_origin(cors_remedy_t *r, const cors_refusal_facts_t *facts,
                          apr_pool_t *pool)
{
    cors_subject_t subject = {0};

    subject.text = facts->origin;
    subject.len = facts->origin_len;
    r->why = "no entry allows it";
    if (cors_subject_parse(&subject) != CORS_ORIGIN_OK) {
        return;
    }
    r->lines[0] = apr_pstrcat(pool, "CORSAllowOrigin ",
                              cors_escape(pool, facts->origin,
                                          facts->origin_len), NULL);
    r->lists = cors_sources_text(facts->sources, pool);
    if (facts->credentials && subject.origin.scheme == CORS_SCHEME_HTTP
        && !cors_origin_is_loopback(&subject.origin)) {
        r->lines[1] = "CORSTolerate insecure-origins";
    }
}

void cors_remedy(cors_remedy_t *remedy, const cors_refusal_facts_t *facts,
                 apr_pool_t *pool)
{
    memset(remedy, 0, sizeof(*remedy));
    /* The section itself may not name origins beside several policies. */
    remedy->place = facts->several ? " in one of the policies" : "";
    switch (facts->reason) {
    case CORS_REASON_NOT_LISTED:
        remedy_origin(remedy, facts, pool);
        break;
    case CORS_REASON_NULL_ORIGIN:
        remedy->why = "no entry allows it; any site can make a null origin";
        if (!facts->credentials) {
            /* Not "*", though it means no more: beside a list it is an
             * error. */
            remedy->lines[0] = "CORSAllowOrigin null";
            remedy->lines[1] = "CORSTolerate null-origin";
        }
        break;
    case CORS_REASON_DENIED:
        remedy->why = "a CORSDenyOrigin names it";
        break;
    case CORS_REASON_CONTRADICTION:
        remedy->why = "the policy contradicts itself and allows nobody";
        break;
    case CORS_REASON_METHOD:
        remedy_method(remedy, &facts->at, pool);
        break;
    case CORS_REASON_HEADER:
        remedy_header(remedy, &facts->at, pool);
        break;
    case CORS_REASON_HEADER_LIST:
        remedy->why = "Access-Control-Request-Headers is no list of names, or "
                      "longer than any browser's";
        break;
    case CORS_REASON_MALFORMED:
        remedy->why = "Origin is not an origin as browsers write it";
        break;
    case CORS_REASON_SOURCE:
        remedy->why = "the source of the origins did not answer";
        break;
    default:
        remedy->why = "";
        break;
    }
}

const char *cors_remedy_text(const cors_remedy_t *remedy, apr_pool_t *pool)
{
    if (!remedy->lines[0]) {
        return remedy->why;
    }
    return apr_pstrcat(pool, remedy->why, "; to allow it",
                       remedy->place, ": ", remedy->lines[0],
                       remedy->lines[1] ? " and " : "",
                       remedy->lines[1] ? remedy->lines[1] : "",
                       remedy->lists ? "; or add it to " : "",
                       remedy->lists ? remedy->lists : "", NULL);
}
