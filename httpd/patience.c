/* SPDX-License-Identifier: Apache-2.0 */
/*
 * patience.c: one call at a time is watched; it stands for those beside it.
 */
#include "httpd/patience.h"

#include "apr_time.h"

/* Milliseconds. A call within a network takes one or two. */
#define TOO_LONG 100
/* Until somebody tries again, doubled each time. */
#define AGAIN 60000
#define DOUBLED_MOST 6

/* Of one process: so many of its threads may be lost before the first of them
 * has been out for too long. */
#define OUT_MOST 8

/* One that is not watched; those that are have an odd number. */
#define BESIDE 2

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
static int is_late(apr_uint32_t since, apr_uint32_t now)
{
    return since && now - since >= TOO_LONG && since - now >= TOO_LONG;
}

int cors_patience_is_over(const cors_patience_t *p)
{
    return is_late(apr_atomic_read32((volatile apr_uint32_t *)&p->since),
                   clock_now());
}

static apr_uint32_t enter(cors_patience_t *p)
{
    const apr_uint32_t now = clock_now();
    const apr_uint32_t since = apr_atomic_read32(&p->since);

    if (!since) {
        return watch(p, now, 0) ? now : BESIDE;
    }
    return is_late(since, now) ? try_again(p, now, since) : BESIDE;
}

apr_uint32_t cors_patience_begin(cors_patience_t *p)
{
    apr_uint32_t ticket = apr_atomic_inc32(&out) < OUT_MOST ? enter(p) : 0;

    if (!ticket) {
        apr_atomic_dec32(&out);
    }
    return ticket;
}

void cors_patience_end(cors_patience_t *p, apr_uint32_t ticket)
{
    apr_atomic_dec32(&out);
    if (ticket != BESIDE && apr_atomic_cas32(&p->since, 0, ticket) == ticket) {
        apr_atomic_set32(&p->lost, 0);
    }
}
