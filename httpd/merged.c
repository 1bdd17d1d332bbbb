/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merged.c: the settings that a process has merged.
 *
 * Readers take no lock: an entry is complete before it is published, and is
 * never changed or freed.
 */
#include "httpd/merged.h"

#include "apr_thread_mutex.h"

#include "engine/policy.h"

/* A section can be met over so many others, and a process keeps so many in
 * all; the rest are merged for each request. Far more than any configuration
 * needs, unless it is made of hundreds of <If> that come and go. */
#define MAX_OF_ONE 16
#define MAX_OF_ALL 4096

/* An inner section over this outer one. */
typedef struct cors_merged_t {
    const cors_settings_t *outer;
    const cors_settings_t *both;
    struct cors_merged_t *next;
    int n;                          /* entries from here on */
} merged_t;

static struct {
    apr_pool_t *pool;               /* NULL: nothing is kept */
#if APR_HAS_THREADS
    apr_thread_mutex_t *lock;       /* over pool, n and new entries */
#endif
    int n;
} kept;

void cors_merged_start(void)
{
    apr_pool_t *pool;

    /* Nobody's child, and with an allocator of its own: never destroyed. A
     * child that is stopped at once destroys its pools in any order, and logs
     * the requests that it finds in them. */
    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS) {
        return;
    }
#if APR_HAS_THREADS
    if (apr_thread_mutex_create(&kept.lock, APR_THREAD_MUTEX_DEFAULT, pool)
        != APR_SUCCESS) {
        return;
    }
#endif
    kept.n = 0;
    kept.pool = pool;
}

static const cors_settings_t *find(merged_t *e, const cors_settings_t *outer)
{
    for (; e; e = e->next) {
        if (e->outer == outer) {
            return e->both;
        }
    }
    return NULL;
}

/* Under the lock. */
static const cors_settings_t *add(const cors_settings_t *outer,
                                  cors_settings_t *inner)
{
    merged_t *first = inner->merged;
    const cors_settings_t *there = find(first, outer);
    cors_settings_t *both;
    merged_t *e;

    if (there) {
        return there;
    }
    if (kept.n >= MAX_OF_ALL || (first && first->n >= MAX_OF_ONE)) {
        return NULL;
    }
    both = (cors_settings_t *)cors_settings_merge(kept.pool, outer, inner);
    cors_rules_prepare(both, kept.pool);
    e = apr_palloc(kept.pool, sizeof(*e));
    e->outer = outer;
    e->both = both;
    e->next = first;
    e->n = first ? first->n + 1 : 1;
    kept.n++;
    __atomic_store_n(&inner->merged, e, __ATOMIC_RELEASE);
    return both;
}

static const cors_settings_t *keep(const cors_settings_t *outer,
                                   cors_settings_t *inner)
{
    const cors_settings_t *both;

#if APR_HAS_THREADS
    apr_thread_mutex_lock(kept.lock);
#endif
    both = add(outer, inner);
#if APR_HAS_THREADS
    apr_thread_mutex_unlock(kept.lock);
#endif
    return both;
}

void *cors_merge_dir_config(apr_pool_t *p, void *outer_dir, void *inner_dir)
{
    const cors_settings_t *outer = outer_dir;
    cors_settings_t *inner = inner_dir;
    const cors_settings_t *both = NULL;

    if (!outer->touched) {
        return inner;
    }
    if (!inner->touched) {
        return outer_dir;
    }
    /* Rules are made of what lasts, and of nothing else. */
    if (kept.pool && outer->rules && inner->rules) {
        both = find(__atomic_load_n(&inner->merged, __ATOMIC_ACQUIRE), outer);
        if (!both) {
            both = keep(outer, inner);
        }
    }
    return (void *)(both ? both : cors_settings_merge(p, outer, inner));
}
