/* SPDX-License-Identifier: Apache-2.0 */
/*
 * patience.c: one call at a time is watched; it stands for those beside it.
 */
#include "httpd/patience.h"

#include "apr_time.h"

/* Milliseconds until somebody tries again, doubled each time: it may have been
 * one connection that was lost on the way. */
#define AGAIN 20000
#define DOUBLED_MOST 6

/* One that is not watched; those that are have an odd number. */
#define BESIDE 2

/* Threads of this process, where their number is limited. */
static volatile apr_uint32_t out;

static apr_uint32_t watch(cors_patience_t *p, apr_uint32_t now,
                          apr_uint32_t since)
{
    return apr_atomic_cas32(&p->since, now, since) == since ? now : 0;
}

static apr_uint32_t try_again(cors_patience_t *p, apr_uint32_t now,
                              apr_uint32_t since)
{
    const apr_uint32_t lost = apr_atomic_read32(&p->lost);
    const apr_uint32_t pause = (apr_uint32_t)AGAIN
                               << (lost < DOUBLED_MOST ? lost : DOUBLED_MOST);

    if (now - since < pause || !watch(p, now, since)) {
        return 0;
    }
    apr_atomic_inc32(&p->lost);
    return now;
}

static apr_uint32_t clock_now(void)
{
    return (apr_uint32_t)apr_time_as_msec(apr_time_now()) | 1;
}

/* Of two in one moment the later may have read the clock first. */
static int is_late(const cors_patient_t *p, apr_uint32_t since,
                   apr_uint32_t now)
{
    return since && now - since >= p->too_long && since - now >= p->too_long;
}

int cors_patience_is_over(const cors_patient_t *p)
{
    return is_late(p, apr_atomic_read32(&p->shared->since), clock_now());
}

static apr_uint32_t enter(const cors_patient_t *p)
{
    const apr_uint32_t now = clock_now();
    const apr_uint32_t since = apr_atomic_read32(&p->shared->since);

    if (!since) {
        return watch(p->shared, now, 0) ? now : BESIDE;
    }
    return is_late(p, since, now) ? try_again(p->shared, now, since) : BESIDE;
}

apr_uint32_t cors_patience_begin(const cors_patient_t *p)
{
    apr_uint32_t ticket;

    if (!p->most) {
        return enter(p);
    }
    ticket = apr_atomic_inc32(&out) < p->most ? enter(p) : 0;
    if (!ticket) {
        apr_atomic_dec32(&out);
    }
    return ticket;
}

void cors_patience_end(const cors_patient_t *p, apr_uint32_t ticket)
{
    if (p->most) {
        apr_atomic_dec32(&out);
    }
    if (ticket != BESIDE
        && apr_atomic_cas32(&p->shared->since, 0, ticket) == ticket) {
        apr_atomic_set32(&p->shared->lost, 0);
    }
}
