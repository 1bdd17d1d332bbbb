/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.c: from what the sections say to what holds.
 */
#include "policy.h"

#include <stddef.h>
#include <string.h>

static int how_value(const cors_settings_t *s, apr_size_t field)
{
    const cors_use_t *from;
    const cors_value_t *v = cors_settings_how(s, field, &from);

    return v ? v->value : 0;
}

static const cors_value_t *on(const cors_value_t *v)
{
    return v && v->value ? v : NULL;
}

/* The section's own parts over those of a policy it uses, which may be NULL. */
static void compose(cors_policy_t *p, const cors_settings_t *own,
                    const cors_settings_t *base)
{
    const cors_value_t *v;

    memset(p, 0, sizeof(*p));
    if (own->origins || !base) {
        p->origins = own->origins;
        p->credentials = on(own->credentials);
    }
    else {
        p->origins = base->origins;
        p->credentials = on(own->credentials ? own->credentials
                                             : base->credentials);
    }
    p->methods = own->methods || !base ? own->methods : base->methods;
    p->headers = own->headers || !base ? own->headers : base->headers;
    p->expose = own->expose || !base ? own->expose : base->expose;
    v = own->max_age || !base ? own->max_age : base->max_age;
    p->max_age = v ? v->text : NULL;
    v = own->timing || !base ? own->timing : base->timing;
    p->timing = v && v->value;
}

void cors_rules_policy(const cors_rules_t *rules, int i, cors_policy_t *p)
{
    const cors_use_t *use = rules->settings->use;

    if (rules->n == 1) {
        *p = rules->one;
        return;
    }
    compose(p, rules->settings, use->policies[i]->settings);
    p->named = use->policies[i];
    p->less = use->less[i];
    /* What the section itself exposes is the same for all, but for "*". */
    if (rules->settings->expose) {
        p->less &= (unsigned char)~CORS_LESS_EXPOSED;
    }
    if (!rules->settings->expose || !rules->settings->expose->any) {
        p->less &= (unsigned char)~CORS_LESS_ANY;
    }
}

static void set_fault(cors_rules_t *rules, const cors_fault_t *fault,
                      const cors_where_t *other)
{
    if (fault->id && !rules->fault.id) {
        rules->fault = *fault;
        if (other) {
            rules->fault.other = other;
        }
    }
}

static void new_fault(cors_rules_t *rules, cors_finding_e id,
                      const cors_where_t *where, const cors_where_t *other,
                      const char *value)
{
    cors_fault_t fault = {0};

    fault.id = id;
    fault.where = where;
    fault.other = other;
    fault.value = value;
    set_fault(rules, &fault, NULL);
}

static void check_list(cors_rules_t *rules, const cors_list_t *list)
{
    if (list && list->none && list->named) {
        new_fault(rules, CORS_F_NONE_BESIDE_OTHERS, list->none, list->named,
                  "None");
    }
}

/* What the list cannot be, alone or with credentials. */
static void check_origins(cors_rules_t *rules, const cors_policy_t *p)
{
    if (!p->origins) {
        return;
    }
    set_fault(rules, &p->origins->fault, NULL);
    if (p->credentials) {
        set_fault(rules, &p->origins->with_credentials,
                  &p->credentials->where);
        if (p->origins->from_htaccess || p->credentials->from_htaccess) {
            set_fault(rules, &p->origins->by_update, &p->credentials->where);
        }
    }
}

/* The line that denies the one origin of CORSSendOrigin Always. */
static const cors_where_t *denied_always(const cors_rules_t *rules,
                                         const char *origin)
{
    cors_subject_t subject = {0};

    subject.text = origin;
    subject.len = strlen(origin);
    return cors_rules_denied(rules, &subject);
}

/* CORSSendOrigin Always, its line given: one exact origin, not denied. */
static void make_always(cors_rules_t *rules, const cors_value_t *line)
{
    const cors_origins_t *origins = rules->one.origins;
    const cors_where_t *deny;

    if (!origins || !origins->single) {
        new_fault(rules, CORS_F_SEND_ALWAYS, &line->where,
                  origins ? &origins->where : NULL, "Always");
        return;
    }
    deny = denied_always(rules, origins->single);
    if (deny) {
        new_fault(rules, CORS_F_SEND_ALWAYS, &line->where, deny, "Always");
        return;
    }
    rules->always = origins->single;
}

static void make_one(cors_rules_t *rules, const cors_settings_t *s)
{
    const cors_settings_t *base = cors_settings_single(s);
    const cors_value_t *send = s->send_origin;
    const cors_policy_t *p = &rules->one;

    compose(&rules->one, s, base);
    if (base) {
        rules->one.named = s->use->policies[0];
        if (!s->origins && !send) {
            send = base->send_origin;
        }
    }
    rules->n = 1;
    check_origins(rules, p);
    if (on(send)) {
        make_always(rules, send);
    }
    check_list(rules, p->methods);
    check_list(rules, p->headers);
    check_list(rules, p->expose);
    rules->plain = p->origins && cors_origin_set_any(p->origins->set)
                   && !rules->has_denies && !p->credentials;
}

static void make_several(cors_rules_t *rules, const cors_settings_t *s)
{
    int i;

    rules->n = s->use->n;
    if (s->origins || s->credentials) {
        new_fault(rules, CORS_F_SEVERAL_SECTION,
                  s->origins ? &s->origins->where : &s->credentials->where,
                  &s->use->where, NULL);
    }
    if (on(s->send_origin)) {
        new_fault(rules, CORS_F_SEND_ALWAYS, &s->send_origin->where,
                  &s->use->where, "Always");
    }
    for (i = 0; i < rules->n && !rules->fault.id; i++) {
        cors_policy_t p;

        cors_rules_policy(rules, i, &p);
        check_origins(rules, &p);
        check_list(rules, p.methods);
        check_list(rules, p.headers);
        check_list(rules, p.expose);
    }
}

/* Whatever cannot mean what was written grants nobody anything. */
static void fail_closed(cors_rules_t *rules)
{
    rules->n = 0;
    rules->plain = 0;
    rules->always = NULL;
    rules->keep = 0;
    rules->refusal = CORS_REFUSAL_SILENT;
    rules->preflight = CORS_PREFLIGHT_204;
}

/* Whether, and on whose word, anything holds at all. */
static void read_engine(cors_rules_t *rules, const cors_settings_t *s)
{
    const cors_use_t *from = NULL;
    const cors_value_t *engine = cors_settings_how(
        s, offsetof(cors_settings_t, engine), &from);
    int policy = s->origins || s->use;

    memset(rules, 0, sizeof(*rules));
    rules->settings = s;
    rules->refusal = (cors_refusal_e)how_value(
        s, offsetof(cors_settings_t, refusal));
    rules->engine = engine ? (cors_engine_e)engine->value
                           : CORS_ENGINE_DEFAULT;
    if (engine && engine->value != CORS_ENGINE_DEFAULT) {
        rules->engine_where = &engine->where;
        rules->engine_at_server = from ? from->at_server : engine->at_server;
    }
    if (rules->engine == CORS_ENGINE_DEFAULT) {
        rules->engine = policy || rules->refusal ? CORS_ENGINE_ON
                                                 : CORS_ENGINE_OFF;
        rules->in_force = policy || rules->refusal == CORS_REFUSAL_FORBID;
    }
    else {
        rules->in_force = rules->engine != CORS_ENGINE_OFF;
    }
}

static void gather(cors_rules_t *rules, const cors_settings_t *s)
{
    rules->preflight = (cors_preflight_e)how_value(
        s, offsetof(cors_settings_t, preflight));
    rules->keep = how_value(s, offsetof(cors_settings_t, backend));
    rules->has_denies = cors_settings_have_denies(s);
    if (s->use && !s->use->policies) {
        new_fault(rules, CORS_F_POLICY_UNKNOWN, &s->use->where, NULL, NULL);
        if (s->origins) {
            make_one(rules, s);
        }
        return;
    }
    if (s->use) {
        set_fault(rules, &s->use->fault, NULL);
    }
    if (s->use && s->use->n > 1) {
        make_several(rules, s);
    }
    else if (s->origins || cors_settings_single(s)) {
        make_one(rules, s);
    }
    else {
        check_list(rules, s->methods);
        check_list(rules, s->headers);
        check_list(rules, s->expose);
    }
}

void cors_rules_gather(cors_rules_t *rules, const cors_settings_t *s)
{
    read_engine(rules, s);
    gather(rules, s);
}

void cors_rules_make(cors_rules_t *rules, const cors_settings_t *s)
{
    read_engine(rules, s);
    if (rules->engine == CORS_ENGINE_OFF && !rules->engine_where
        && !s->methods && !s->headers && !s->expose) {
        return;
    }
    gather(rules, s);
    if (rules->fault.id) {
        if (!rules->engine_where) {
            /* Nobody said Off: what contradicts itself allows nobody. */
            rules->engine = CORS_ENGINE_ON;
            rules->in_force = 1;
        }
        fail_closed(rules);
    }
    rules->timing = cors_rules_timing(rules);
    rules->writes = rules->engine == CORS_ENGINE_ON && rules->in_force;
}

void cors_rules_prepare(cors_settings_t *s, apr_pool_t *pool)
{
    cors_rules_t *rules;

    if (!s->touched || s->rules) {
        return;
    }
    rules = apr_palloc(pool, sizeof(*rules));
    cors_rules_make(rules, s);
    s->candidate = cors_settings_candidate(pool, s);
    if (s->candidate) {
        cors_rules_prepare((cors_settings_t *)s->candidate, pool);
    }
    if (s->headers) {
        cors_list_sort(s->headers);
    }
    /* Last: what has rules lasts. */
    s->rules = rules;
}

int cors_rules_add_denies(cors_rules_t *rules, const cors_settings_t *target)
{
    if (!cors_settings_have_denies(target)) {
        return 0;
    }
    rules->target = target;
    rules->has_denies = 1;
    /* The answer depends on the origin from here on. */
    rules->plain = 0;
    if (rules->always && denied_always(rules, rules->always)) {
        fail_closed(rules);
    }
    return 1;
}

int cors_rules_timing(const cors_rules_t *rules)
{
    const cors_value_t *timing = rules->settings->timing;
    int i;

    if (!rules->n) {
        return timing && timing->value;
    }
    for (i = 0; i < rules->n; i++) {
        cors_policy_t p;

        cors_rules_policy(rules, i, &p);
        if (p.timing) {
            return 1;
        }
    }
    return 0;
}
