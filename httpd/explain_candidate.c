/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_candidate.c: the same question under CORSCandidatePolicy.
 */
#include "httpd/explain.h"

#include "apr_strings.h"

#include "httpd/state.h"

/* The candidate's settings; NULL: none is in reach, or compared with. Whether
 * its policy would be in force is not asked, so here it is. */
static cors_settings_t *find(const cors_explained_t *e)
{
    const cors_lookup_t *l = &cors_explain_decisive(e)->lookup;
    apr_pool_t *pool = e->r->pool;
    const cors_settings_t *candidate;
    cors_settings_t *s;

    if (e->browser.same_origin || !l->state || !l->state->rules->writes
        || !l->said || !l->said->trial || !l->said->trial->policies) {
        return NULL;
    }
    candidate = cors_settings_candidate(pool, l->said);
    if (!candidate) {
        return NULL;
    }
    s = apr_pmemdup(pool, candidate, sizeof(*s));
    s->engine = apr_pcalloc(pool, sizeof(*s->engine));
    s->engine->value = CORS_ENGINE_ON;
    s->rules = NULL;
    return s;
}

void cors_explain_candidate(cors_explained_t *e)
{
    cors_settings_t *settings = find(e);
    cors_candidate_verdict_t *verdict;
    const cors_use_t *trial;
    cors_explained_t then;

    if (!settings) {
        return;
    }
    trial = cors_explain_decisive(e)->lookup.said->trial;
    then = *e;
    cors_explain_judge(&then, settings);
    cors_explain_why(&then);
    verdict = apr_pcalloc(e->r->pool, sizeof(*verdict));
    verdict->policy = trial->policies[0]->name;
    verdict->named = trial->where;
    verdict->allowed = then.allowed;
    verdict->reason = then.reason;
    verdict->where = then.where;
    verdict->sentence = cors_explain_sentence(&then);
    e->candidate = verdict;
}
