/* SPDX-License-Identifier: Apache-2.0 */
/*
 * patience.h: calls into what may never return from them.
 *
 * Who is in such a call cannot be helped. So where one has been out for too
 * long, nobody else goes in, but for one who tries again from time to time.
 */
#ifndef CORS_PATIENCE_H
#define CORS_PATIENCE_H

#include "apr_atomic.h"

/* Shared by all processes; zeroed at first. */
typedef struct cors_patience_t {
    volatile apr_uint32_t since;    /* when the oldest call began, in
                                       milliseconds; 0: none is out */
    volatile apr_uint32_t lost;     /* in a row, that did not come back */
} cors_patience_t;

/* Whose patience, and how much. */
typedef struct cors_patient_t {
    cors_patience_t *shared;
    apr_uint32_t too_long;          /* milliseconds */
    apr_uint32_t most;              /* so many threads of a process may be out
                                       before one has been for too long; 0:
                                       any number. For one patient only. */
} cors_patient_t;

/**
 * Before a call. Thread-safe.
 * @return What cors_patience_end gets; 0: better do without.
 */
apr_uint32_t cors_patience_begin(const cors_patient_t *p);

/** Whether one has been out for too long. */
int cors_patience_is_over(const cors_patient_t *p);

/** It came back. */
void cors_patience_end(const cors_patient_t *p, apr_uint32_t ticket);

#endif /* CORS_PATIENCE_H */
