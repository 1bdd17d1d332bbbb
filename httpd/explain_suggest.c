/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_suggest.c: lines that turn a refusal.
 *
 * The sections are changed as the lines would change them, merged again, and
 * both requests looked up anew under what comes out; until the browser is let
 * through, or nothing more can be added. So a line is never shown untried.
 */
#include "httpd/explain.h"

#include "apr_strings.h"
#include "http_core.h"

#include "engine/check.h"
#include "engine/origin_entries.h"
#include "httpd/explain_change.h"
#include "httpd/registry.h"
#include "httpd/state.h"

/* Each round mends one thing: engine, origin, tolerance, credentials, method,
 * headers. */
#define ROUNDS 7

/* ---- merging again ----------------------------------------------------- */

/* What is tried instead of a section's or a policy's settings. */
static const cors_settings_t *tried(const cors_trial_t *t,
                                    const cors_settings_t *s)
{
    int i;

    for (i = 0; i < t->n; i++) {
        if (t->shown[i].settings == s) {
            return t->now[i];
        }
    }
    return s;
}

/* A section with the policies that are tried; s itself where all are as they
 * were. */
static const cors_settings_t *with_policies(cors_trial_t *t,
                                            const cors_settings_t *s)
{
    const cors_named_t **policies;
    cors_settings_t *changed = NULL;
    cors_use_t *use;
    int p;

    if (!s->use || !s->use->policies) {
        return s;
    }
    policies = apr_pcalloc(t->pool,
                           (apr_size_t)(s->use->n + 1) * sizeof(*policies));
    for (p = 0; p < s->use->n; p++) {
        const cors_settings_t *now = tried(t, s->use->policies[p]->settings);

        policies[p] = s->use->policies[p];
        if (now != policies[p]->settings) {
            cors_named_t *named = apr_pmemdup(t->pool, policies[p],
                                              sizeof(*named));

            named->settings = now;
            policies[p] = named;
            changed = apr_pmemdup(t->pool, s, sizeof(*s));
        }
    }
    if (!changed) {
        return s;
    }
    use = apr_pmemdup(t->pool, s->use, sizeof(*use));
    memset(&use->fault, 0, sizeof(use->fault));
    cors_use_resolve(use, policies, t->pool);
    changed->rules = NULL;
    changed->use = use;
    return changed;
}

static void merge(cors_trial_t *t)
{
    const cors_settings_t *both = NULL;
    int i;

    for (i = 0; i < t->n; i++) {
        /* What is merged is sealed by the lookup; policies are not merged. */
        if (t->now[i] != t->shown[i].settings) {
            cors_settings_seal(t->now[i]);
        }
    }
    for (i = 0; i < t->n; i++) {
        if (!t->shown[i].is_policy) {
            const cors_settings_t *s = with_policies(t, t->now[i]);

            both = both ? cors_settings_merge(t->pool, both, s) : s;
        }
    }
    t->merged = (cors_settings_t *)both;
}

/* ---- one step ---------------------------------------------------------- */

static int mend_header(cors_trial_t *t)
{
    const cors_browser_t *b = &t->e.browser;
    const cors_policy_t *p = cors_explain_decisive(&t->e)
                                 ->lookup.state->decision->policy;
    apr_array_header_t *names = apr_array_make(t->pool, 8,
                                               sizeof(const char *));
    int i;

    for (i = 0; i < b->unsafe_names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(b->unsafe_names, i, const char *);
        const int covered = p->headers && p->headers->any
                            && strcmp(name, "authorization");

        if (!covered
            && !(p->headers
                 && cors_list_has_field(p->headers, name, strlen(name)))) {
            APR_ARRAY_PUSH(names, const char *) = cors_browser_written(b,
                                                                       name);
        }
    }
    return cors_change_headers(t, p, names);
}

static int mend_method(cors_trial_t *t)
{
    apr_array_header_t *names = apr_array_make(t->pool, 1,
                                               sizeof(const char *));

    APR_ARRAY_PUSH(names, const char *) = t->e.browser.at;
    return cors_change_methods(t, cors_explain_decisive(&t->e)
                                      ->lookup.state->decision->policy, names);
}

/* A policy for everybody cannot have them; another of several can. */
static int mend_credentials(cors_trial_t *t)
{
    const cors_state_t *state = cors_explain_decisive(&t->e)->lookup.state;
    const cors_policy_t *p = state->decision->policy;

    return state->rules->n > 1 && p->origins
                   && cors_origin_set_any(p->origins->set)
               ? cors_change_origin(t, t->e.ask->fetch.origin)
               : cors_change_credentials(t, p);
}

/* Only for the origin asked for: other http origins are not its business. */
static int mend_contradiction(cors_trial_t *t)
{
    const cors_state_t *state = cors_explain_decisive(&t->e)->lookup.state;
    cors_origin_t o;

    return state->rules->fault.id == CORS_F_INSECURE_WITH_CREDENTIALS
           && cors_origin_parse(&o, t->e.ask->fetch.origin,
                                strlen(t->e.ask->fetch.origin))
                  == CORS_ORIGIN_OK
           && o.scheme == CORS_SCHEME_HTTP && cors_change_tolerate(t);
}

/* Returns 0 where no line helps. */
static int mend(cors_trial_t *t)
{
    const char *reason = t->e.reason;

    if (!strcmp(reason, "not-listed") || !strcmp(reason, "no-policy")) {
        return cors_change_origin(t, t->e.ask->fetch.origin);
    }
    if (!strcmp(reason, "null-origin")) {
        return !t->e.ask->credentials && cors_change_origin(t, "*");
    }
    if (!strcmp(reason, "engine-off") || !strcmp(reason, "report-only")) {
        return cors_change_engine(t);
    }
    if (!strcmp(reason, "credentials")) {
        return mend_credentials(t);
    }
    if (!strcmp(reason, "method")) {
        return mend_method(t);
    }
    if (!strcmp(reason, "header")) {
        return mend_header(t);
    }
    return !strcmp(reason, "contradiction") && mend_contradiction(t);
}

/* ---- what configtest would say ----------------------------------------- */

static void check(const cors_where_t *where, int is_policy,
                  const cors_settings_t *own, const cors_settings_t *merged,
                  cors_findings_t *findings)
{
    cors_rules_t rules;

    cors_rules_gather(&rules, is_policy ? own : merged);
    cors_check_rules(&rules, own, where, is_policy, findings);
}

/* A merge keeps both of its sides: what comes of it with the lines, or s itself
 * where they do not reach it. */
static const cors_settings_t *merged_again(cors_trial_t *t,
                                           const cors_settings_t *s)
{
    const cors_settings_t *outer, *inner;

    if (!s->outer) {
        return with_policies(t, tried(t, s));
    }
    outer = merged_again(t, s->outer);
    inner = merged_again(t, s->inner);
    return outer == s->outer && inner == s->inner
               ? s : cors_settings_merge(t->pool, outer, inner);
}

/* Other sections inherit from what was changed, or use the same policy. */
static void check_others(cors_trial_t *t, cors_findings_t *before,
                         cors_findings_t *after)
{
    const apr_array_header_t *all = cors_registry_sections();
    int i;

    for (i = 0; i < all->nelts; i++) {
        const cors_section_t *s = &APR_ARRAY_IDX(all, i, cors_section_t);
        const cors_settings_t *was, *is;

        if (s->is_policy) {
            continue;
        }
        was = cors_registry_merged(s, t->pool);
        is = merged_again(t, was);
        if (is != was) {
            check(&s->where, 0, s->settings, was, before);
            check(&s->where, 0, merged_again(t, s->settings), is, after);
        }
    }
}

/* Among the first n. */
static int has_text(const cors_findings_t *findings, const char *text, int n)
{
    int i;

    for (i = 0; i < n; i++) {
        if (!strcmp(APR_ARRAY_IDX(findings->list, i, cors_finding_t).text,
                    text)) {
            return 1;
        }
    }
    return 0;
}

/* Whether configtest accepts the lines; its warnings that were not there
 * before. */
static int accepts(cors_trial_t *t, apr_array_header_t *warnings)
{
    cors_findings_t *before = cors_findings_make(t->pool);
    cors_findings_t *after = t->findings;
    int i;

    for (i = 0; i < t->n; i++) {
        if (t->now[i] == t->shown[i].settings) {
            continue;
        }
        if (t->said) {
            check(&t->shown[i].where, t->shown[i].is_policy,
                  t->shown[i].settings, t->said, before);
        }
        check(&t->shown[i].where, t->shown[i].is_policy, t->now[i], t->merged,
              after);
    }
    check_others(t, before, after);
    for (i = 0; i < after->list->nelts; i++) {
        const cors_finding_t *f = &APR_ARRAY_IDX(after->list, i,
                                                 cors_finding_t);

        if (has_text(before, f->text, before->list->nelts)
            || has_text(after, f->text, i)) {
            continue;
        }
        if (f->is_error) {
            return 0;
        }
        APR_ARRAY_PUSH(warnings, const char *) = f->text;
    }
    return 1;
}

/* ---- */

static const char *advice(const char *reason)
{
    static const struct {
        const char *reason;
        const char *text;
    } all[] = {
        {"denied", "A CORSDenyOrigin names the origin: no line that is added "
                   "can allow it; take that entry out"},
        {"contradiction", "The policy contradicts itself and allows nobody: "
                          "configtest, or the error log, says what to mend"},
        {"any-with-credentials",
         "Browsers take no * with credentials: list the origins in its place, "
         "beside CORSAllowCredentials On; or let the script do without "
         "credentials"},
        {"null-origin", "Any site can make a null origin, so to allow it is to "
                        "allow everybody"},
        {"forbidden-method", "Use another method: browsers refuse this one to "
                             "every script"},
        {"preflight-status",
         "What guards the URL, or answers there, ends the preflight with that "
         "status: see what stands beside the policy (Require, AllowMethods, "
         "RewriteRule, the backend)"},
        {"backend-headers", "CORSBackendHeaders Keep leaves the header of a "
                            "backend or of mod_headers: change it there"},
        {"other-origin", "Something changes the Origin header before the "
                         "policy sees it: RequestHeader early, most often"},
        {"source",
         "The list that CORSAllowOriginFrom names does not answer, so it holds "
         "nobody, whoever stands in it: the error log says why, once a minute. "
         "A file must be there, readable for the server's User, and without a "
         "wrong line, which apachectl configtest names; a database must be in "
         "reach"},
    };
    apr_size_t i;

    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (!strcmp(reason, all[i].reason)) {
            return all[i].text;
        }
    }
    return "No line that is only added would allow it and pass configtest";
}

/* The list kept elsewhere takes the same entry; "*" was never tried beside it. */
static const char *instead(const cors_trial_t *t)
{
    return t->lists ? apr_pstrcat(t->pool, "Or add ", t->e.ask->fetch.origin,
                                  " to ", t->lists, " and leave the line "
                                  "CORSAllowOrigin out", NULL)
                    : NULL;
}

void cors_explain_suggest(cors_explained_t *e)
{
    cors_trial_t t;
    int round;

    cors_change_begin(&t, e);
    for (round = 0; round < ROUNDS && !t.e.allowed; round++) {
        if (!mend(&t)) {
            break;
        }
        merge(&t);
        cors_explain_judge(&t.e, t.merged);
        cors_explain_why(&t.e);
    }
    if (t.e.allowed && accepts(&t, e->warnings)) {
        e->suggested = cors_change_lines(&t);
        e->advice = instead(&t);
    }
    else {
        e->warnings->nelts = 0;
        e->advice = advice(e->reason);
    }
}
