/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.c: merging by pointers.
 */
#include "settings.h"

#include <string.h>

#include "apr_strings.h"

const cors_value_t *cors_settings_how(const cors_settings_t *s,
                                      apr_size_t field,
                                      const cors_use_t **from)
{
    for (; s; s = s->below) {
        const cors_settings_t *policy = cors_settings_single(s);
        const cors_value_t *v =
            *(cors_value_t *const *)(const void *)((const char *)s + field);

        *from = NULL;
        if (!v && policy) {
            v = *(cors_value_t *const *)(const void *)((const char *)policy
                                                       + field);
            *from = s->use;
        }
        if (v) {
            return v;
        }
    }
    return NULL;
}

cors_settings_t *cors_settings_make(apr_pool_t *pool)
{
    return apr_pcalloc(pool, sizeof(cors_settings_t));
}

static const cors_denies_t *join(apr_pool_t *pool, const cors_denies_t *outer,
                                 const cors_denies_t *inner)
{
    cors_denies_t *both;

    if (!outer || !inner) {
        return outer ? outer : inner;
    }
    both = apr_pcalloc(pool, sizeof(*both));
    both->outer = outer;
    both->inner = inner;
    return both;
}

/* Who: naming a list starts afresh; credentials or CORSSendOrigin alone change
 * the inherited list. */
static void merge_who(cors_settings_t *s, const cors_settings_t *inner)
{
    if (inner->origins) {
        s->origins = inner->origins;
        s->credentials = inner->credentials;
        s->send_origin = inner->send_origin;
        if (s->use && s->use->n > 1) {
            /* A new list ends all of several policies. */
            s->use = NULL;
        }
        return;
    }
    if (inner->credentials) {
        s->credentials = inner->credentials;
    }
    if (inner->send_origin) {
        s->send_origin = inner->send_origin;
    }
}

const cors_settings_t *cors_settings_candidate(apr_pool_t *pool,
                                               const cors_settings_t *s)
{
    cors_settings_t *candidate;

    if (s->candidate || !s->trial || !s->trial->n) {
        return s->candidate;
    }
    candidate = cors_settings_make(pool);
    candidate->touched = 1;
    candidate->cut = 1;
    candidate->use = s->trial;
    candidate->engine = s->engine;
    candidate->refusal = s->refusal;
    candidate->preflight = s->preflight;
    candidate->backend = s->backend;
    candidate->denies = s->denies;
    return candidate;
}

/* Inner sections change what an outer candidate says as they change what the
 * outer policy says. */
static void merge_candidates(apr_pool_t *pool, cors_settings_t *s,
                             const cors_settings_t *outer,
                             const cors_settings_t *inner)
{
    const cors_settings_t *o, *i;

    s->trial = inner->trial ? inner->trial : outer->trial;
    s->candidate = NULL;
    if (!s->trial || !s->trial->n) {
        return;
    }
    o = cors_settings_candidate(pool, outer);
    i = cors_settings_candidate(pool, inner);
    s->candidate = cors_settings_merge(pool, o ? o : outer, i ? i : inner);
}

#define INNER_WINS(part) \
    if (inner->part) {   \
        s->part = inner->part; \
    }

/* A copy of one side, before the other is merged in. */
static void start(cors_settings_t *s, const cors_settings_t *outer,
                  const cors_settings_t *inner)
{
    s->rules = NULL;
    s->merged = NULL;
    s->outer = outer;
    s->inner = inner;
}

const cors_settings_t *cors_settings_merge(apr_pool_t *pool,
                                           const cors_settings_t *outer,
                                           const cors_settings_t *inner)
{
    cors_settings_t *s;

    if (!outer->touched) {
        return inner;
    }
    if (!inner->touched) {
        return outer;
    }
    if (inner->cut) {
        s = apr_pmemdup(pool, inner, sizeof(*s));
        start(s, outer, inner);
        s->below = inner->below ? cors_settings_merge(pool, outer,
                                                      inner->below)
                                : outer;
        merge_candidates(pool, s, outer, inner);
        return s;
    }
    s = apr_pmemdup(pool, outer, sizeof(*s));
    start(s, outer, inner);
    merge_who(s, inner);
    INNER_WINS(methods)
    INNER_WINS(headers)
    INNER_WINS(expose)
    INNER_WINS(max_age)
    INNER_WINS(timing)
    INNER_WINS(engine)
    INNER_WINS(refusal)
    INNER_WINS(preflight)
    INNER_WINS(backend)
    s->denies = join(pool, outer->denies, inner->denies);
    merge_candidates(pool, s, outer, inner);
    return s;
}

#undef INNER_WINS

cors_origins_t *cors_settings_deny_list(cors_settings_t *s, apr_pool_t *pool,
                                        const cors_where_t *where)
{
    if (!s->denies) {
        cors_denies_t *denies = apr_pcalloc(pool, sizeof(*denies));

        denies->list = cors_origins_make(pool, where, &s->tolerate, 1);
        s->denies = denies;
    }
    /* The section's own list, filled while its lines are read. */
    return (cors_origins_t *)s->denies->list;
}

static void seal_list(cors_list_t *list)
{
    if (list) {
        cors_list_seal(list);
    }
}

void cors_settings_seal(cors_settings_t *s)
{
    if (s->origins) {
        cors_origins_seal(s->origins);
    }
    if (s->denies && s->denies->list) {
        cors_origins_seal((cors_origins_t *)s->denies->list);
    }
    seal_list(s->methods);
    seal_list(s->headers);
    seal_list(s->expose);
}

static void use_fault(cors_use_t *use, cors_finding_e id,
                      const cors_where_t *other, const char *value)
{
    if (!use->fault.id) {
        use->fault.id = id;
        use->fault.where = &use->where;
        use->fault.other = other;
        use->fault.value = value;
    }
}

/* One of several policies: what it must not say. */
static void check_one_of_several(cors_use_t *use, int i)
{
    const cors_settings_t *s = use->policies[i]->settings;
    const cors_value_t *values[] = {s->engine, s->refusal, s->preflight,
                                    s->backend};
    apr_size_t v;

    for (v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
        if (values[v]) {
            use_fault(use, CORS_F_SEVERAL_POLICY, &values[v]->where,
                      use->policies[i]->name);
        }
    }
    if (s->send_origin && s->send_origin->value) {
        use_fault(use, CORS_F_SEVERAL_POLICY, &s->send_origin->where,
                  use->policies[i]->name);
    }
    if (i < use->n - 1 && s->origins && cors_origin_set_any(s->origins->set)) {
        use_fault(use, CORS_F_POLICY_ANY_NOT_LAST,
                  cors_origin_set_any(s->origins->set),
                  use->policies[i]->name);
    }
}

static int has_credentials(const cors_named_t *policy)
{
    return policy->settings->credentials
           && policy->settings->credentials->value;
}

void cors_use_resolve(cors_use_t *use, const cors_named_t **policies,
                      apr_pool_t *pool)
{
    int i, j;

    use->policies = policies;
    if (use->none && use->n) {
        use_fault(use, CORS_F_NONE_BESIDE_OTHERS, NULL, "None");
    }
    if (use->n < 2) {
        return;
    }
    use->less = apr_pcalloc(pool, (apr_size_t)use->n);
    for (i = 0; i < use->n; i++) {
        check_one_of_several(use, i);
        for (j = 0; j < use->n; j++) {
            const cors_settings_t *other = policies[j]->settings;

            if (has_credentials(policies[j]) && !has_credentials(policies[i])) {
                use->less[i] |= CORS_LESS_CREDENTIALS;
            }
            if (has_credentials(policies[i]) && !has_credentials(policies[j])) {
                use->less[i] |= CORS_LESS_ANY;
                if (other->expose && other->expose->any) {
                    use->less[i] |= CORS_LESS_EXPOSED;
                }
            }
            if (!cors_list_covers(policies[i]->settings->expose,
                                  other->expose)) {
                use->less[i] |= CORS_LESS_EXPOSED;
            }
        }
    }
}
