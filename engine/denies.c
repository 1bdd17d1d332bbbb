/* SPDX-License-Identifier: Apache-2.0 */
/*
 * denies.c: who denies an origin, whatever a policy says. Denies of all
 * sections around hold, and those of a section's one policy.
 */
#include "policy.h"

#include <stddef.h>

int cors_settings_have_denies(const cors_settings_t *s)
{
    for (; s; s = s->below) {
        const cors_settings_t *policy = cors_settings_single(s);

        if (s->denies || (policy && policy->denies)) {
            return 1;
        }
    }
    return 0;
}

static const cors_where_t *denied_by(const cors_denies_t *d,
                                     cors_subject_t *subject)
{
    const cors_where_t *where = NULL;

    if (!d) {
        return NULL;
    }
    if (d->list) {
        where = cors_origins_deny(d->list, subject);
    }
    if (!where) {
        where = denied_by(d->inner, subject);
    }
    return where ? where : denied_by(d->outer, subject);
}

const cors_where_t *cors_settings_denied(const cors_settings_t *s,
                                         cors_subject_t *subject)
{
    const cors_where_t *where = NULL;

    for (; s && !where; s = s->below) {
        const cors_settings_t *policy = cors_settings_single(s);

        where = denied_by(s->denies, subject);
        if (!where && policy) {
            where = denied_by(policy->denies, subject);
        }
    }
    return where;
}

const cors_where_t *cors_rules_denied(const cors_rules_t *rules,
                                      cors_subject_t *subject)
{
    const cors_where_t *where = NULL;

    if (rules->has_denies) {
        where = cors_settings_denied(rules->settings, subject);
        if (!where) {
            where = cors_settings_denied(rules->target, subject);
        }
    }
    return where;
}
