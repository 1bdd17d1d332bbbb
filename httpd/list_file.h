/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_file.h: one version of a list of origins in a file.
 */
#ifndef CORS_LIST_FILE_H
#define CORS_LIST_FILE_H

#include "httpd/module.h"

#include "engine/origins.h"

/* What tells one state of a file from another. Tools set a file's mtime back;
 * nobody can set its ctime. */
typedef struct cors_stamp_t {
    apr_time_t mtime;
    apr_time_t ctime;
    apr_off_t size;
    apr_ino_t inode;
    apr_dev_t device;
} cors_stamp_t;

typedef struct cors_version_t {
    apr_pool_t *pool;               /* its own, nobody's child: all of it */
    cors_origins_t *list;           /* sealed */
    cors_findings_t *findings;      /* about its lines, the first ones … */
    int of_lines;                   /* … about each alone */
    unsigned users;                 /* whoever has it counts them */
} cors_version_t;

typedef enum {
    CORS_READING_GOOD,
    CORS_READING_BAD,               /* the findings say why */
    CORS_READING_LATER,             /* somebody may be writing to it */
    CORS_READING_FAILED             /* failed says why */
} cors_reading_e;

typedef struct cors_reading_t {
    const char *path;
    cors_version_t *version;        /* whatever came of it; NULL: no memory */
    cors_stamp_t stamp;             /* of the file as it was read */
    apr_status_t failed;
} cors_reading_t;

/* A file that was read before, and has changed since. */
typedef struct cors_changed_t {
    cors_stamp_t stamp;             /* to what */
    apr_time_t rested;              /* for so long at least it has been that */
    const cors_where_t *credentials;    /* the line that switches them on where
                                           the list is used, or NULL */
} cors_changed_t;

/**
 * How a file looks.
 * @return APR_SUCCESS, or why it cannot be a list: it is not there, or no
 *         ordinary file, or far too long.
 */
apr_status_t cors_stamp_look(const char *path, cors_stamp_t *stamp,
                             apr_pool_t *pool);

/** Whether this process can open what looks like a list. */
apr_status_t cors_list_open(const char *path, apr_pool_t *pool);

int cors_stamp_is_same(const cors_stamp_t *a, const cors_stamp_t *b);

/** A number that tells it from others; never 0. */
apr_uint32_t cors_stamp_number(const cors_stamp_t *stamp);

/** What a failure says of a list, and what to do, in pool or a constant. */
const char *cors_list_error(apr_status_t failed, apr_pool_t *pool);

/**
 * Read a version of a list. Thread-safe.
 * @param reading Filled in.
 * @param path Absolute; outlives the version.
 * @param tolerate Of the section that uses the list.
 * @param changed NULL at a start: what only its use with credentials makes bad
 *                is not judged then.
 * @return Only what is GOOD may be used, as a whole. The version is the
 *         caller's in any case.
 */
cors_reading_e cors_version_read(cors_reading_t *reading, const char *path,
                                 const unsigned *tolerate,
                                 const cors_changed_t *changed);

/** Free a version that nobody uses any more; NULL is nothing. */
void cors_version_drop(cors_version_t *version);

#endif /* CORS_LIST_FILE_H */
