/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shared.c: memory that outlives restarts.
 */
#include "httpd/shared.h"

#include "apr_shm.h"
#include "apr_strings.h"

APLOG_USE_MODULE(cors);

apr_status_t cors_shared_make(void **memory, apr_size_t size, apr_pool_t *pool)
{
    apr_shm_t *shared;
    apr_status_t status = apr_shm_create(&shared, size, NULL, pool);

    if (status != APR_SUCCESS) {
        *memory = apr_pcalloc(pool, size);
        return status;
    }
    *memory = apr_shm_baseaddr_get(shared);
    memset(*memory, 0, size);
    return APR_SUCCESS;
}

static void *make(apr_size_t size, server_rec *s)
{
    void *memory;
    apr_status_t status = cors_shared_make(&memory, size, s->process->pool);

    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, status, s,
                     "CORS: no shared memory: each process counts for itself");
    }
    return memory;
}

void *cors_shared(const char *name, apr_size_t size, server_rec *s)
{
    /* A later version of the module may lay it out otherwise. */
    const char *key = apr_psprintf(s->process->pconf,
                                   "mod_cors " CORS_VERSION " %s %"
                                   APR_SIZE_T_FMT, name, size);
    void **kept = ap_retained_data_get(key);

    if (!kept) {
        kept = ap_retained_data_create(key, sizeof(*kept));
        *kept = make(size, s);
    }
    return *kept;
}
