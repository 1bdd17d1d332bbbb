/* SPDX-License-Identifier: Apache-2.0 */
/*
 * candidate.c: the same request, the same engine, other rules.
 */
#include "httpd/candidate.h"

#include "apr_strings.h"

#include "engine/escape.h"
#include "httpd/counters.h"
#include "httpd/observe.h"
#include "httpd/registry.h"

APLOG_USE_MODULE(cors);

/* The candidate's rules for this request, denies of its target included. */
static const cors_rules_t *rules_of(request_rec *r, const cors_state_t *state,
                                    const cors_settings_t *candidate)
{
    const cors_rules_t *rules =
        cors_state_rules_of(r, (cors_settings_t *)candidate);
    cors_rules_t *with_target;

    if (!state->rules->target) {
        return rules;
    }
    with_target = apr_pmemdup(r->pool, rules, sizeof(*rules));
    cors_rules_add_denies(with_target, state->rules->target);
    return with_target;
}

/* "refused-origin (decided at httpd.conf:12)" */
static const char *verdict(request_rec *r, const cors_side_t *side)
{
    return apr_pstrcat(r->pool,
                       cors_result_name(cors_decision_result(side->decision)),
                       " (decided at ",
                       cors_place(r->pool, cors_decision_where(side->decision,
                                                               side->rules)),
                       ")", NULL);
}

/* What to write in the candidate, so that it refuses nothing new. */
static const char *remedy(request_rec *r, const cors_state_t *state,
                          const cors_side_t *then)
{
    const cors_reason_e reason = cors_decision_reason(
        then->decision, then->rules, state->facts.headers);
    cors_refusal_facts_t facts;
    cors_remedy_t words;

    if (!CORS_REASON_REFUSES(reason)) {
        return "";
    }
    cors_refusal_facts(&facts, reason, then->decision, then->rules,
                       &state->facts);
    cors_remedy(&words, &facts, r->pool);
    return apr_pstrcat(r->pool, ": ", cors_remedy_text(&words, r->pool), NULL);
}

static void tell(request_rec *r, const cors_state_t *state,
                 const cors_side_t *now, const cors_side_t *then,
                 const char *what, const cors_telling_t *telling)
{
    ap_log_rerror(APLOG_MARK, telling->level, 0, r,
                  "CORS: for origin %s the candidate policy %s would make it "
                  "%s%s%s, where the policy in force makes it %s%s%s",
                  cors_escape(r->pool, state->facts.origin,
                              state->facts.origin_len),
                  now->rules->settings->trial->policies[0]->name,
                  verdict(r, then),
                  what ? ", with another " : "", what ? what : "",
                  verdict(r, now), what ? "" : remedy(r, state, then),
                  telling->more);
}

void cors_candidate_observe(request_rec *r, cors_state_t *state)
{
    const cors_settings_t *s = state->rules->settings;
    const cors_settings_t *candidate = cors_settings_candidate(r->pool, s);
    cors_decision_t decision;
    cors_side_t now, then;
    cors_telling_t telling;
    cors_change_e change;
    const char *what;
    unsigned kind;

    if (!candidate || !s->trial->policies) {
        return;
    }
    now.rules = state->rules;
    now.decision = state->decision;
    then.rules = rules_of(r, state, candidate);
    then.decision = &decision;
    cors_state_judge(r, state, then.rules, &decision);
    change = cors_compare(&now, &then, &state->facts, &what, r->pool);
    kind = CORS_COUNT_CANDIDATE + (unsigned)change;
    cors_count(s->trial->policies[0]->slot, kind);
    if (change != CORS_CHANGE_NONE
        && cors_observe_telling(&telling, r, s->trial->policies[0]->slot,
                                kind)) {
        tell(r, state, &now, &then, what, &telling);
    }
}
