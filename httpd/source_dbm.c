/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_dbm.c: open, look for one key, close.
 */
#include "httpd/source_dbm.h"

#include "apr_dbm.h"
#include "apr_strings.h"

#include "httpd/sources.h"

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

static apr_status_t open_file(const dbm_t *d, apr_pool_t *pool,
                              apr_dbm_t **dbm)
{
    return apr_dbm_open_ex(dbm, d->type, d->path, APR_DBM_READONLY,
                           APR_FPROT_OS_DEFAULT, pool);
}

static int is_type_unknown(apr_status_t status)
{
    return status == APR_ENOTIMPL || status == APR_EDSOOPEN
           || status == APR_ESYMNOTFOUND;
}

static const char *dbm_check(void *source, apr_pool_t *pool)
{
    const dbm_t *d = source;
    apr_dbm_t *dbm;
    apr_status_t status = open_file(d, pool, &dbm);

    if (status == APR_SUCCESS) {
        apr_dbm_close(dbm);
        return NULL;
    }
    if (is_type_unknown(status)) {
        return apr_psprintf(pool, "this APR-util has no DBM type \"%s\": write "
                            "the type that the file was made with, such as "
                            "sdbm, gdbm or db, and install its driver",
                            d->type);
    }
    return apr_psprintf(pool, "%s cannot be opened as a DBM file of type %s: "
                        "%pm", d->path, d->type, &status);
}

static apr_status_t dbm_ask(void *source, request_rec *r, const char *origin,
                            int *allowed)
{
    apr_dbm_t *dbm;
    apr_datum_t key;
    apr_status_t status = open_file(source, r->pool, &dbm);

    if (status != APR_SUCCESS) {
        return status;
    }
    /* httxt2dbm, like nearly everybody, writes keys without a final NUL. */
    key.dptr = (char *)origin;
    key.dsize = strlen(origin);
    *allowed = apr_dbm_exists(dbm, key) != 0;
    apr_dbm_close(dbm);
    return APR_SUCCESS;
}

const cors_source_provider_t cors_source_dbm = {dbm_make, dbm_check, dbm_ask};
