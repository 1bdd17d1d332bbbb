/* SPDX-License-Identifier: Apache-2.0 */
/*
 * counters.h: how often what happened, by policy, in memory that all processes
 * share and that outlives restarts.
 *
 * Each policy has a slot, found by the policy's name while the server starts:
 * so its values stay with it when the configuration changes. On the way of a
 * request a slot is a pointer, and counting one atomic addition.
 */
#ifndef CORS_COUNTERS_H
#define CORS_COUNTERS_H

#include "httpd/shared.h"

#include "engine/change.h"
#include "engine/reason.h"

/* What is counted: each reason of a decision (engine/reason.h), and these. */
typedef enum {
    CORS_COUNT_FORBIDDEN = CORS_REASONS,    /* CORSRefusal's 403 */
    CORS_COUNT_REMOVED,         /* responses that lost others' headers */
    CORS_COUNT_SOURCE_ERRORS,   /* a source that did not answer */
    CORS_COUNT_CANDIDATE,       /* CORSCandidatePolicy: each change it makes
                                   (engine/change.h) */
    CORS_COUNTS = CORS_COUNT_CANDIDATE + CORS_CHANGES
} cors_count_e;

#define CORS_COUNT_LABEL 248

/* When one of them was told last, in seconds, and how many were not since. */
typedef struct cors_told_t {
    volatile apr_uint32_t at;
    volatile apr_uint32_t held;
} cors_told_t;

/* The counters of one policy. */
typedef struct cors_slot_t {
    volatile apr_uint64_t counts[CORS_COUNTS];
    cors_told_t told[CORS_COUNTS];
    apr_uint32_t serial;        /* never used again; 0: a free slot */
    apr_uint32_t generation;    /* the last configuration that has it */
    char label[CORS_COUNT_LABEL];   /* its name, or file:line; the end of it
                                       where it is too long */
} cors_slot_t;

/**
 * A new configuration: no policy has a slot yet. While the server starts.
 * @param pconf What belongs to this configuration goes there.
 */
void cors_counters_begin(server_rec *s, apr_pool_t *pconf);

/**
 * The slot of a policy of this configuration: the one that it had before, if
 * any. Between cors_counters_begin and the end of the start.
 * @param label Its name or place.
 */
cors_slot_t *cors_counters_slot(const char *label);

/** Begin, and give every policy of the server's configuration its slot
 *  (slots.c): once everything was read. */
void cors_slots_assign(server_rec *s, apr_pool_t *pconf);

/**
 * Where a decision counts (slots.c).
 * @param p The policy that decided.
 * @return NULL for a policy that stands only in .htaccess.
 */
cors_slot_t *cors_slot_of(const cors_rules_t *rules, const cors_policy_t *p);

/**
 * Count one more. Thread-safe, and safe against the death of a process.
 * @param slot NULL: a policy that only .htaccess files have; they share one.
 */
void cors_count(cors_slot_t *slot, unsigned what);

/**
 * Whether it is time to tell of this again: once a minute, over all processes.
 * Thread-safe.
 * @param held Gets how many were not told since the last time.
 */
int cors_tell_now(cors_slot_t *slot, unsigned what, apr_time_t now,
                  apr_uint32_t *held);

/** The slot itself, of a policy that may have none of its own. */
cors_slot_t *cors_slot(cors_slot_t *slot);

/* One policy's values, as they stood when they were read. */
typedef struct cors_counted_t {
    const char *label;
    apr_uint32_t serial;
    apr_uint64_t counts[CORS_COUNTS];
} cors_counted_t;

/** All policies in the order of the configuration, then ".htaccess" and, where
 *  any has counted, those "(gone)": an array of cors_counted_t in pool. */
apr_array_header_t *cors_counters_read(apr_pool_t *pool);

/** The label of the slot with this serial, or "(gone)". */
const char *cors_counters_label(apr_uint32_t serial);

#endif /* CORS_COUNTERS_H */
