/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_dbm.c: open, look for one key, close.
 */
#include "httpd/source_dbm.h"

#include "apr_dbm.h"
#include "apr_lib.h"
#include "apr_strings.h"

#include "httpd/sources.h"

/* A tenth of a second in all. */
#define LOCK_TRIES 20
#define LOCK_PAUSE 5000

typedef struct dbm_t {
    const char *type;           /* APR's name of it, such as "gdbm" */
    const char *path;
} dbm_t;

static const char *dbm_make(cmd_parms *cmd, const char *argument,
                            void **source)
{
    dbm_t *d = apr_palloc(cmd->pool, sizeof(*d));
    const char *colon = strchr(argument, ':');
    const char *slash = strchr(argument, '/');

    d->type = "default";
    if (colon && (!slash || colon < slash)) {
        d->type = apr_pstrmemdup(cmd->pool, argument,
                                 (apr_size_t)(colon - argument));
        argument = colon + 1;
    }
    if (!*argument || !*d->type) {
        return "write dbm:PATH or dbm:TYPE:PATH, such as "
               "dbm:gdbm:conf/partners.db";
    }
    d->path = ap_server_root_relative(cmd->pool, argument);
    *source = d;
    return d->path ? NULL : "write dbm:PATH with a path that can be";
}

/* ---- open -------------------------------------------------------------- */

static int is_type_unknown(apr_status_t status)
{
    return status == APR_ENOTIMPL || status == APR_EDSOOPEN
           || status == APR_ESYMNOTFOUND;
}

/* To open what is no file may block, or do something. */
static const char *find_stranger(const char *path, apr_pool_t *pool)
{
    apr_finfo_t info;

    return path
                   && apr_stat(&info, path, APR_FINFO_TYPE, pool) == APR_SUCCESS
                   && info.filetype != APR_REG
               ? apr_pstrcat(pool, path, " is no ordinary file", NULL) : NULL;
}

/* Whoever writes to it has it locked, and sdbm would wait for that for ever:
 * here nobody waits for longer than this. With the lock nobody begins to write
 * until the file was opened. */
static const char *take_lock(const char *path, apr_pool_t *pool,
                             apr_file_t **lock)
{
    apr_status_t status;
    int i;

    *lock = NULL;
    if (apr_file_open(lock, path, APR_FOPEN_READ | APR_FOPEN_NONBLOCK,
                      APR_FPROT_OS_DEFAULT, pool) != APR_SUCCESS) {
        *lock = NULL;
        return NULL;
    }
    for (i = 0; i < LOCK_TRIES; i++) {
        status = apr_file_lock(*lock, APR_FLOCK_SHARED | APR_FLOCK_NONBLOCK);
        if (!APR_STATUS_IS_EAGAIN(status) && !APR_STATUS_IS_EACCES(status)) {
            return NULL;
        }
        apr_sleep(LOCK_PAUSE);
    }
    apr_file_close(*lock);
    *lock = NULL;
    return "somebody has it locked for writing: make a new file beside it and "
           "rename that";
}

/* What the drivers say is a number of their own; most often it is the file. */
static const char *why_not(const char *path, apr_pool_t *pool)
{
    apr_file_t *f;
    apr_status_t status = apr_file_open(&f, path, APR_FOPEN_READ,
                                        APR_FPROT_OS_DEFAULT, pool);

    if (status == APR_SUCCESS) {
        apr_file_close(f);
        return "it is damaged, or of another type";
    }
    return apr_psprintf(pool, "%s: %pm", apr_filepath_name_get(path), &status);
}

/* Returns NULL, or why it cannot be opened. */
static const char *open_file(const dbm_t *d, apr_pool_t *pool,
                             apr_dbm_t **dbm)
{
    const char *one = NULL, *two = NULL, *error;
    apr_file_t *lock;
    apr_status_t status = apr_dbm_get_usednames_ex(pool, d->type, d->path,
                                                   &one, &two);

    if (is_type_unknown(status) || !one) {
        return apr_psprintf(pool, "this APR-util has no DBM type \"%s\": write "
                            "the type that the file was made with, such as "
                            "sdbm, gdbm or db, and install its driver",
                            d->type);
    }
    if ((error = find_stranger(one, pool)) != NULL
        || (error = find_stranger(two, pool)) != NULL
        || (error = take_lock(one, pool, &lock)) != NULL) {
        return error;
    }
    status = apr_dbm_open_ex(dbm, d->type, d->path, APR_DBM_READONLY,
                             APR_FPROT_OS_DEFAULT, pool);
    if (lock) {
        apr_file_close(lock);
    }
    return status == APR_SUCCESS
               ? NULL : apr_psprintf(pool, "%s cannot be opened as a DBM file "
                                     "of type %s: %s", d->path, d->type,
                                     why_not(one, pool));
}

static const char *dbm_check(void *source, apr_pool_t *pool)
{
    apr_dbm_t *dbm;
    const char *error = open_file(source, pool, &dbm);

    if (!error) {
        apr_dbm_close(dbm);
    }
    return error;
}

/* ---- while requests are served ----------------------------------------- */

/* What is not there, and what cannot be read, look the same to
 * apr_dbm_exists. */
static apr_status_t look_for(apr_dbm_t *dbm, const char *origin, int *allowed)
{
    apr_datum_t key, value = {NULL, 0};

    /* httxt2dbm, like nearly everybody, writes keys without a final NUL. */
    key.dptr = (char *)origin;
    key.dsize = strlen(origin);
    *allowed = apr_dbm_exists(dbm, key) != 0;
    return *allowed ? APR_SUCCESS : apr_dbm_fetch(dbm, key, &value);
}

static apr_status_t fail(request_rec *r, const char *why)
{
    apr_table_setn(r->notes, CORS_SOURCE_NOTE, why);
    return APR_EGENERAL;
}

static apr_status_t dbm_ask(void *source, request_rec *r, const char *origin,
                            int *allowed)
{
    const dbm_t *d = source;
    apr_dbm_t *dbm;
    const char *error = open_file(d, r->pool, &dbm);
    apr_status_t status;

    if (error) {
        return fail(r, error);
    }
    status = look_for(dbm, origin, allowed);
    apr_dbm_close(dbm);
    return status == APR_SUCCESS
               ? APR_SUCCESS
               : fail(r, apr_pstrcat(r->pool, d->path, " cannot be read: it is "
                                     "damaged", NULL));
}

const cors_source_provider_t cors_source_dbm = {dbm_make, dbm_check, dbm_ask};
