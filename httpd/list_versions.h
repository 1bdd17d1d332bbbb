/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_versions.h: the versions of a list in a file, and which one holds now.
 */
#ifndef CORS_LIST_VERSIONS_H
#define CORS_LIST_VERSIONS_H

#include <sys/types.h>

#include "apr_thread_cond.h"
#include "apr_thread_mutex.h"

#include "httpd/list_file.h"
#include "httpd/source_file.h"

/* Until it has rested so long, somebody may still be writing to it. Clocks of
 * file systems are coarse: within this time one more change may leave no
 * sign. */
#define CORS_FILE_RESTED apr_time_from_sec(2)

struct cors_file_t {
    const char *path;
    const unsigned *tolerate;
    const cors_where_t *credentials;    /* a line that switches them on where
                                           the list is used, or NULL */
    pid_t reader;                   /* of the configuration */
    volatile apr_uint32_t *latest;  /* shared by all processes: the number of
                                       the last good version that one of them
                                       read; 0: it is the start's */
#if APR_HAS_THREADS
    apr_thread_mutex_t *lock;       /* over the next ones */
    apr_thread_cond_t *checked_once;    /* by this process */
#endif
    cors_version_t *current;        /* NULL: there is no good one */
    apr_uint32_t number;            /* of current; 0: the start's, when it had not
                                       rested yet */
    apr_status_t failed;            /* of the file itself */
    int is_stale;                   /* other processes had a later one, which
                                       cannot be read any more */
    int is_checked;                 /* by this process */
    apr_time_t checked;             /* in seconds */
    int checking;                   /* a thread does: it alone uses the rest */
    cors_stamp_t seen;              /* of the version read last, good or bad */
    cors_changed_t changed;         /* what it looked like last, */
    apr_time_t since;               /* since when, */
    apr_time_t restless;            /* and since when it is not that of seen;
                                       0: it is */
    int is_read;                    /* at start: */
    cors_reading_e outcome;
    cors_version_t *first;          /* good or bad */
};

/**
 * Look at the file once a second at most, and take what holds now. Thread-safe.
 * @param why Set where there is nothing: what the log says.
 * @return A version that stays until the request ends, or NULL: the list does
 *         not answer.
 */
cors_version_t *cors_file_current(cors_file_t *file, request_rec *r,
                                  const char **why);

#endif /* CORS_LIST_VERSIONS_H */
