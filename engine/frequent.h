/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frequent.h: the most frequent refusals of a stream of any length, in memory
 * of a fixed size.
 *
 * The algorithm is Space-Saving (Metwally, Agrawal and El Abbadi, 2005): what
 * is new takes the place of the rarest, with its count. So a count may be too
 * high, by at most `error`, and never too low; and whatever made up more than
 * one part in WAYS of a set's stream is in that set. Made-up origins push each
 * other out, not a real one that comes often.
 *
 * There are many small sets instead of one: each refusal belongs to one by its
 * seeded hash, so finding the rarest means to look at WAYS of them.
 */
#ifndef CORS_FREQUENT_H
#define CORS_FREQUENT_H

#include "apr_time.h"

#include "reason.h"

#define CORS_FREQUENT_WAYS 16

/* As much as is kept of each text; a whole origin has its place. */
#define CORS_FREQUENT_ORIGIN 320
#define CORS_FREQUENT_AT 64
#define CORS_FREQUENT_METHOD 24

/* A refusal: whose, why, by which policy. These make it one. */
typedef struct cors_seen_t {
    cors_span_t origin;
    cors_span_t at;             /* the method or header refused, or empty */
    cors_reason_e reason;
    apr_uint32_t policy;        /* a number that stands for it */
    /* And what is kept of its last time. */
    const char *method;
    int credentials, several;   /* as in cors_refusal_facts_t */
    apr_time_t time;
} cors_seen_t;

/* One that is kept. Plain memory, shared by processes: a reader that comes in
 * between sees texts that end within their arrays, whatever they say. */
typedef struct cors_frequent_t {
    apr_uint64_t count;         /* 0: a free place */
    apr_uint64_t error;
    apr_time_t last;
    apr_uint32_t hash;
    apr_uint32_t policy;
    unsigned char reason, credentials, several;
    unsigned char is_cut;       /* the origin was longer */
    unsigned short origin_len, at_len;
    char origin[CORS_FREQUENT_ORIGIN];
    char at[CORS_FREQUENT_AT];
    char method[CORS_FREQUENT_METHOD];
} cors_frequent_t;

/** The hash of a refusal: nobody can aim at a set who does not know the
 *  seed. */
apr_uint32_t cors_frequent_hash(const cors_seen_t *seen, apr_uint32_t seed);

/**
 * Note one in its set. Whoever calls holds the set's lock.
 * @param set CORS_FREQUENT_WAYS of them.
 */
void cors_frequent_note(cors_frequent_t *set, const cors_seen_t *seen,
                        apr_uint32_t hash);

#endif /* CORS_FREQUENT_H */
