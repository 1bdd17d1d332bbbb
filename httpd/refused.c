/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refused.c: the table of refusals, its locks, and reading it.
 */
#include "httpd/refused.h"

#include "apr_general.h"
#include "apr_strings.h"

#include "engine/frequent.h"

#define SETS 32

/* How often a lock is tried before a refusal is let go. Whoever holds it needs
 * some hundred instructions. */
#define TRIES 200

/* A holder that was killed leaves the lock: seconds until it is broken. */
#define BREAK_AFTER 5

/* A set and its lock: 0, or the second in which it was taken. */
typedef struct set_t {
    volatile apr_uint32_t lock;
    cors_frequent_t rows[CORS_FREQUENT_WAYS];
} set_t;

typedef struct refusals_t {
    volatile apr_uint64_t missed;
    apr_uint32_t seed;              /* 0: not yet made */
    set_t sets[SETS];
} refusals_t;

static refusals_t *table;

void cors_refused_start(server_rec *s)
{
    table = cors_shared("refusals", sizeof(*table), s);
    while (!table->seed) {
        apr_generate_random_bytes((unsigned char *)&table->seed,
                                  sizeof(table->seed));
        table->seed |= 1;
    }
}

static int take(set_t *set, apr_uint32_t now, int tries)
{
    while (tries--) {
        apr_uint32_t held = apr_atomic_cas32(&set->lock, now, 0);

        if (!held) {
            return 1;
        }
        /* The second: a clock that was set back. */
        if ((held + BREAK_AFTER < now || now + BREAK_AFTER < held)
            && apr_atomic_cas32(&set->lock, now, held) == held) {
            return 1;
        }
    }
    return 0;
}

static void release(set_t *set, apr_uint32_t now)
{
    /* Not where it was broken meanwhile: then it is another's. */
    apr_atomic_cas32(&set->lock, 0, now);
}

static apr_uint32_t second(apr_time_t now)
{
    return (apr_uint32_t)apr_time_sec(now) | 1;
}

void cors_refused_note(request_rec *r, const cors_state_t *state,
                       cors_slot_t *slot, const cors_refusal_facts_t *facts)
{
    cors_seen_t seen;
    apr_uint32_t hash, now;
    set_t *set;

    if (!table) {
        return;
    }
    seen.origin.text = facts->origin;
    seen.origin.len = facts->origin_len;
    if (facts->reason == CORS_REASON_METHOD
        || facts->reason == CORS_REASON_HEADER) {
        seen.at = facts->at;
    }
    else {
        seen.at.text = "";
        seen.at.len = 0;
    }
    seen.reason = facts->reason;
    seen.policy = cors_slot(slot)->serial;
    seen.method = state->facts.preflight ? state->facts.method : r->method;
    seen.credentials = facts->credentials;
    seen.several = facts->several;
    seen.time = apr_time_now();
    hash = cors_frequent_hash(&seen, table->seed);
    set = &table->sets[hash % SETS];
    now = second(seen.time);
    if (!take(set, now, TRIES)) {
        CORS_ATOMIC_ADD(&table->missed, 1);
        return;
    }
    cors_frequent_note(set->rows, &seen, hash);
    release(set, now);
}

static char *text(apr_pool_t *pool, const char *from, apr_size_t len,
                  apr_size_t most)
{
    return apr_pstrmemdup(pool, from, len < most ? len : most);
}

static void describe(cors_refused_t *to, const cors_frequent_t *e,
                     apr_pool_t *pool)
{
    cors_refusal_facts_t facts = {0};

    to->origin = text(pool, e->origin, e->origin_len, sizeof(e->origin));
    to->is_cut = e->is_cut;
    to->count = e->count;
    to->error = e->error;
    to->last = e->last;
    to->method = text(pool, e->method, strlen(e->method), sizeof(e->method));
    to->policy = apr_pstrdup(pool, cors_counters_label(e->policy));
    to->reason = e->reason < CORS_REASONS ? (cors_reason_e)e->reason
                                          : CORS_REASON_NOT_LISTED;
    facts.reason = to->reason;
    facts.origin = to->origin;
    facts.origin_len = strlen(to->origin);
    facts.at.text = text(pool, e->at, e->at_len, sizeof(e->at));
    facts.at.len = strlen(facts.at.text);
    facts.credentials = e->credentials;
    facts.several = e->several;
    to->header = to->reason == CORS_REASON_HEADER ? facts.at.text : NULL;
    cors_remedy(&to->remedy, &facts, pool);
    if (e->is_cut || e->at_len == sizeof(e->at)) {
        /* Half a name is another name. */
        to->remedy.lines[0] = to->remedy.lines[1] = NULL;
    }
}

/* One set at one moment. Where its lock cannot be had in a tenth of a second,
 * somebody died with it: what stands there is still worth showing. */
static void copy_set(cors_frequent_t *to, set_t *set)
{
    apr_uint32_t now;
    int i, taken = 0;

    for (i = 0; i < 100 && !taken; i++) {
        now = second(apr_time_now());
        taken = take(set, now, TRIES);
        if (!taken) {
            apr_sleep(1000);
        }
    }
    memcpy(to, set->rows, sizeof(set->rows));
    if (taken) {
        release(set, now);
    }
}

static int by_count(const void *one, const void *two)
{
    const cors_refused_t *a = one, *b = two;

    if (a->count != b->count) {
        return a->count < b->count ? 1 : -1;
    }
    return a->last < b->last ? 1 : a->last > b->last ? -1 : 0;
}

apr_array_header_t *cors_refused_list(apr_pool_t *pool, apr_uint64_t *missed)
{
    apr_array_header_t *list = apr_array_make(pool, 16,
                                              sizeof(cors_refused_t));
    cors_frequent_t *rows = apr_palloc(pool, sizeof(table->sets[0].rows));
    int i, row;

    for (i = 0; table && i < SETS; i++) {
        copy_set(rows, &table->sets[i]);
        for (row = 0; row < CORS_FREQUENT_WAYS; row++) {
            /* Without the lock a method may be half written. */
            rows[row].method[CORS_FREQUENT_METHOD - 1] = '\0';
            if (rows[row].count) {
                describe(apr_array_push(list), &rows[row], pool);
            }
        }
    }
    qsort(list->elts, (size_t)list->nelts, sizeof(cors_refused_t), by_count);
    if (missed) {
        *missed = table ? CORS_ATOMIC_READ(&table->missed) : 0;
    }
    return list;
}
