/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finding.h: what is wrong with a line of configuration, and what to write.
 *
 * Every fault and warning that the module can report has one row in the table
 * in finding.c: a stable number, a severity and the reason in one sentence.
 * Whoever finds it adds the value as written and the text to write instead.
 */
#ifndef CORS_FINDING_H
#define CORS_FINDING_H

#include "apr_pools.h"
#include "apr_tables.h"

/* A place in the configuration. file NULL: nowhere. */
typedef struct cors_where_t {
    const char *file;
    int line;
} cors_where_t;

/** Whether both are the same line, or both NULL. */
int cors_same_place(const cors_where_t *a, const cors_where_t *b);

/* The values are the numbers that users see (CORS012): never reuse one. */
typedef enum {
    CORS_F_NOT_AN_ORIGIN = 1,
    CORS_F_ORIGIN_PATH = 2,
    CORS_F_ORIGIN_USER = 3,
    CORS_F_ORIGIN_CASE = 4,
    CORS_F_ORIGIN_NON_ASCII = 5,
    CORS_F_ORIGIN_DEFAULT_PORT = 6,
    CORS_F_ORIGIN_PORT = 7,
    CORS_F_ORIGIN_IP = 8,
    CORS_F_ORIGIN_FILE = 9,
    CORS_F_WILDCARD_PLACE = 10,
    CORS_F_ANY_WITH_CREDENTIALS = 11,
    CORS_F_ANY_BESIDE_OTHERS = 12,
    CORS_F_NULL_UNTOLERATED = 13,
    CORS_F_NULL_WITH_CREDENTIALS = 14,
    CORS_F_SCHEME_WITH_CREDENTIALS = 15,
    CORS_F_SUFFIX_WITH_CREDENTIALS = 16,
    CORS_F_SUFFIX = 17,
    CORS_F_INSECURE_WITH_CREDENTIALS = 18,
    CORS_F_REGEX_SYNTAX = 19,
    CORS_F_REGEX_ANY_WITH_CREDENTIALS = 20,
    CORS_F_REGEX_BROAD_WITH_CREDENTIALS = 21,
    CORS_F_REGEX_BROAD = 22,
    CORS_F_METHOD_FORBIDDEN = 23,
    CORS_F_METHOD_TOKEN = 24,
    CORS_F_FIELD_TOKEN = 25,
    CORS_F_EXPOSE_COOKIE = 26,
    CORS_F_MAX_AGE = 27,
    CORS_F_MAX_AGE_CAPPED = 28,
    CORS_F_POLICY_UNKNOWN = 29,
    CORS_F_POLICY_TWICE = 30,
    CORS_F_POLICY_ANY_NOT_LAST = 31,
    CORS_F_SEND_ALWAYS = 32,
    CORS_F_NONE_BESIDE_OTHERS = 33,
    CORS_F_DENY_NONE = 34,
    CORS_F_VALUE = 35,
    CORS_F_EMPTY_LIST = 36,
    CORS_F_PLACE = 37,
    CORS_F_POLICY_CONTENT = 38,
    CORS_F_SEVERAL_POLICY = 39,
    CORS_F_SEVERAL_SECTION = 40,
    CORS_F_HEADER_DROPPED = 41,
    CORS_F_EXPOSE_DROPPED = 42,
    CORS_F_DUPLICATE = 43,
    CORS_F_METHOD_CASE = 44,
    CORS_F_REGEX_COST = 45,
    CORS_F_SHADOWED = 46,
    CORS_F_EXPOSE_ANY = 47,
    CORS_F_ANY_GUARDED = 48,
    CORS_F_ENGINE_ALONE = 49,
    CORS_F_ALWAYS_FORBID = 50,
    CORS_F_IF_ORIGIN = 51,
    CORS_F_CLIENT_CERTIFICATE = 52,
    CORS_F_PASS_OPTIONS = 53,
    CORS_F_ALLOW_METHODS = 54,
    CORS_F_OPTIONS_OPEN = 55,
    CORS_F_REWRITE_STATUS = 56,
    CORS_F_HEADER_OVERRIDDEN = 57,
    CORS_F_REDIRECTED = 58,
    CORS_F_PREFLIGHT_REFUSED = 59,
    CORS_F_CACHE_IGNORES = 60,
    CORS_F_UNCHECKED = 61,
    CORS_F_HTACCESS = 62,
    CORS_F_CANDIDATE = 63,
    CORS_F_SOURCE_UNKNOWN = 64,
    CORS_F_SOURCE = 65,
    CORS_F_SOURCE_ENTRY = 66,
    CORS_F_SOURCE_LATER = 67,
    CORS_F_REGEX_NOBODY = 68
} cors_finding_e;

typedef struct cors_finding_t {
    cors_finding_e id;
    int is_error;           /* 0: a warning */
    int may_change;         /* depends on more than the configuration: an error
                               for configtest, not for a start */
    cors_where_t where;     /* the line at fault */
    cors_where_t other;     /* where two lines contradict, the second */
    const char *text;       /* "CORS012: …": value, reason, what to write */
} cors_finding_t;

/* Where findings go: created by whoever asks for a check. */
typedef struct cors_findings_t {
    apr_pool_t *pool;
    apr_array_header_t *list;   /* of cors_finding_t */
    int errors;                 /* those that are not kept too */
    int most;                   /* so many errors are kept, and so many
                                   warnings; 0: all */
    int newest;                 /* its index, or -1: it was not kept */
} cors_findings_t;

/**
 * An empty list of findings.
 * @param pool Holds the list and the texts of its findings.
 */
cors_findings_t *cors_findings_make(apr_pool_t *pool);

/**
 * Add a finding. Not thread-safe: one list belongs to one reader.
 * @param to The list; NULL drops the finding.
 * @param id Which one; its severity and reason come from the table.
 * @param where The line at fault; may be NULL.
 * @param value The text as written, escaped here; NULL: no value is shown.
 * @param advice What to write instead, a printf format; NULL: the table's own.
 */
void cors_finding_add(cors_findings_t *to, cors_finding_e id,
                      const cors_where_t *where, const char *value,
                      const char *advice, ...)
    __attribute__((format(printf, 5, 6)));

/**
 * Add a finding of another list, whose pool may end before this one's.
 * @return The copy, or NULL where it is not kept.
 */
cors_finding_t *cors_finding_copy(cors_findings_t *to,
                                  const cors_finding_t *finding);

/** Name the second of two lines that contradict, on the newest finding. */
void cors_finding_other(cors_findings_t *to, const cors_where_t *other);

/** Say of the newest finding that it may be right at another start, without any
 *  change of the configuration. */
void cors_finding_may_change(cors_findings_t *to);

/** The first error in the list, or NULL. Its lifetime is the list's. */
const cors_finding_t *cors_findings_error(const cors_findings_t *list);

/** "CORS012", a constant. NULL for a number that no row has. */
const char *cors_finding_name(cors_finding_e id);

/** Whether the table calls this an error (1) or a warning (0). */
int cors_finding_is_error(cors_finding_e id);

#endif /* CORS_FINDING_H */
