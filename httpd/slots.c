/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slots.c: which slot each policy counts in.
 *
 * A named policy under its name, a section's own under its file:line, as in
 * CORS_POLICY. Several policies that all refuse count for the line of their
 * CORSUsePolicy; a section without any policy for the line that switches it on.
 */
#include "httpd/counters.h"
#include "httpd/registry.h"

static void assign_section(const cors_section_t *section, apr_pool_t *pool)
{
    cors_settings_t *s = section->settings;

    if (s->origins) {
        s->origins->slot = cors_counters_slot(s->origins->label);
    }
    if (s->use && s->use->n != 1) {
        s->use->slot = cors_counters_slot(cors_place(pool, &s->use->where));
    }
    if (s->origins || s->use) {
        return;
    }
    if (s->engine && s->engine->value != CORS_ENGINE_OFF) {
        s->engine->slot = cors_counters_slot(cors_place(pool,
                                                        &s->engine->where));
    }
    if (s->refusal && s->refusal->value != CORS_REFUSAL_SILENT) {
        s->refusal->slot = cors_counters_slot(cors_place(pool,
                                                         &s->refusal->where));
    }
}

void cors_slots_assign(server_rec *s, apr_pool_t *pconf)
{
    const apr_array_header_t *sections = cors_registry_sections();
    int i;

    cors_counters_begin(s, pconf);
    for (i = 0; i < sections->nelts; i++) {
        const cors_section_t *section = &APR_ARRAY_IDX(sections, i,
                                                       cors_section_t);

        if (section->named) {
            section->named->slot = cors_counters_slot(section->named->name);
        }
        else if (!section->is_policy) {
            assign_section(section, pconf);
        }
    }
}

cors_slot_t *cors_slot_of(const cors_rules_t *rules, const cors_policy_t *p)
{
    const cors_settings_t *s = rules->settings;

    if (!p->origins && rules->n == 1) {
        p = &rules->one;
    }
    if (p->named) {
        return p->named->slot;
    }
    if (p->origins) {
        return p->origins->slot;
    }
    /* Nobody in particular: several refuse, or there is none. */
    if (s->use) {
        return s->use->n == 1 && s->use->policies ? s->use->policies[0]->slot
                                                  : s->use->slot;
    }
    if (s->origins) {
        return s->origins->slot;
    }
    if (s->engine && s->engine->slot) {
        return s->engine->slot;
    }
    return s->refusal ? s->refusal->slot : NULL;
}
